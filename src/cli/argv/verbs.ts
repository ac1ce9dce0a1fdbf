import type { ReservedWord } from "../../prepare/reserved-words.ts";
import { GENERAL_OPTIONS, HOST_OPTIONS, type OptionName, SSH_OPTIONS } from "./options.ts";

/** How a verb is called. What it does is in `commands/`, loaded when it is called. */
export interface Verb {
  /** Empty for running tasks. */
  readonly name: ReservedWord | "";
  /** One line. */
  readonly summary: string;
  /** What stands behind its name. */
  readonly usage: string;
  readonly options: readonly OptionName[];
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** `tasks`: tasks with their arguments. `words`: as they are. `command`: what stands after `--`. */
  readonly words: "none" | "words" | "tasks" | "command";
  readonly hidden?: boolean;
}

/** Running tasks: what happens when the first word is no verb. */
export const runVerb: Verb = {
  name: "",
  summary: "Runs tasks on hosts. What follows a task's name are its arguments.",
  usage: "[options] <task> [key=value | --key value ...] [<task> ...]",
  options: [
    ...HOST_OPTIONS,
    "set",
    "parallel",
    "batch",
    "lock-wait",
    "skip-unreachable",
    "dry-run",
    "no-fuse",
    "yes",
    "reporter",
    "log-file",
    "verbose",
    "timings",
    ...SSH_OPTIONS,
    "file",
    ...GENERAL_OPTIONS,
  ],
  words: "tasks",
  examples: [
    ["-R staging deploy", "deploy to the hosts of staging"],
    ["-R production rollback --to 20260101120000", "go back to that release"],
    ["-R production --only web restart", "of these hosts, only those that are web too"],
  ],
};

const READ: readonly OptionName[] = ["set", "file", ...GENERAL_OPTIONS];
const REACH: readonly OptionName[] = [...HOST_OPTIONS, ...SSH_OPTIONS, ...READ];

export const verbs: readonly Verb[] = [
  {
    name: "init",
    summary: "Write a deployfile with every setting in it, commented.",
    usage: "",
    options: ["yaml", ...GENERAL_OPTIONS],
    words: "none",
    examples: [["init", "writes deployfile.ts in this folder"]],
  },
  {
    name: "demo",
    summary: "Deploy and roll back on two throwaway hosts, started here.",
    usage: "",
    options: ["keep", "verbose", "reporter", ...GENERAL_OPTIONS],
    words: "none",
    examples: [
      ["demo", "a few seconds; leaves nothing behind"],
      ["demo --keep", "leaves the hosts running, with commands to try"],
    ],
  },
  {
    name: "doctor",
    summary: "Check this machine, the deployfile, and hosts you name.",
    usage: "",
    options: [...REACH],
    words: "none",
    examples: [
      ["doctor", "this machine and the deployfile"],
      ["doctor -R staging", "the hosts of staging too"],
    ],
  },
  {
    name: "tasks",
    summary: "List the tasks of the deployfile.",
    usage: "",
    options: ["json", "file", ...GENERAL_OPTIONS],
    words: "none",
    examples: [["tasks", "names and descriptions"]],
  },
  {
    name: "plan",
    summary: "Show hosts x steps of what would run, without connecting.",
    usage: "<task> ...",
    options: [...HOST_OPTIONS, "flights", "no-fuse", ...READ],
    words: "tasks",
    examples: [
      ["plan deploy -R production", "every step of a deploy"],
      ["plan deploy -R production --flights", "what is sent to a host in one go"],
    ],
  },
  {
    name: "graph",
    summary: "Draw what hangs on a task: hooks, stages, needs.",
    usage: "<task> ...",
    options: ["format", "file", ...GENERAL_OPTIONS],
    words: "words",
    examples: [
      ["graph deploy", "as a tree"],
      ["graph deploy --format mermaid", "for documents"],
    ],
  },
  {
    name: "env",
    summary: "Show the settings of each host, and where each was set.",
    usage: "[key ...]",
    options: [...HOST_OPTIONS, "json", "non-interactive", ...READ],
    words: "words",
    examples: [
      ["env -R production", "all settings"],
      ["env -R production branch", "one value"],
    ],
  },
  {
    name: "exec",
    summary: "Run one command on many hosts, identical output folded.",
    usage: "-- <command ...>",
    options: [...HOST_OPTIONS, "parallel", "json", ...SSH_OPTIONS, ...READ],
    words: "command",
    examples: [
      ["exec -R web -- uptime -p", "words are quoted"],
      ["exec -R web -- 'df -h | tail -1'", "one word is shell text"],
    ],
  },
  {
    name: "releases",
    summary: "List the releases on each host, and which one is live.",
    usage: "",
    options: [...REACH, "json"],
    words: "none",
    examples: [["releases -R production", "a table for each host"]],
  },
  {
    name: "unlock",
    summary: "Break the lock of a deploy, after saying whose it is.",
    usage: "",
    options: [...REACH, "yes"],
    words: "none",
    examples: [["unlock -R production", "asks before it breaks it"]],
  },
  {
    name: "completion",
    summary: "Print a completion script for bash, zsh or fish.",
    usage: "<bash|zsh|fish>",
    options: [...GENERAL_OPTIONS],
    words: "words",
    examples: [["completion bash >> ~/.bashrc", "then start a new shell"]],
  },
  {
    name: "__complete",
    summary: "Candidates for the last word, for completion scripts.",
    usage: "-- <word ...>",
    options: [...GENERAL_OPTIONS],
    words: "command",
    hidden: true,
    examples: [],
  },
];

export function findVerb(name: string): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}
