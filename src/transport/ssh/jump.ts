import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { neutralise } from "../../command/neutralise.ts";
import { ConnectError, toError, UsageError } from "../../errors.ts";
import { orAborted } from "../../wait.ts";
import { connectError } from "./errors.ts";
import { type ClientLink, hangUp } from "./hang-up.ts";
import { describeTarget, type Target } from "./target.ts";

/** `[user@]name[:port]`, as ProxyJump has it. */
export interface Hop {
  readonly name: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

export interface JumpWay {
  /** The jump hosts before it. */
  readonly via: readonly string[];
  /** Who waits for it. */
  readonly behind: Target;
  readonly fastLogin: boolean;
}

/** Logs in to one jump host. */
export type DialJump = (hop: Hop, way: JumpWay) => Promise<ClientLink>;

/** The jump hosts of a run: one connection to each, shared by all hosts behind it. */
export interface JumpHosts {
  /** The last jump host on the way to the target. `fastLogin`: when it is logged in to for this target. @throws ConnectError */
  connect(target: Target, fastLogin: boolean, signal: AbortSignal): Promise<Client>;
  close(): void;
}

/** @throws UsageError */
export function parseHop(text: string): Hop {
  const match = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s[\]]+))(?::(\d{1,5}))?\/?$/.exec(text);
  const name = match?.[2] ?? match?.[3];
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (
    name === undefined ||
    name.startsWith("-") ||
    match?.[1]?.startsWith("-") === true ||
    (port !== undefined && (port < 1 || port > 65_535))
  ) {
    throw new UsageError("BAD_PROXY_JUMP", `ProxyJump ${neutralise(text)} is not a host.`, {
      hint: "Write it as [user@]host[:port], several with commas.",
    });
  }
  return { name, user: match?.[1], port };
}

export function createJumpHosts(dial: DialJump): JumpHosts {
  const links = new Map<string, Promise<ClientLink>>();

  function linkFor(target: Target, fastLogin: boolean): Promise<ClientLink> {
    const key = target.via.join(",");
    const known = links.get(key);
    if (known !== undefined) return known;
    const dialled = dialLast(target, fastLogin);
    links.set(key, dialled);
    const forget = (): void => {
      if (links.get(key) === dialled) links.delete(key);
    };
    // A jump host that was lost is dialled again for the next host; one that refused us is not asked fifty times.
    dialled.then(
      ({ client }) => client.once("close", forget),
      () => undefined,
    );
    return dialled;
  }

  async function dialLast(target: Target, fastLogin: boolean): Promise<ClientLink> {
    const last = target.via.at(-1) ?? "";
    const link = await dial(parseHop(last), { via: target.via.slice(0, -1), behind: target, fastLogin });
    link.client.on("error", () => undefined);
    await startSession(link.client);
    return link;
  }

  return {
    connect(target, fastLogin, signal) {
      const client = linkFor(target, fastLogin).then(
        (link) => link.client,
        (error: unknown) => Promise.reject(blameJump(target, error)),
      );
      return orAborted(client, signal);
    },
    close() {
      for (const dialled of links.values()) dialled.then(hangUp, () => undefined);
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
function startSession(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => resolve();
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
