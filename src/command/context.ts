import { UsageError } from "../errors.ts";
import type { CommandContext } from "./command.ts";
import { refuseNul } from "./quote.ts";
import { Secret } from "./secret.ts";

/** Values that `vars` takes; scalars become text. */
export type Variables = Readonly<Record<string, string | number | boolean | Secret>>;

/** In this directory: joined with the one at hand unless it is absolute or starts at the home directory (`~/`). */
export function within(context: CommandContext, directory: string): CommandContext {
  if (typeof directory !== "string" || directory === "") {
    throw new UsageError("COMMAND_DIRECTORY", "within() needs the name of a directory.", {
      hint: 'For the login directory, leave it out or write within("~").',
    });
  }
  refuseNul(directory);
  const outer = context.cwd;
  const cwd = outer === undefined || isRooted(directory) ? directory : `${outer.replace(/\/+$/, "")}/${directory}`;
  return Object.freeze({ ...context, cwd });
}

/** With these environment variables, over those at hand. */
export function withVars(context: CommandContext, variables: Variables): CommandContext {
  const vars: Record<string, string | Secret> = { ...context.vars };
  for (const [name, value] of Object.entries(variables)) {
    checkVariable(name, value);
    vars[name] = value instanceof Secret ? value : String(value);
  }
  return Object.freeze({ ...context, vars: Object.freeze(vars) });
}

/** As this user, with sudo. */
export function asUser(context: CommandContext, user: string): CommandContext {
  checkUser(user);
  return Object.freeze({ ...context, user });
}

/** With this umask, octal text. */
export function withUmask(context: CommandContext, umask: string): CommandContext {
  checkUmask(umask);
  return Object.freeze({ ...context, umask });
}

/** With this command before each, after those at hand. */
export function withPrefix(context: CommandContext, prefix: string): CommandContext {
  if (typeof prefix !== "string" || prefix.trim() === "") throw new UsageError("COMMAND_PREFIX", "prefix() needs a command.");
  refuseNul(prefix);
  return Object.freeze({ ...context, prefixes: Object.freeze([...(context.prefixes ?? []), prefix]) });
}

/** `inner` where it says something, else `outer`; variables of both. Applying the same context twice changes nothing. */
export function mergeContext(outer: CommandContext, inner: CommandContext): CommandContext {
  const vars = outer.vars === undefined ? inner.vars : { ...outer.vars, ...inner.vars };
  return {
    cwd: inner.cwd ?? outer.cwd,
    vars,
    user: inner.user ?? outer.user,
    umask: inner.umask ?? outer.umask,
    prefixes: inner.prefixes ?? outer.prefixes,
  };
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

/** @throws UsageError for what sudo would take for an option, or nobody can be called. */
export function checkUser(user: string): void {
  if (typeof user === "string" && /^[^\s\p{Cc}-][^\s\p{Cc}]*$/u.test(user)) return;
  throw new UsageError("COMMAND_USER", `${JSON.stringify(user)} is not a user name.`, {
    hint: "A name without blanks that does not start with a dash.",
  });
}

/** @throws UsageError unless it is octal text. */
export function checkUmask(umask: string): void {
  if (typeof umask === "string" && /^[0-7]{1,4}$/.test(umask)) return;
  throw new UsageError("COMMAND_UMASK", `${JSON.stringify(umask)} is not a umask.`, {
    hint: 'Write it as octal text: umask("027").',
  });
}

function isRooted(directory: string): boolean {
  return directory.startsWith("/") || directory === "~" || directory.startsWith("~/");
}
