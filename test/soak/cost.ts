/** Names of the environment variables of the clients. */
export const COST = "SOAK_COST";
export const LIBRARY = "SOAK_LIBRARY";

/** What one run cost the machine that deploys. Bytes and milliseconds. */
export interface Cost {
  /** Before any code of `fake` was loaded. */
  readonly startRss: number;
  readonly peakRss: number;
  /** When the last host was connected, or had failed to be. */
  readonly connectedRss: number;
  readonly endRss: number;
  /** On the heap, when the garbage is collected at the end. */
  readonly kept: number;
  readonly cpu: number;
  /** Sockets opened in all. */
  readonly sockets: number;
  /** Most logins under way at once: from the opening of the socket until the connection can be used. */
  readonly atOnce: number;
  readonly slowestLogin: number;
  /** With the waiting for a place among the logins. */
  readonly slowestConnect: number;
  /** Open descriptors before any code of `fake` was loaded, and when the process ended. */
  readonly startDescriptors: number;
  readonly endDescriptors: number;
  /** What the process still waited for when it ended. */
  readonly left: readonly string[];
}

/** What a process that deploys again and again has at one moment, after a collection of garbage. */
export interface Standing {
  readonly run: number;
  readonly exitCode: number;
  /** Milliseconds. */
  readonly wall: number;
  /** Bytes. */
  readonly heap: number;
  readonly rss: number;
  readonly descriptors: number;
  /** What keeps the process waiting. */
  readonly resources: readonly string[];
  /** To signals and faults of the process, and to its streams. */
  readonly listeners: number;
}
