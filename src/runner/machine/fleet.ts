import type { Host } from "../../hosts/host.ts";
import type { Transport } from "../../transport/transport.ts";
import { settleWithin } from "../../wait.ts";
import { GRACE_MS } from "../limits.ts";
import { CONTROL_HOST } from "./login.ts";
import { type LoginSettings, Machine } from "./machine.ts";

/** The machines of any number of runs, one after another or at the same time: connections stay between runs. */
export class Fleet {
  /** The machine that `fake` runs on. */
  readonly control: Machine;
  readonly #machines = new Map<string, Machine>();
  readonly #transportFor: (host: Host, wanted: string) => Transport;

  /** Connects to nothing yet. @param transportFor called once for each machine, with what the setting `transport` names for it */
  constructor(transportFor: (host: Host, wanted: string) => Transport, localTransport: Transport) {
    this.control = new Machine(CONTROL_HOST, () => localTransport);
    this.#transportFor = transportFor;
  }

  /** The same one for the same host, reached by the same login: a password, or how fast a login is, makes no other machine. */
  machine(host: Host, login: LoginSettings): Machine {
    const { id, address, port, transport } = host;
    const key = JSON.stringify([id, address, port, transport, login.transport, login.user, login.forwardAgent]);
    const machine = this.#machines.get(key) ?? new Machine(host, () => this.#transportFor(host, login.transport));
    this.#machines.set(key, machine);
    return machine;
  }

  /** Ends all connections. Takes five seconds at most, and never throws. */
  async close(): Promise<void> {
    const closing = Promise.all([this.control, ...this.#machines.values()].map((machine) => machine.close()));
    this.#machines.clear();
    // Connections end without the other side's consent, but not even that is waited for without end.
    await settleWithin(closing, [{ signal: AbortSignal.abort(), grace: GRACE_MS }]);
  }
}
