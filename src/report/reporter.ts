import type { Emit, EventOf, RunEventKind } from "../runner/events.ts";

/** Turns what happens into something to see. Never influences the run. */
export interface Reporter {
  /** Must return quickly and never throw. Stands by itself: it is handed on without its reporter. */
  readonly on: Emit;
  /** Everything is written when it settles. Called once, after the last event, also after a crash. Never rejects. */
  end(): Promise<void>;
  /** Gives the terminal back at once (cursor, unfinished frame), for a process that must go without waiting for `end`. */
  restore?(): void;
}

/** What each kind of event does in a reporter: a new kind does not compile until each reporter says. */
export type EventHandlers = { readonly [K in RunEventKind]: (event: EventOf<K>) => void };

/** Where a reporter writes. */
export interface Screen {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  /** So much waits to be read that what is for eyes is better left out: a pager that nobody scrolls, say. @default false */
  readonly behind?: boolean;
}

/** What a reporter is made with; each takes what it needs. */
export interface ReporterOptions {
  /** For eyes: stdout stays clean unless a person reads it. */
  readonly screen: Screen;
  /** For programs. */
  readonly stdout: Screen;
  /** 1: probes and debug messages too. */
  readonly verbosity: 0 | 1;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
  /** Calls back at a steady pace, in milliseconds. @returns how to stop @default setInterval, which does not keep the process alive */
  readonly every?: ((milliseconds: number, callback: () => void) => () => void) | undefined;
  /** Where the log file is, to say so where something is left out. */
  readonly logFile?: string | undefined;
}
