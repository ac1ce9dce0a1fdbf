import type { EnvReader, Script, Secret } from "../../../index.ts";
import type { DeployPaths } from "../paths.ts";
import type { RefKind } from "../revision.ts";

/**
 * How the code comes into a release: what is deployed, how it gets to a host, how it fills a directory there. All that runs on a host is
 * text: a strategy never talks to one. `scm` takes its name, or one of your own. All pass `test/contracts/strategy.ts`.
 * @example
 * const greeting: Strategy = {
 *   name: "greeting",
 *   resolveRevision: async () => ({ id: "v1", label: "hello" }),
 *   createRelease: ({ paths }, id) => ({ title: `write releases/${id}`, text: sh`echo hello >${releasePath(paths, id)}/index.html` }),
 * };
 * env.set({ scm: greeting });
 */
export interface Strategy {
  readonly name: string;
  /** Programs that a host needs. @default none */
  readonly tools?: readonly string[] | undefined;
  /** What `deploy --branch`, `--tag` and `--commit` may name: it looks at `refKind`. @default none: they are refused */
  readonly refKinds?: readonly RefKind[] | undefined;
  /**
   * Says on the control machine what is deployed, once for all hosts with the same settings. Settings are read with `env.get`.
   * @throws UsageError when there is no such thing
   */
  resolveRevision(env: EnvReader, control: Control): Promise<ResolvedRevision>;
  /** Says it on a host instead: for sources that the control machine cannot reach. Hosts whose commands have one title ask for the same. */
  readonly onHost?: {
    ask(context: StrategyContext): StrategyCommand;
    parse(output: string, context: StrategyContext): Revision;
  };
  /** Environment of the commands on a host, secrets included. @default none */
  vars?(context: StrategyContext): Readonly<Record<string, string | Secret>>;
  /**
   * Part of the check: says `say 'problem TEXT\n'` for each reason why this source cannot work on this host, and `printf 'remark TEXT\n'`
   * for what may not. `alone`: the check is all that was asked for, and may take its time. It starts nothing that outlives it (`contained`).
   */
  check?(context: StrategyContext, alone: boolean): Script;
  /**
   * Part of reading the state: prints lines `source TEXT` that the build gets as its `probe`. The revision may be unknown yet.
   * `source has-revision`: the host needs nothing from elsewhere to build it, which is where `rollback --build` may.
   */
  probe?(context: StrategyContext): Script;
  /** Work on the control machine before anything is built: files for hosts, by host. */
  prepare?(hosts: readonly BuildContext[], control: Control): Promise<ReadonlyMap<string, Artifact>>;
  /** Brings the revision to the host, under its lock; nothing when it is there. Hosts are let in a few at a time. */
  transfer?(context: BuildContext): readonly StrategyCommand[];
  /** What to do when a transfer has failed, for people. */
  advice?(context: StrategyContext): string;
  /** Fills the empty directory of a release. Run again when its answer was lost. */
  createRelease(context: BuildContext, id: string): StrategyCommand;
}

/** What is deployed. */
export interface Revision {
  /**
   * What tells it from all others: a commit, a version, a digest. One word of letters, digits and `_.:@+=/-`; written to REVISION and
   * the journal.
   */
  readonly id: string;
  /** How people call it: a branch, a tag, a directory. */
  readonly label: string;
}

/** A revision, or that only a host can say which one is meant. */
export type ResolvedRevision = Revision | { readonly id?: undefined; readonly label: string; readonly reason: string };

/** What a strategy knows of the host and the run. */
export interface StrategyContext {
  /** Id of the host. */
  readonly host: string;
  /** Id of the run. */
  readonly run: string;
  /** Settings of the host. */
  readonly env: EnvReader;
  readonly paths: DeployPaths;
  /** Id of the revision; empty while it is not known. */
  readonly revision: string;
}

/** The same once all is known that is to be built. */
export interface BuildContext extends StrategyContext {
  /** What the probe printed. */
  readonly probe: readonly string[];
  /** What `prepare` gave for this host. */
  readonly artifact: Artifact | undefined;
}

/** The control machine, as far as a strategy may use it. */
export interface Control {
  /** Environment of programs there: PATH, HOME, SSH_AUTH_SOCK, ... */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where clones and other things are kept between runs. */
  readonly cache: string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** A file on the control machine that is sent to a host. */
export interface Artifact {
  readonly file: string;
}

/** A command of a strategy: a script, and what stands for it where people read. */
export interface StrategyCommand {
  readonly title: string;
  /** For a POSIX shell, as `sh` makes it. */
  readonly text: string;
  /** What it reads. @default nothing */
  readonly stdin?: Artifact | undefined;
  /** It starts nothing that outlives it: see `CommandOptions`. @default false */
  readonly contained?: boolean | undefined;
}
