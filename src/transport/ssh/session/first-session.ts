import type { ChannelHost, SshProcess } from "./channel.ts";
import { createOpening, type Opening } from "./opening.ts";

/** The first shell of a connection. The login opens it as early as possible, when there is no connection yet to belong to. */
export interface FirstSession {
  readonly opening: Opening;
  /** The connection has come to be. Rejects with ssh2's error. */
  take(host: ChannelHost): Promise<SshProcess>;
}

export function createFirstSession(): FirstSession {
  let owner: ChannelHost | undefined;
  const host: ChannelHost = {
    signalGroup: async (signal, group) => owner?.signalGroup(signal, group),
    lost: () => owner?.lost(),
    left: () => owner?.left(),
    held: () => owner?.held(),
  };
  let opening!: Opening;
  const opened = new Promise<SshProcess>((resolve, reject) => {
    opening = createOpening({ program: "shell" }, host, resolve, reject);
  });
  // A login that fails has its own error, and nobody takes the session.
  opened.catch(() => undefined);
  return {
    opening,
    take(connection) {
      owner = connection;
      return opened;
    },
  };
}
