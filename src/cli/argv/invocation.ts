import type { ExitCode, Problem } from "../../errors.ts";
import type { ArgDescription } from "../help/describe-args.ts";
import type { CliIo } from "../terminal/io.ts";
import type { Options, OptionTable, OptionTaker } from "./options.ts";

/** What a verb does. */
export type VerbFunction = (invocation: Invocation, io: CliIo) => Promise<ExitCode>;

/** How a verb is called, and where what it does is. */
export interface Verb extends OptionTaker {
  /** One line. */
  readonly summary: string;
  /** What stands behind its name. @default options alone */
  readonly usage?: string;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** `tasks`: tasks with their arguments. `arguments`: its own. `words`: as they are. `command`: what stands after `--`. @default it takes none */
  readonly words?: "words" | "tasks" | "arguments" | "command";
  /** Its own arguments. */
  readonly args?: readonly ArgDescription[];
  readonly hidden?: boolean;
  /** What its words may be, for completion: names of what the deployfile has, or a list. */
  readonly candidates?: "tasks" | "keys" | readonly string[];
  /** Loaded when it is called. */
  load(): Promise<VerbFunction>;
}

/** What a command line is understood by. */
export interface Vocabulary {
  readonly verbs: readonly Verb[];
  /** Running tasks: what happens when the first word is no verb. */
  readonly runVerb: Verb;
  readonly options: OptionTable;
}

/** One command line, understood. */
export interface Invocation {
  /** As it was written. */
  readonly argv: readonly string[];
  readonly vocabulary: Vocabulary;
  readonly verb: Verb;
  readonly options: Options;
  /** Words behind the verb; with tasks, these and their arguments as they were written. */
  readonly words: readonly string[];
  /** What is wrong with the command line, to be told together with what the deployfile makes of the rest. */
  readonly problems: readonly Problem[];
}

export function findVerb({ verbs }: Vocabulary, name: string | undefined): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}

/** Names of verbs that people type. */
export function verbNames({ verbs }: Vocabulary): readonly string[] {
  return verbs.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
}

/** True when arguments of their own stand behind its words: `--key value`. */
export function takesArguments({ words }: Verb): boolean {
  return words === "tasks" || words === "arguments";
}
