import { reporterNames } from "../../report/pick.ts";

/** How an option is written on the command line. */
export interface OptionSpec {
  readonly name: OptionName;
  readonly short?: string;
  /** `list`: may be given several times, and holds several values with commas. `pairs`: several times, taken as it is. */
  readonly kind: "flag" | "text" | "list" | "pairs";
  readonly group: OptionGroup;
  /** One line, with a word in capitals for the value. */
  readonly desc: string;
}

export type OptionGroup = "Hosts" | "Run" | "Output" | "SSH" | "General";

const SPECS = [
  { name: "roles", short: "R", kind: "list", group: "Hosts", desc: "hosts that have any of these roles: A,B" },
  { name: "only", kind: "list", group: "Hosts", desc: "of these, hosts that have every one of these roles" },
  { name: "hosts", short: "H", kind: "list", group: "Hosts", desc: "hosts by name, web*, or [user@]address[:port]" },
  { name: "exclude", short: "x", kind: "list", group: "Hosts", desc: "leave out these hosts" },
  { name: "all", kind: "flag", group: "Hosts", desc: "every host of the deployfile" },
  { name: "set", short: "s", kind: "pairs", group: "Run", desc: "a setting for this run: KEY=VALUE" },
  { name: "parallel", short: "P", kind: "text", group: "Run", desc: "at most N hosts at once" },
  { name: "batch", kind: "text", group: "Run", desc: "publish on N or N% of the hosts at a time" },
  { name: "lock-wait", kind: "text", group: "Run", desc: "wait for somebody else's lock: TIME, such as 5m" },
  { name: "skip-unreachable", kind: "flag", group: "Run", desc: "go on without hosts that do not answer" },
  { name: "dry-run", kind: "flag", group: "Run", desc: "print every command, connect nowhere" },
  { name: "no-fuse", kind: "flag", group: "Run", desc: "send each task by itself, to find faults" },
  { name: "yes", short: "y", kind: "flag", group: "Run", desc: "answer yes to questions before the start" },
  { name: "non-interactive", kind: "flag", group: "Run", desc: "never ask: take defaults, or fail" },
  {
    name: "reporter",
    kind: "text",
    group: "Output",
    desc: `auto, ${reporterNames.slice(0, -1).join(", ")} or ${reporterNames.at(-1)}`,
  },
  { name: "log-file", kind: "text", group: "Output", desc: "write all output of all commands to FILE" },
  { name: "verbose", short: "v", kind: "flag", group: "Output", desc: "show the output of commands as it comes" },
  { name: "timings", kind: "flag", group: "Output", desc: "tell what the time went into" },
  { name: "json", kind: "flag", group: "Output", desc: "print JSON" },
  { name: "flights", kind: "flag", group: "Output", desc: "show which tasks are sent together" },
  { name: "format", kind: "text", group: "Output", desc: "tree, mermaid, dot or json" },
  { name: "ssh-config", kind: "text", group: "SSH", desc: "read FILE in place of ~/.ssh/config" },
  { name: "host-keys", kind: "text", group: "SSH", desc: "strict (default), or accept-new" },
  { name: "file", short: "f", kind: "text", group: "General", desc: "the deployfile, instead of looking for one" },
  { name: "yaml", kind: "flag", group: "General", desc: "write deployfile.yaml instead of deployfile.ts" },
  { name: "keep", kind: "flag", group: "General", desc: "leave it running until ctrl-C, to play with" },
  { name: "debug", kind: "flag", group: "General", desc: "show stack traces" },
  { name: "help", short: "h", kind: "flag", group: "General", desc: "show help; also after a verb or a task" },
  { name: "version", kind: "flag", group: "General", desc: "show the version" },
] as const;

export type OptionName = (typeof SPECS)[number]["name"];

export const optionSpecs: readonly OptionSpec[] = SPECS;

export function findOption(nameOrShort: string): OptionSpec | undefined {
  return optionSpecs.find(({ name, short }) => name === nameOrShort || short === nameOrShort);
}

/** Says which hosts. */
export const HOST_OPTIONS = ["roles", "only", "hosts", "exclude", "all"] as const satisfies readonly OptionName[];
/** Says how to get at them. */
export const SSH_OPTIONS = ["ssh-config", "host-keys", "non-interactive"] as const satisfies readonly OptionName[];
export const GENERAL_OPTIONS = ["debug", "help", "version"] as const satisfies readonly OptionName[];
