import type { Duplex } from "node:stream";

/** A TCP port of a machine, which has the name that the far side of a connection knows it by. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface TunnelOptions {
  /** Aborting ends the attempt. What has come to be stays. */
  readonly signal?: AbortSignal | undefined;
}

/** Takes a connection that was made on the far side: raw bytes, both ways. Either end of it may go on when the other has ended. */
export type OnConnection = (stream: Duplex) => void;

/** A port of the far side whose connections come here. */
export interface Listening {
  /** With the port that the far side has chosen, where that was left to it. */
  readonly address: TcpAddress;
  /** Settles when no more connections come, with the reason when the link was lost. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Takes no more connections; those that are there go on. Settles when the port is free, or nobody can tell. Never rejects. */
  close(): Promise<void>;
}
