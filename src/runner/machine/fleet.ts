import type { Host } from "../../hosts/host.ts";
import type { Transport } from "../../transport/transport.ts";
import { settleWithin } from "../../wait.ts";
import { GRACE_MS } from "../limits.ts";
import { CONTROL_HOST } from "./login.ts";
import { type LoginSettings, Machine } from "./machine.ts";

export interface FleetOptions {
  /** Called once for each machine, with what the setting `transport` names for it. */
  readonly transportFor: (host: Host, wanted: string) => Transport;
  /** For the machine that `fake` runs on. */
  readonly localTransport: Transport;
}

/** The machines of any number of runs, one after another or at the same time: connections stay between runs. */
export interface Fleet extends AsyncDisposable {
  /** The machine that `fake` runs on. */
  readonly control: Machine;
  /** The same one for the same host, reached by the same login: a password, or how fast a login is, makes no other machine. */
  machine(host: Host, login: LoginSettings): Machine;
  /** Ends all connections. Takes five seconds at most, and never throws. */
  close(): Promise<void>;
}

/** Connects to nothing yet. */
export function createFleet({ transportFor, localTransport }: FleetOptions): Fleet {
  const machines = new Map<string, Machine>();
  const control = new Machine(CONTROL_HOST, () => localTransport);
  const close = async (): Promise<void> => {
    const closing = Promise.all([control, ...machines.values()].map((machine) => machine.close()));
    machines.clear();
    // Connections end without the other side's consent, but not even that is waited for without end.
    await settleWithin(closing, [{ signal: AbortSignal.abort(), grace: GRACE_MS }]);
  };
  return {
    control,
    machine(host, login) {
      const { id, address, port, transport } = host;
      const key = JSON.stringify([id, address, port, transport, login.transport, login.user, login.forwardAgent]);
      const machine = machines.get(key) ?? new Machine(host, () => transportFor(host, login.transport));
      machines.set(key, machine);
      return machine;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
