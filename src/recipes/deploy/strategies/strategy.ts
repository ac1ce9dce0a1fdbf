import type { Secret } from "../../../index.ts";
import type { DeployPaths } from "../paths.ts";
import type { RefRequest, ResolvedRevision } from "../revision.ts";
import type { Script } from "../sh.ts";
import type { Repository } from "./repository.ts";

/**
 * How the code of a revision comes into a release. All that runs on a host is text: a strategy never talks to one.
 * Implementations: git, push; all pass `test/contracts/strategy.ts`.
 */
export interface Strategy {
  readonly name: string;
  /** Programs that a host needs. */
  readonly tools: readonly string[];
  /**
   * Part of the check: says `say 'problem TEXT\n'` for each reason why this source cannot work on this host. `alone`: the
   * check is all that was asked for, and may take its time.
   */
  check(source: Source, alone: boolean): Script;
  /** Part of reading the state: prints lines `source TEXT` that `transfer` and `prepare` get back. `revision` may be unknown yet. */
  probe(source: Source): Script;
  /** Finds the commit that `branch` names, on the control machine, once for a run. @throws UsageError when there is none. */
  resolveRevision(request: RefRequest, control: Control): Promise<ResolvedRevision>;
  /** Finds it on a host instead: for sources that the control machine cannot reach. */
  resolveOnHost?: { text(source: Source, ref: string): string; parse(output: string, request: RefRequest): ResolvedRevision };
  /** Work on the control machine before anything is built. The answer, by host, goes to `transfer`. */
  prepare?(needs: readonly HostNeed[], control: Control): Promise<ReadonlyMap<string, Cargo>>;
  /** Brings the revision to the host; nothing when it is there. Hosts are let in a few at a time. */
  transfer(source: Source, probe: readonly string[], cargo: Cargo | undefined): readonly StrategyCommand[];
  /** Fills the empty directory of a release. */
  createRelease(source: Source, id: string): StrategyCommand;
}

/** What a strategy knows of the host and the run. */
export interface Source {
  readonly paths: DeployPaths;
  readonly run: string;
  readonly repository: Repository;
  /** The commit; empty while it is not known. */
  readonly revision: string;
  /** Only this directory of the tree; empty for all of it. */
  readonly repoTree: string;
  readonly submodules: boolean | "fail";
  readonly lfsPointers: boolean;
}

/** The control machine, as far as a strategy may use it. */
export interface Control {
  /** Environment of git there: PATH, HOME, SSH_AUTH_SOCK, ... */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where clones are kept between runs. */
  readonly cache: string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What one host is to get, and what its probe said. */
export interface HostNeed {
  readonly host: string;
  readonly source: Source;
  readonly probe: readonly string[];
}

/** A file on the control machine that is sent to a host. */
export interface Cargo {
  readonly file: string;
}

export interface StrategyCommand {
  readonly title: string;
  readonly text: string;
  readonly vars?: Readonly<Record<string, string | Secret>> | undefined;
  readonly stdin?: NodeJS.ReadableStream | undefined;
}
