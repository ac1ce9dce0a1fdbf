import { ConnectError, FakeError, toError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";

/** The one connection to a machine: made when first asked for, never again once it is lost. */
export interface Link {
  /** @throws ConnectError @throws why the signal was aborted */
  connection(signal: AbortSignal): Promise<Connection>;
  /** Why the machine cannot be reached any more. */
  readonly lost: Error | undefined;
  /** Ends the connection. Never throws. */
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly host: string;
  readonly open: (signal: AbortSignal) => Promise<Connection>;
  readonly onLost: (error: Error) => void;
}

export function createLink({ host, open, onLost }: LinkOptions): Link {
  let connecting: Promise<Connection> | undefined;
  let lost: Error | undefined;
  let closing = false;

  const lose = (error: Error): void => {
    if (lost !== undefined || closing) return;
    lost = error;
    onLost(error);
  };
  const watch = (connection: Connection): void => {
    const ended = (reason: Error | undefined): void => {
      if (reason !== undefined) lose(reason);
    };
    void connection.closed.then(ended, (reason: unknown) => ended(toError(reason)));
  };
  const connect = async (signal: AbortSignal): Promise<Connection> => {
    try {
      const connection = await open(signal);
      watch(connection);
      return connection;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = cannotConnect(error, host);
      // A setting that fails says nothing about the machine.
      if (failure instanceof ConnectError) lose(failure);
      throw failure;
    }
  };
  return {
    get lost() {
      return lost;
    },
    async connection(signal) {
      if (lost !== undefined) throw connectionLost(lost, host);
      connecting ??= connect(signal);
      try {
        return await connecting;
      } catch (error) {
        connecting = undefined;
        throw error;
      }
    },
    async close() {
      closing = true;
      await connecting?.then((connection) => connection.close()).catch(() => undefined);
    },
  };
}

/** Why a machine cannot be reached any more, as what fails a task. */
export function connectionLost(cause: Error, host: string): FakeError {
  if (cause instanceof FakeError) return cause;
  return new ConnectError("CONNECTION_LOST", host, `The connection to ${host} was lost: ${cause.message}`, { cause });
}

function cannotConnect(error: unknown, host: string): FakeError {
  if (error instanceof FakeError) return error;
  const cause = toError(error);
  return new ConnectError("CONNECT_FAILED", host, `Cannot connect to ${host}: ${cause.message}`, { cause });
}
