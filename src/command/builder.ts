import { type SourceLocation, UsageError } from "../errors.ts";
import { callerOf } from "../source-location.ts";
import { didYouMean } from "../suggest.ts";
import type { Command, CommandContext, CommandOptions, TemplateValue } from "./command.ts";
import { addPrefix, addVariables, checkUmask, checkUser, joinDirectory, type Variables } from "./context.ts";
import { parseDuration } from "./duration.ts";
import { quoteArgv, refuseNul, refuseSecret } from "./quote.ts";
import { renderTemplate } from "./template.ts";

/**
 * A verb that takes a command: as a tagged template (each value quoted as one word, an array as several), an argv array (each element
 * quoted) or a plain string (as it is). Options go in front. A secret cannot be part of a command: every user of the host could read it
 * there.
 * @example
 * await t.run`cp ${"a file"} /tmp`;
 * await t.run(["cp", "a file", "/tmp"]);
 * await t.run("df -h | tail -1");
 * await t.run({ timeout: "30s", acceptError: true })`npm ci`;
 */
export interface CommandVerb<R> {
  (strings: TemplateStringsArray, ...values: readonly TemplateValue[]): R;
  (command: CommandInput): R;
  (options: CommandOptions): CommandVerb<R>;
}

/**
 * Composes command text. Each wrapper returns a new builder with that applied; builders never change.
 * @example
 * const inRelease = t.within(t.env.releasePath).vars({ NODE_ENV: "production" });
 * await inRelease.umask("027").run`npm ci`;
 * await inRelease.as("www-data").run`./bin/warm-up`;
 */
export interface CommandBuilder {
  readonly cmd: CommandVerb<Command>;
  /** In this directory; relative to the one at hand when not absolute. */
  within(directory: string): this;
  /** With these environment variables. The only way, with stdin, for a secret to reach a command. */
  vars(variables: Variables): this;
  /** As this user, with sudo or what the setting `becomeMethod` says. */
  as(user: string): this;
  /** Octal text, e.g. `"027"`. */
  umask(mask: string): this;
  /** With this command before each, joined with `&&`. */
  prefix(command: string): this;
}

/** A command as it may be written: text as it is, an argument list, or one that exists already. */
export type CommandInput = string | readonly (string | number)[] | Command;

const OPTIONS: readonly string[] = [
  "timeout",
  "acceptError",
  "pty",
  "stdin",
  "captureAll",
  "ifLost",
  "quiet",
  "title",
  "idle",
  "hold",
  "ifGone",
  "contained",
  "keepText",
] satisfies (keyof CommandOptions)[];

/**
 * A command from anything that may be written for one. A command that exists keeps its own context where it has one.
 * @param caller finds the line that made it
 * @throws UsageError when it is empty, contains NUL or a secret, or an option makes no sense.
 */
export function toCommand(
  input: CommandInput,
  options: CommandOptions = {},
  context: CommandContext = {},
  caller: () => SourceLocation | undefined = () => undefined,
): Command {
  checkOptions(options);
  if (isCommand(input)) return adopt(input, options, context);
  return createCommand(typeof input === "string" ? input : quoteArgv(input), options, context, caller);
}

/** A verb over `make`: whatever form the command is written in, `make` gets it as a value with the context applied. */
export function createVerb<R>(
  make: (command: Command) => R,
  context: CommandContext,
  options: CommandOptions = {},
): CommandVerb<R> {
  function verb(first: TemplateStringsArray | CommandInput | CommandOptions, ...values: readonly unknown[]): unknown {
    const caller = callerOf(verb);
    if (Array.isArray(first) && "raw" in first)
      return make(createCommand(renderTemplate(first as TemplateStringsArray, values), options, context, caller));
    refuseMore(values);
    refuseSecret(first, "all of it");
    if (typeof first === "string" || Array.isArray(first) || isCommand(first))
      return make(toCommand(first as CommandInput, options, context, caller));
    if (typeof first !== "object" || first === null) {
      throw new UsageError("COMMAND_VALUE", `A command cannot be ${String(first)}.`, {
        hint: "Use a template, an argument list or text.",
      });
    }
    checkOptions(first as CommandOptions);
    return createVerb(make, context, { ...options, ...(first as CommandOptions) });
  }
  return verb as CommandVerb<R>;
}

/** What the members of a builder are made of; `derive` makes the object that the wrapper of this name returns. */
export interface BuilderParts<T> {
  readonly context: CommandContext;
  readonly derive: (context: CommandContext, wrapper: string) => T;
}

function add<T>({ context, derive }: BuilderParts<T>, more: CommandContext, wrapper: string): T {
  return derive(Object.freeze({ ...context, ...more }), wrapper);
}

function word(what: string, check: (text: string, context: CommandContext) => CommandContext) {
  return <T>(parts: BuilderParts<T>) =>
    (text: string): T => {
      refuseSecret(text, `${what}()`);
      return add(parts, check(text, parts.context), what);
    };
}

/** How each member of a builder is made. */
export const BUILDER_MAKERS = {
  cmd: ({ context }: Pick<BuilderParts<unknown>, "context">) => createVerb((command) => command, context),
  within: word("within", (directory, { cwd }) => ({ cwd: joinDirectory(cwd, directory) })),
  vars:
    <T>(parts: BuilderParts<T>) =>
    (variables: Variables): T =>
      add(parts, { vars: addVariables(parts.context.vars, variables) }, "vars"),
  as: word("as", (user) => ({ user: checkUser(user) })),
  umask: word("umask", (mask) => ({ umask: checkUmask(mask) })),
  prefix: word("prefix", (command, { prefixes }) => ({ prefixes: addPrefix(prefixes, command) })),
} satisfies { readonly [K in keyof CommandBuilder]: unknown };

/** All of them. */
export function builderMembers<T>(context: CommandContext, derive: BuilderParts<T>["derive"]) {
  const { cmd, within, vars, as, umask, prefix } = BUILDER_MAKERS;
  const parts = { context, derive };
  return {
    ...{ cmd: cmd(parts), within: within(parts), vars: vars(parts) },
    ...{ as: as(parts), umask: umask(parts), prefix: prefix(parts) },
  };
}

function createCommand(
  text: string,
  options: CommandOptions,
  context: CommandContext,
  caller: () => SourceLocation | undefined,
): Command {
  if (text.trim() === "") throw new UsageError("COMMAND_EMPTY", "A command is empty: there is nothing to run.");
  refuseNul(text);
  return withCaller({ kind: "command", text, ...context, ...options }, caller);
}

/** What the command says itself counts, where it says something; variables of both. Adopting it twice changes nothing. */
function adopt(command: Command, options: CommandOptions, context: CommandContext): Command {
  if (Object.keys(options).length === 0 && Object.keys(context).length === 0) return command;
  const own = Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined)) as Partial<Command>;
  const vars = context.vars === undefined ? command.vars : { ...context.vars, ...command.vars };
  return withCaller({ kind: "command", text: command.text, ...context, ...own, vars, ...options }, () => command.where);
}

const CALLER = Symbol("caller");

/** One for all commands: with a function of its own, each would be of a shape of its own for the engine. */
const WHERE: PropertyDescriptor = {
  get(this: { readonly [CALLER]: () => SourceLocation | undefined }) {
    return this[CALLER]();
  },
};

/** Where a command was made is worked out for whoever looks, and is no difference between two commands. */
function withCaller(parts: Omit<Command, "where">, caller: () => SourceLocation | undefined): Command {
  Object.defineProperty(parts, CALLER, { value: caller });
  return Object.freeze(Object.defineProperty(parts, "where", WHERE));
}

/** Options behind the command are what many other libraries have: ignored, they would be missed too late. `map` adds an index. */
function refuseMore([next]: readonly unknown[]): void {
  if (next === undefined || typeof next === "number") return;
  throw new UsageError("COMMAND_EXTRA", "A command is one value, and something follows it.", {
    hint: 'Options go in front: run({ timeout: "30s" })("npm ci"). The arguments of a program are a list: run(["npm", "ci"]).',
  });
}

function checkOptions(options: CommandOptions): void {
  for (const [key, value] of Object.entries(options)) {
    if (key !== "stdin") refuseSecret(value, `its ${key}`);
    if (OPTIONS.includes(key)) continue;
    throw new UsageError("COMMAND_OPTION", `A command has no option ${JSON.stringify(key)}.`, {
      hint: didYouMean(key, OPTIONS, String) ?? `Options: ${OPTIONS.join(", ")}.`,
    });
  }
  if (options.timeout !== undefined && options.timeout !== 0) parseDuration(options.timeout);
  const { hold, ifGone } = options;
  if (ifGone !== undefined && typeof hold !== "string") {
    throw new UsageError("COMMAND_HOLD", "A command that holds nothing cannot say what it means when that is gone.", {
      hint: "`ifGone` goes with the path in `hold`.",
    });
  }
  if (typeof hold === "string" && (!hold.startsWith("/") || /\p{Cc}/u.test(hold))) {
    throw new UsageError("COMMAND_HOLD", `A command cannot hold ${JSON.stringify(hold)}: it needs the absolute path of a file.`, {
      hint: "The file that the command makes on the host, without control characters in its name.",
    });
  }
}

function isCommand(value: unknown): value is Command {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "command";
}
