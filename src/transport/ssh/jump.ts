import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { neutralise } from "../../command/neutralise.ts";
import { ConnectError, toError, UsageError } from "../../errors.ts";
import { orAborted } from "../../wait.ts";
import { connectError } from "./errors.ts";
import type { ClientLink } from "./links.ts";
import { describeTarget, type Target } from "./target.ts";

/** `[user@]name[:port]`, as ProxyJump has it. */
export interface Hop {
  readonly name: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** @throws UsageError */
export function parseHop(text: string): Hop {
  const form = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s[\]]+))(?::(\d{1,5}))?\/?$/;
  const [, user, bracketed, name = bracketed, digits] = form.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  const isPort = port === undefined || (port >= 1 && port <= 65_535);
  if (name === undefined || !isPort || [name, user].some((word) => word?.startsWith("-"))) {
    throw new UsageError("BAD_PROXY_JUMP", `ProxyJump ${neutralise(text)} is not a host.`, {
      hint: "Write it as [user@]host[:port], several with commas.",
    });
  }
  return { name, user, port };
}

/** The jump hosts of a run: one connection to each, shared by all hosts behind it. `dial` logs in to the last one before a target. */
export function createJumpHosts(dial: (behind: Target, fastLogin: boolean | undefined) => Promise<ClientLink>) {
  const links = new Map<string, Promise<ClientLink>>();

  function linkFor(target: Target, fastLogin: boolean | undefined): Promise<ClientLink> {
    const key = target.via.join(",");
    const known = links.get(key);
    if (known !== undefined) return known;
    const dialled = dial(target, fastLogin).then(startSession);
    links.set(key, dialled);
    // A jump host that was lost is dialled again for the next host; one that refused us is not asked fifty times.
    dialled.then(({ client }) => client.once("close", () => links.delete(key))).catch(() => undefined);
    return dialled;
  }

  return {
    /** The last jump host on the way to the target. `fastLogin`: when it is logged in to for this target. @throws ConnectError */
    connect(target: Target, fastLogin: boolean | undefined, signal: AbortSignal): Promise<Client> {
      const client = linkFor(target, fastLogin).then(
        (link) => link.client,
        (error: unknown) => Promise.reject(blameJump(target, error)),
      );
      return orAborted(client, signal);
    },
    close(): void {
      for (const dialled of links.values()) dialled.then((link) => link.hangUp()).catch(() => undefined);
      links.clear();
    },
  };
}

/** A stream to the target from its jump host. @throws ConnectError */
export function openTunnel(jump: Client, target: Target, signal: AbortSignal): Promise<Duplex> {
  const opened = new Promise<Duplex>((resolve, reject) => {
    try {
      jump.forwardOut("127.0.0.1", 0, target.address, target.port, (error, stream) => {
        if (error !== undefined) return reject(forwardError(target, error));
        if (signal.aborted) stream.destroy();
        resolve(stream);
      });
    } catch (error) {
      reject(forwardError(target, toError(error)));
    }
  });
  return orAborted(opened, signal);
}

/**
 * Until a session runs, the jump host's sshd leaves Nagle's algorithm on for all that it forwards: 40 ms for each small
 * packet. Its outcome does not matter: jump hosts that allow no commands work too, only slower.
 */
function startSession(link: ClientLink): Promise<ClientLink> {
  const { client } = link;
  client.on("error", () => undefined);
  return new Promise((resolve) => {
    const done = (): void => resolve(link);
    client.once("close", done);
    try {
      client.exec("exec true", (error, channel) => {
        channel?.on("error", () => undefined).resume();
        channel?.stderr.resume();
        if (error === undefined) channel.end();
        client.off("close", done);
        done();
      });
    } catch {
      done();
    }
  });
}

function forwardError(target: Target, error: Error & { readonly reason?: unknown }): ConnectError {
  const isForbidden = error.reason === 1 || /administratively prohibited/i.test(error.message);
  return connectError(target, isForbidden ? "JUMP_REFUSED" : "JUMP_FAILED", error);
}

/** The error of a shared jump host, under the name of the host that waits behind it. */
function blameJump(target: Target, error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error;
  const message = `The jump host for ${describeTarget(target)} cannot be used. ${error.message}`;
  return new ConnectError(error.code, target.host, message, { hint: error.hint, cause: error });
}
