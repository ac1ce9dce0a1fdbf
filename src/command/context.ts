import { UsageError } from "../errors.ts";
import type { CommandContext } from "./command.ts";
import { refuseNul } from "./quote.ts";
import { Secret } from "./secret.ts";

/** Values that `vars` takes; scalars become text. */
export type Variables = Readonly<Record<string, string | number | boolean | Secret>>;

/** In this directory: joined with the one at hand unless it is absolute or starts at the home directory (`~/`). */
export function joinDirectory(outer: string | undefined, directory: string): string {
  if (typeof directory !== "string" || directory === "") {
    throw new UsageError("COMMAND_DIRECTORY", "within() needs the name of a directory.", {
      hint: 'For the login directory, leave it out or write within("~").',
    });
  }
  refuseNul(directory);
  const isRooted = directory.startsWith("/") || directory === "~" || directory.startsWith("~/");
  return outer === undefined || isRooted ? directory : `${outer.replace(/\/+$/, "")}/${directory}`;
}

/** These environment variables, over those at hand. */
export function addVariables(outer: CommandContext["vars"], variables: Variables): CommandContext["vars"] {
  const added = Object.entries(variables).map(([name, value]) => {
    checkVariable(name, value);
    return [name, value instanceof Secret ? value : String(value)] as const;
  });
  return Object.freeze({ ...outer, ...Object.fromEntries(added) });
}

/** This command before each, after those at hand. */
export function addPrefix(outer: CommandContext["prefixes"] = [], prefix: string): CommandContext["prefixes"] {
  if (typeof prefix !== "string" || prefix.trim() === "") throw new UsageError("COMMAND_PREFIX", "prefix() needs a command.");
  refuseNul(prefix);
  return Object.freeze([...outer, prefix]);
}

/** @throws UsageError for what `export` could not take. */
export function checkVariable(name: string, value: unknown): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UsageError("COMMAND_VARIABLE", `${JSON.stringify(name)} is not a name for an environment variable.`, {
      hint: "Letters, digits and underscores, not starting with a digit.",
    });
  }
  const text = value instanceof Secret ? value.reveal() : value;
  if (typeof text !== "string" && typeof text !== "number" && typeof text !== "boolean") {
    throw new UsageError("COMMAND_VARIABLE", `The environment variable ${name} must be text, a number, a boolean or a secret.`, {
      hint: "Leave a variable out to leave it as the host has it.",
    });
  }
  refuseNul(String(text));
}

/** @throws UsageError for what sudo, doas or su would take for an option, or nobody can be called. */
export function checkUser(user: string): string {
  if (typeof user === "string" && /^[^\s\p{Cc}-][^\s\p{Cc}]*$/u.test(user)) return user;
  throw new UsageError("COMMAND_USER", `${JSON.stringify(user)} is not a user name.`, {
    hint: "A name without blanks that does not start with a dash.",
  });
}

/** @throws UsageError unless it is octal text. */
export function checkUmask(umask: string): string {
  if (typeof umask === "string" && /^[0-7]{1,4}$/.test(umask)) return umask;
  throw new UsageError("COMMAND_UMASK", `${JSON.stringify(umask)} is not a umask.`, {
    hint: 'Write it as octal text: umask("027").',
  });
}
