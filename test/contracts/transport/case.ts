import type { Host } from "../../../src/hosts/host.ts";
import type { MemoryProgram } from "../../../src/transport/memory/channel.ts";
import type { MemoryAnswer } from "../../../src/transport/memory/script.ts";
import type { Connection, Transport } from "../../../src/transport/transport.ts";

/** What a real shell answers to the commands of a case: for doubles. Real transports do not look at it. */
export type Answers = Readonly<Record<string, MemoryAnswer>>;

/** What runs on the channels of a case: for doubles. */
export type Programs = Readonly<Record<string, MemoryProgram>>;

export interface ContractHost {
  readonly transport: Transport;
  readonly host: Host;
  /** A directory of its own for each case, on the host and visible from here. */
  readonly directory: string;
  /** Stops what was started for this case, by process id. */
  stop(): Promise<void>;
}

export interface CaseContext extends ContractHost {
  readonly connection: Connection;
  /** There are processes. */
  readonly isReal: boolean;
  /** Another connection to the same host. */
  connect(): Promise<Connection>;
}

export interface ContractCase {
  /** A plain fact. */
  readonly title: string;
  readonly answers?: Answers;
  readonly programs?: Programs;
  run(context: CaseContext): Promise<void>;
}
