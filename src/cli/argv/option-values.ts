import type { Problem } from "../../errors.ts";
import { reporterNames } from "../../report/pick.ts";
import {
  amount,
  duration,
  fileName,
  flag,
  hostNames,
  names,
  oneOf,
  type Reader,
  type SetOption,
  settings,
  share,
} from "./option-readers.ts";
import type { OptionName } from "./options.ts";
import type { GivenOption } from "./split-argv.ts";

export const REPORTERS = ["auto", ...reporterNames] as const;
export const HOST_KEYS = ["strict", "accept-new"] as const;
export const FORMATS = ["tree", "mermaid", "dot", "json"] as const;

/** The options of one command line, filled in. */
export interface Options {
  readonly roles: readonly string[];
  readonly only: readonly string[];
  readonly hosts: readonly string[];
  readonly exclude: readonly string[];
  readonly all: boolean;
  readonly set: readonly SetOption[];
  readonly parallel: number | undefined;
  readonly batch: number | `${number}%` | undefined;
  /** A duration, as it was written. */
  readonly lockWait: string | undefined;
  readonly skipUnreachable: boolean;
  readonly dryRun: boolean;
  readonly noFuse: boolean;
  readonly yes: boolean;
  readonly nonInteractive: boolean;
  readonly reporter: (typeof REPORTERS)[number];
  readonly logFile: string | undefined;
  readonly verbose: boolean;
  readonly timings: boolean;
  readonly json: boolean;
  readonly flights: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly sshConfig: string | undefined;
  readonly hostKeys: (typeof HOST_KEYS)[number] | undefined;
  readonly file: string | undefined;
  readonly yaml: boolean;
  readonly keep: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

const READERS = {
  roles: names,
  only: names,
  hosts: hostNames,
  exclude: hostNames,
  all: flag,
  set: settings,
  parallel: amount,
  batch: share,
  "lock-wait": duration,
  "skip-unreachable": flag,
  "dry-run": flag,
  "no-fuse": flag,
  yes: flag,
  "non-interactive": flag,
  reporter: oneOf(REPORTERS, "auto"),
  "log-file": fileName,
  verbose: flag,
  timings: flag,
  json: flag,
  flights: flag,
  format: oneOf(FORMATS, "tree"),
  "ssh-config": fileName,
  "host-keys": oneOf(HOST_KEYS, undefined),
  file: fileName,
  yaml: flag,
  keep: flag,
  debug: flag,
  help: flag,
  version: flag,
} satisfies { readonly [K in OptionName]: Reader<unknown> };

/** Everything that is wrong with the values of options; what is wrong has its default in `options`. */
export function parseOptionValues(given: readonly GivenOption[]): { options: Options; problems: Problem[] } {
  const problems: Problem[] = [];
  const values = Object.entries<Reader<unknown>>(READERS).map(([name, { fallback, read }]) => {
    const texts = given.filter((option) => option.name === name).map(({ text }) => text);
    const { value = fallback, faults = [] } = texts.length === 0 ? {} : read(texts);
    problems.push(...faults.map(({ what, hint }) => ({ message: `--${name} ${what}.`, subject: name, hint })));
    return [camelCase(name), value];
  });
  return { options: Object.fromEntries(values) as unknown as Options, problems };
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
