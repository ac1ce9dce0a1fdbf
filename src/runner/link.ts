import { ConnectError, FakeError, toError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";

/** The connection to a machine: made when first asked for, and once more when it was lost. */
export interface Link {
  /** @throws ConnectError @throws why the signal was aborted */
  connection(signal: AbortSignal): Promise<Connection>;
  /** Why the machine cannot be reached any more. */
  readonly lost: Error | undefined;
  /** It was lost, and will be made again for the next who asks. */
  readonly broken: boolean;
  /** It is there now, as far as is known. */
  readonly connected: boolean;
  /** Ends the connection. Never throws. */
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly host: string;
  /** `after`: the connection that was lost. */
  readonly open: (signal: AbortSignal, after: Connection | undefined) => Promise<Connection>;
  /** It was lost, and can be made again. */
  readonly onBroken: (error: Error) => void;
  readonly onLost: (error: Error) => void;
}

/** How often a lost connection is made again: a link that breaks twice in a run is no link to publish over. */
const REPAIRS = 1;

export function createLink({ host, open, onBroken, onLost }: LinkOptions): Link {
  let connecting: Promise<Connection> | undefined;
  let before: Connection | undefined;
  let repairs = 0;
  let lost: Error | undefined;
  let broken: Error | undefined;
  let closing = false;
  let connected = false;

  const lose = (error: Error): void => {
    if (lost !== undefined || closing) return;
    lost = error;
    onLost(error);
  };
  const drop = (connection: Connection, reason: Error): void => {
    connected = false;
    if (repairs === REPAIRS) lose(reason);
    if (closing || repairs === REPAIRS) return;
    repairs += 1;
    before = connection;
    connecting = undefined;
    broken = reason;
    onBroken(reason);
  };
  const watch = (connection: Connection): void => {
    const ended = (reason: Error | undefined): void => {
      if (reason !== undefined) drop(connection, reason);
    };
    void connection.closed.then(ended, (reason: unknown) => ended(toError(reason)));
  };
  const connect = async (signal: AbortSignal): Promise<Connection> => {
    try {
      const connection = await open(signal, before);
      broken = undefined;
      connected = true;
      watch(connection);
      return connection;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = cannotConnect(error, host, broken);
      // A setting that fails says nothing about the machine.
      if (failure instanceof ConnectError) lose(failure);
      throw failure;
    }
  };
  return {
    get lost() {
      return lost;
    },
    get broken() {
      return broken !== undefined && lost === undefined;
    },
    get connected() {
      return connected && !closing;
    },
    async connection(signal) {
      if (lost !== undefined) throw connectionLost(lost, host);
      connecting ??= connect(signal);
      const attempt = connecting;
      try {
        return await attempt;
      } catch (error) {
        if (connecting === attempt) connecting = undefined;
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
  return new ConnectError("CONNECTION_LOST", host, `The connection to ${host} was lost: ${withStop(cause.message)}`, { cause });
}

/** `broken`: why there is no connection any more that there was. */
function cannotConnect(error: unknown, host: string, broken: Error | undefined): FakeError {
  const cause = toError(error);
  if (broken !== undefined && (error instanceof ConnectError || !(error instanceof FakeError))) {
    const first = connectionLost(broken, host);
    return new ConnectError("CONNECTION_LOST", host, `${first.message} It could not be made again: ${cause.message}`, {
      cause,
      hint: first.hint,
    });
  }
  if (error instanceof FakeError) return error;
  return new ConnectError("CONNECT_FAILED", host, `Cannot connect to ${host}: ${cause.message}`, { cause });
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
