import { BEAT } from "../../framing/guard.ts";
import type { ChannelHost, SshChannel } from "./channel.ts";
import { createOpening, type Opening } from "./opening.ts";

/** The first shell of a connection. The login opens it, as early as it can, when there is no connection yet to belong to. */
export interface FirstSession {
  readonly opening: Opening;
  /** The connection has come to be. Rejects with ssh2's error. */
  take(host: ChannelHost): Promise<SshChannel>;
}

/** `beat`: how often the host is told that the client lives, in milliseconds. Default 15000. */
export function createFirstSession(beat = BEAT): FirstSession {
  let owner: ChannelHost | undefined;
  const host: ChannelHost = {
    signalGroup: async (signal, group) => owner?.signalGroup(signal, group),
    lost: () => owner?.lost(),
    left: () => owner?.left(),
    held: () => owner?.held(),
    beat,
  };
  let opening!: Opening;
  const opened = new Promise<SshChannel>((resolve, reject) => {
    opening = createOpening("flight", host, resolve, reject);
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
