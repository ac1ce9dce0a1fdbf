import type { ConnectOptions } from "../transport/transport.ts";

/** Where in a run the client or a host is to be held, so that something can be done to it exactly there. */
export interface Mark {
  readonly step: SentStep;
  /** `before`: the host is about to run the command. `after`: it has, and the answer is not given. `border`: it is not sent yet. */
  readonly at: Place;
  /** A file that is written by whoever is held: the process id of the command's shell, or of the client. */
  readonly here: string;
  /** A named pipe that a held command reads; a held client waits until the file `<door>.open` is there. */
  readonly door: string;
  /** The held command does not listen to SIGTERM. */
  readonly deaf?: boolean | undefined;
  /** The command gets this time limit, in milliseconds. */
  readonly timeout?: number | undefined;
}

export type Place = "before" | "after" | "border";

/** One command on one host: what it is called, and which of those that are called so. */
export interface SentStep {
  readonly host: string;
  readonly label: string;
  readonly turn: number;
}

/** What the client notes of each flight: its commands in order. */
export type SentFlight = readonly SentStep[];

/** What a client is told that is to be held, or only watched. */
export interface Orders {
  readonly mark: Mark | undefined;
  /** Gets a line of JSON for each flight, a `SentFlight`. */
  readonly flightsFile: string;
  /** @default it talks to the hosts that it knows */
  readonly redirect?: Redirection | undefined;
}

/** What stands in the place of the hosts that a deployfile names: no other is reached. */
export interface Redirection {
  /** By id. */
  readonly hosts: Readonly<Record<string, RedirectedHost>>;
  /** Local tasks are run, and commands on this machine. */
  readonly local: boolean;
}

export interface RedirectedHost {
  /** The loopback interface; or, of a real host, the name by which an ssh config finds the relay in front of it. */
  readonly address: string;
  readonly port: number;
  /** Win over what the deployfile says of the host. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Shell text in front of each command, which is run only where this succeeds. */
  readonly before?: string | undefined;
  /** In the environment of all that is started there. @default none */
  readonly variable?: ConnectOptions["variable"];
}

/** In the client's environment: its orders, as JSON. */
export const ORDERS = "FAKE_REHEARSAL";

export function isSameStep(left: SentStep, right: SentStep): boolean {
  return left.host === right.host && left.label === right.label && left.turn === right.turn;
}
