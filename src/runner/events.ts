import type { Redactor } from "../command/redact.ts";
import type { CommandStatus } from "../transport/transport.ts";
import type { EventError, RunResult } from "./result.ts";

/** What happened. Plain data: secrets are already redacted, everything can be written as JSON. */
export type RunEvent =
  | {
      readonly kind: "runStarted";
      readonly runId: string;
      readonly tasks: readonly string[];
      readonly hosts: readonly string[];
      readonly dryRun: boolean;
      /** Stages in order, with the tasks of each and its hosts: what the screen can draw before anything has happened. */
      readonly stages: readonly { readonly name: string; readonly tasks: readonly string[]; readonly hosts: readonly string[] }[];
    }
  | { readonly kind: "hostConnecting"; readonly host: string }
  | { readonly kind: "hostConnected"; readonly host: string; readonly duration: number }
  | { readonly kind: "hostLost"; readonly host: string; readonly message: string; readonly hint: string | undefined }
  /** The settings that must be there before the first command: resolved while the hosts are being connected to. */
  | { readonly kind: "settingsResolved"; readonly keys: readonly string[]; readonly duration: number }
  | {
      readonly kind: "stageStarted";
      readonly stage: string;
      readonly hosts: readonly string[];
      /** What is to be done in it, on how many of the hosts; on none: on the control machine. */
      readonly tasks: readonly { readonly name: string; readonly hosts: number }[];
      /** With `--batch`: which group of how many goes through it. */
      readonly group?: GroupOfHosts | undefined;
    }
  | {
      readonly kind: "stageFinished";
      readonly stage: string;
      /** The outcome is `ok`. */
      readonly ok: boolean;
      readonly outcome: StageOutcome;
      readonly duration: number;
    }
  | { readonly kind: "taskStarted"; readonly task: string; readonly host: string; readonly stage: string }
  | {
      readonly kind: "taskFinished";
      readonly task: string;
      readonly host: string;
      readonly stage: string;
      readonly outcome: TaskOutcome;
      readonly duration: number;
      readonly error: EventError | undefined;
    }
  | (OfCommand & {
      readonly kind: "commandStarted";
      readonly command: string;
      /** `command` is a title that stands for the text. */
      readonly titled?: boolean | undefined;
      /** In a dry run, where `command` is always the text: its title, if it has one. */
      readonly title?: string | undefined;
    })
  | (OfCommand & {
      readonly kind: "commandOutput";
      readonly stream: "stdout" | "stderr";
      /** Decoded and redacted; may hold several lines or part of one. Control characters are as sent. */
      readonly text: string;
    })
  /** How far a file or a directory is that the command sends or fetches: twice a second, while it does. */
  | (Omit<OfCommand, "quiet"> & {
      readonly kind: "transferProgress";
      readonly command: string;
      readonly bytes: number;
      /** Undefined while nobody knows. */
      readonly totalBytes: number | undefined;
      /** Bytes a second, since it began. */
      readonly rate: number;
      /** Undefined while nobody knows. */
      readonly secondsLeft: number | undefined;
      /** Since it began. */
      readonly duration: number;
    })
  | (OfCommand & {
      readonly kind: "commandFinished";
      readonly command: string;
      readonly status: CommandStatus;
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
      readonly duration: number;
    })
  /** Commands that were sent together have come to their end. */
  | { readonly kind: "flightFinished"; readonly host: string; readonly commands: number; readonly duration: number }
  /** `host` undefined: about the run as a whole. */
  | {
      readonly kind: "message";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly host: string | undefined;
      readonly task: string | undefined;
      readonly text: string;
    }
  /** One thing that the run changed on a host, for the summary. */
  | { readonly kind: "changed"; readonly host: string; readonly text: string }
  /** The screen is needed for a question; reporters stop drawing until it is answered. */
  | { readonly kind: "prompt"; readonly state: "opened" | "closed" }
  | { readonly kind: "interrupted"; readonly signal: string; readonly count: number }
  | { readonly kind: "runFinished"; readonly result: RunResult };

/** What all events of a command say. */
interface OfCommand {
  readonly id: number;
  readonly host: string;
  readonly task: string;
  /** It is not to be shown. */
  readonly quiet: boolean;
}

/** One of the groups that `--batch` makes of the hosts, counted from 1. */
export interface GroupOfHosts {
  readonly number: number;
  readonly of: number;
}

/**
 * How a task ended on a host. `skipped`: something before it failed, or it found nothing to do. `stopped`: an interruption ended it.
 * `planned`: it was only shown, by a dry run.
 */
export type TaskOutcome = "ok" | "failed" | "skipped" | "stopped" | "planned";

/** How a stage ended. `failed`: a task of it failed. `stopped`: it was given up for another reason, an interruption say. */
export type StageOutcome = "ok" | "failed" | "stopped";

/** The names of events. */
export type RunEventKind = RunEvent["kind"];

/** An event of one kind. */
export type EventOf<K extends RunEventKind> = Extract<RunEvent, { kind: K }>;

/** Tells an event to whoever listens. Must not throw. */
export type Emit = (event: RunEvent) => void;

/** How the parts of a run tell what happens in it. */
export interface RunEmitter {
  /** Says nothing any more once the run is over. */
  readonly emit: Emit;
  readonly redactor: Redactor;
  redact(text: string): string;
  /** Milliseconds of any clock that does not go back. */
  readonly now: () => number;
  /** Numbers that are unique in the run. */
  nextId(): number;
}
