/** Where cases are played: hosts behind relays, and a client. Who opens a scene says what its hosts are. */
import type { DeployPathState } from "./deploy-path.ts";
import type { Mark } from "./mark.ts";
import type { Relay } from "./relay.ts";
import type { RemoteHost } from "./remote-host.ts";
import type { RunningClient } from "./run-client.ts";

export interface SceneHost {
  /** Id, as runs name it. */
  readonly name: string;
  readonly home: string;
  /** A folder of this machine: of a real host, what it looked like there. */
  readonly deployPath: string;
  /** The file system that can be filled up; undefined where the machine gives none. */
  readonly volume: string | undefined;
  readonly relay: Relay;
  /** In the environment of its processes only. */
  readonly variable: string;
  /** Environment of commands of checks, but for HOME. @default none is run on this machine */
  readonly env?: Readonly<Record<string, string>>;
  /** How a real host is reached. @default it is this machine */
  readonly remote?: RemoteHost | undefined;
}

/** A host of the deployfile that is played. */
export interface SiteHost {
  readonly name: string;
  /** Paths below `shared`. */
  readonly linkedDirs: readonly string[];
  readonly linkedFiles: readonly string[];
}

/** `nothing`: a first deploy. `live`: releases of runs that went well, and a commit that none of them has. */
export type SceneStart = "nothing" | "live";

/** A run that is played again and again. */
export interface Scenario {
  readonly name: string;
  /** How the hosts are before it. */
  readonly start: SceneStart;
  /** What is said to `fake`. */
  readonly words: readonly string[];
  /** The release that hosts are on when all went well: one of the run's own, the one before theirs, or theirs. */
  readonly brings: "new" | "before" | "same";
}

/** A host as it was before a run. */
export interface HostBefore extends Pick<SceneHost, "name" | "deployPath" | "variable" | "remote"> {
  readonly before: DeployPathState;
}

/** What has ended before a check: the run, or the deploy that follows it. */
export interface CheckMoment {
  readonly after: "fault" | "deploy";
  /** Undefined after a run without any. */
  readonly fault: string | undefined;
  readonly step: string | undefined;
}

export interface Scene {
  readonly hosts: readonly SceneHost[];
  /** What is said to `fake` after a run, to see whether it works. `unlock` is the manual step that should not be needed. */
  readonly next: { readonly [what in "deploy" | "rollback" | "unlock"]: readonly string[] };
  /** What nobody may see. */
  readonly secrets: readonly string[];
  /** Puts the deploy paths to where the scenario begins. */
  reset(start: SceneStart): Promise<void>;
  /** Brings the deploy paths up to date with real hosts: before they are looked at. @default they are this machine's */
  look?(): Promise<void>;
  /** Starts `fake`. `silent`: the client listens for silence, and notices it soon. */
  start(words: readonly string[], options?: { readonly mark?: Mark; readonly silent?: boolean }): RunningClient;
  /** True for a release of the newest commit that was not there before. */
  isNewest(host: HostBefore, id: string): boolean;
  /** What is missing or wrong in a release; undefined for a complete one. */
  findFault(host: HostBefore, id: string): string | undefined;
  /** A file name that nobody has used. */
  fresh(name: string): string;
  /** Longest that a run may take, in milliseconds: after it, it hangs. */
  readonly deadline: number;
  /** What else must hold on a host. @throws where it does not */
  check?(host: HostBefore, moment: CheckMoment): Promise<void>;
  readonly flightsFile: string;
  readonly logFile: string;
  end(): Promise<void>;
}
