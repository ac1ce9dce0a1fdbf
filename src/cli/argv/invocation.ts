import type { Problem } from "../../errors.ts";
import type { Options } from "./option-values.ts";
import type { Verb } from "./verbs.ts";

/** One command line, understood. */
export interface Invocation {
  readonly verb: Verb;
  readonly options: Options;
  /** Words behind the verb; with tasks, these and their arguments as they were written. */
  readonly words: readonly string[];
  /** What is wrong with it, so that it can be told together with what the deployfile makes of the rest. */
  readonly problems: readonly Problem[];
}
