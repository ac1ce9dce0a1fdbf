import type { Host } from "../../../src/hosts/host.ts";
import type { MemoryAnswer } from "../../../src/transport/memory/script.ts";
import type { Connection, Transport } from "../../../src/transport/transport.ts";

/** What a real shell answers to the commands of a case: for doubles. Real transports do not look at it. */
export type Answers = Readonly<Record<string, MemoryAnswer>>;

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
  /** Another connection to the same host. */
  connect(): Promise<Connection>;
}

export interface ContractCase {
  /** A plain fact. */
  readonly title: string;
  readonly answers?: Answers;
  run(context: CaseContext): Promise<void>;
}
