/** From the name of a transport to the transport. What a run does not use is not loaded. */
import { UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import type { LocalOptions } from "./local/transport.ts";
import type { SshTransportOptions } from "./ssh/options.ts";
import type { Transport } from "./transport.ts";

export interface TransportsOptions {
  readonly ssh: SshTransportOptions;
  readonly local?: LocalOptions | undefined;
}

export type Transports = ReturnType<typeof createTransports>;

const LOADERS: Readonly<Record<string, (options: TransportsOptions) => Promise<Transport>>> = {
  ssh: async ({ ssh }) => (await import("./ssh/transport.ts")).createSshTransport(ssh),
  openssh: async ({ ssh }) => (await import("./openssh/transport.ts")).createOpensshTransport(ssh),
  local: async ({ local }) => (await import("./local/transport.ts")).createLocalTransport(local),
};

/** Names of all transports. */
export const TRANSPORT_NAMES: readonly string[] = Object.freeze(Object.keys(LOADERS));

export function createTransports(options: TransportsOptions) {
  const open = new Map<string, Transport>();
  return {
    /**
     * The transport of that name: the same one each time.
     * @throws UsageError for a name that is none.
     */
    get(name: string): Transport {
      const known = open.get(name);
      if (known !== undefined) return known;
      const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
      if (load === undefined) throw unknownTransport(name);
      const transport = lazyTransport(name, () => load(options));
      open.set(name, transport);
      return transport;
    },
    /** Closes all that were asked for. Never throws. */
    async close(): Promise<void> {
      await Promise.all([...open.values()].map((transport) => transport.close()));
    },
  };
}

/** Loads at the first connection. */
function lazyTransport(name: string, load: () => Promise<Transport>): Transport {
  let loaded: Promise<Transport> | undefined;
  return {
    name,
    async connect(host, options) {
      loaded ??= load();
      return (await loaded).connect(host, options);
    },
    async close() {
      const transport = await loaded?.catch(() => undefined);
      await transport?.close();
    },
  };
}

function unknownTransport(name: string): UsageError {
  const all = `There are: ${TRANSPORT_NAMES.join(", ")}.`;
  const near = didYouMean(name, TRANSPORT_NAMES);
  const hint = near === undefined ? all : `${near} ${all}`;
  return new UsageError("UNKNOWN_TRANSPORT", `There is no transport ${JSON.stringify(name)}.`, { hint });
}
