import type { Problem } from "../../errors.ts";
import { reporterNames } from "../../report/pick.ts";
import { suggest } from "../../suggest.ts";
import {
  amount,
  conditions,
  duration,
  fileName,
  flag,
  flagOr,
  groupSizes,
  hostNames,
  hostOrRoleNames,
  type OptionType,
  oneOf,
  patterns,
  recipeNames,
  roleNames,
  settings,
  text,
  userName,
} from "./option-types.ts";

/** What a verb reaches for: each of these includes the ones before it. */
export type Reach = (typeof REACHES)[number];
const REACHES = ["nothing", "deployfile", "hosts", "connections"] as const;

/** An option of the command line: all there is to say about it. */
export interface OptionSpec<T = unknown> {
  readonly short?: string;
  readonly type: OptionType<T>;
  /** Verbs that reach that far take it, or those of these names (`""` runs tasks). A verb may name others itself. */
  readonly on: Reach | readonly string[];
  /** Heading in the help. */
  readonly group: "Hosts" | "Run" | "Output" | "SSH" | "General";
  /** One line, with a word in capitals for the value. */
  readonly desc: string;
  /** The setting that it stands for: its value wins over all others, as with `-s`. */
  readonly setting?: string;
}

const REPORTERS = ["auto", ...reporterNames] as const;
const HOST_KEYS = ["strict", "accept-new"] as const;
const WAYS = ["star", "chain", "tree"] as const;
const FORMATS = ["tree", "mermaid", "dot", "json"] as const;

const OPTIONS = {
  roles: { short: "R", type: roleNames, on: "hosts", group: "Hosts", desc: "hosts that have any of these roles: A,B" },
  only: { type: roleNames, on: "hosts", group: "Hosts", desc: "of these, hosts that have every one of these roles" },
  hosts: { short: "H", type: hostNames, on: "hosts", group: "Hosts", desc: "hosts by name, web*, web[1:20], or an address" },
  exclude: {
    short: "x",
    type: hostOrRoleNames,
    on: "hosts",
    group: "Hosts",
    desc: "leave out these hosts, or those of these roles",
  },
  where: { type: conditions, on: "hosts", group: "Hosts", desc: "of these, or of all, hosts with a setting: KEY=VALUE" },
  all: { type: flag, on: "hosts", group: "Hosts", desc: "every host of the deployfile" },
  set: { short: "s", type: settings, on: "hosts", group: "Run", desc: "a setting for this run: KEY=VALUE" },
  parallel: { short: "P", type: amount, on: ["", "exec"], group: "Run", desc: "at most N hosts at once" },
  batch: { type: groupSizes, on: ["", "plan"], group: "Run", desc: "publish on N or N% of the hosts at a time: 2, or 1,10%,50%" },
  "wait-between": { type: duration, on: ["", "exec"], group: "Run", desc: "wait between groups of --batch, or hosts of -P: 30s" },
  "skip-unreachable": {
    type: flag,
    on: ["", "exec", "put", "get", "sync"],
    group: "Run",
    desc: "go on without hosts that do not answer",
  },
  as: { type: userName, on: ["exec"], group: "Run", desc: "run the command as this user, with sudo or what becomeMethod says" },
  timeout: {
    type: duration,
    on: ["exec", "put", "get", "sync"],
    group: "Run",
    desc: "end it on a host after that time: 30s, 5m",
  },
  via: { type: oneOf(WAYS, undefined), on: ["put"], group: "Run", desc: "star (default); chain or tree: hosts pass it on" },
  "fan-out": { type: amount, on: ["put"], group: "Run", desc: "of a tree: to how many others a host passes it on" },
  delete: { type: flag, on: ["sync"], group: "Run", desc: "remove what is not in the directory here" },
  ignore: { type: patterns, on: ["sync"], group: "Run", desc: "leave alone, here and there: NAME, *.log, cache/ or a path" },
  checksum: { type: flag, on: ["sync"], group: "Run", desc: "compare files of one size by content, not by time" },
  "dry-run": {
    type: flagOr(["connect"]),
    on: [""],
    group: "Run",
    desc: "show what would be done; connect nowhere, or with =connect look at the hosts",
  },
  "no-fuse": { type: flag, on: ["", "plan"], group: "Run", desc: "send each task by itself, to find faults" },
  yes: { short: "y", type: flag, on: ["", "rehearse"], group: "Run", desc: "answer yes to every question of yes or no" },
  "non-interactive": { type: flag, on: "connections", group: "Run", desc: "never ask: take defaults, or fail" },
  reporter: { type: oneOf(REPORTERS, "auto"), on: ["", "demo", "exec"], group: "Output", desc: inWords(REPORTERS) },
  "log-file": { type: fileName, on: ["", "exec"], group: "Output", desc: "write all output of all commands to FILE" },
  verbose: { short: "v", type: flag, on: ["", "demo", "exec"], group: "Output", desc: "show the output of commands as it comes" },
  timings: { type: flag, on: [""], group: "Output", desc: "tell what the time went into" },
  sample: { type: amount, on: ["rehearse"], group: "Run", desc: "play so many of the cases, picked at random" },
  seed: { type: amount, on: ["rehearse"], group: "Run", desc: "pick the same cases as the rehearsal that said this number" },
  minutes: { type: amount, on: ["rehearse"], group: "Run", desc: "begin no case after so many minutes" },
  case: { type: text, on: ["rehearse"], group: "Run", desc: "play this case again: STEP/FAULT/HOST" },
  local: { type: flag, on: ["rehearse"], group: "Run", desc: "run local tasks too, and commands on this machine" },
  "on-hosts": { type: flag, on: ["rehearse"], group: "Run", desc: "play on the real hosts, in a scratch folder of their own" },
  scratch: { type: text, on: ["rehearse"], group: "Run", desc: "the folder of real hosts that it is made in" },
  repo: { type: fileName, on: ["rehearse"], group: "Run", desc: "the clone whose commits are deployed: FOLDER" },
  listen: {
    type: text,
    on: ["forward"],
    group: "Run",
    desc: "this PORT or ADDRESS:PORT, in place of a free port of 127.0.0.1",
  },
  reverse: { type: flag, on: ["forward"], group: "Run", desc: "the host listens, and this machine connects" },
  socks: { type: flag, on: ["forward"], group: "Run", desc: "who connects says where to go, in SOCKS" },
  json: {
    type: flag,
    on: ["", "tasks", "env", "exec", "put", "get", "sync", "forward", "rehearse"],
    group: "Output",
    desc: "print JSON",
  },
  fold: { type: flag, on: ["exec"], group: "Output", desc: "show output at the end, what hosts share once" },
  diff: { type: flag, on: ["exec"], group: "Output", desc: "show output of most hosts at the end, and how others differ" },
  flights: { type: flag, on: ["plan"], group: "Output", desc: "show which tasks are sent together" },
  format: { type: oneOf(FORMATS, "tree"), on: ["graph"], group: "Output", desc: inWords(FORMATS) },
  "ssh-config": { type: fileName, on: "deployfile", group: "SSH", desc: "read FILE in place of ~/.ssh/config" },
  "host-keys": { type: oneOf(HOST_KEYS, undefined), on: "connections", group: "SSH", desc: "strict (default), or accept-new" },
  file: { short: "f", type: fileName, on: "deployfile", group: "General", desc: "the deployfile, instead of looking for one" },
  yaml: { type: flag, on: ["init"], group: "General", desc: "write deployfile.yaml instead of deployfile.ts" },
  with: { type: recipeNames, on: ["init"], group: "General", desc: "recipes to begin with: A,B, or none; else those that fit" },
  keep: { type: flag, on: ["demo"], group: "General", desc: "leave it running until ctrl-C, to play with" },
  debug: { type: flag, on: "nothing", group: "General", desc: "show stack traces" },
  help: { short: "h", type: flag, on: "nothing", group: "General", desc: "show help; also after a verb or a task" },
  version: { type: flag, on: "nothing", group: "General", desc: "show the version" },
} satisfies { readonly [name: string]: OptionSpec };

export type OptionName = keyof typeof OPTIONS;

type Camel<S extends string> = S extends `${infer Head}-${infer Rest}` ? `${Head}${Capitalize<Camel<Rest>>}` : S;
type ValueOf<O> = O extends { readonly type: OptionType<infer T> } ? T : never;

/** The options of one command line, filled in. */
export type Options = { readonly [K in OptionName as Camel<K>]: ValueOf<(typeof OPTIONS)[K]> };

/** Data, and events besides. */
export function twoForms({ json, reporter }: Options): Problem[] {
  if (!json || reporter !== "json") return [];
  return [{ message: "--json and --reporter json are two forms of one output.", hint: "Take one of them." }];
}

/** What decides which options a verb takes. */
export interface OptionTaker {
  /** Empty for running tasks. */
  readonly name: string;
  readonly reach: Reach;
  /** Options that it takes besides. */
  readonly options?: readonly OptionName[];
}

export type OptionTable = ReadonlyMap<string, OptionSpec>;

/** By their names, in the order of the help. */
export const optionTable: OptionTable = new Map(Object.entries(OPTIONS));

/** Names of what a verb takes. */
export function optionsOf(verb: OptionTaker, table: OptionTable): readonly string[] {
  const reaches: readonly (string | undefined)[] = REACHES.slice(0, REACHES.indexOf(verb.reach) + 1);
  const takes = ([name, { on }]: readonly [string, OptionSpec]): boolean =>
    verb.options?.some((own) => own === name) === true ||
    (typeof on === "string" ? reaches.includes(on) : on.includes(verb.name));
  return [...table].filter(takes).map(([name]) => name);
}

/** As an option is called in code. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The problem of an option that nobody knows: what was meant, and where all of them are. */
export function suggestOption(shown: string, table: OptionTable): string {
  const near = shown.startsWith("--") ? suggest(shown.slice(2), table.keys()) : undefined;
  return near === undefined ? "`fake --help` lists the options." : `Did you mean --${near}?`;
}

function inWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
