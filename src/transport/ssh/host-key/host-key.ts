import { readFile } from "node:fs/promises";
import type { ConnectError } from "../../../errors.ts";
import { connectError, unsupportedError } from "../errors.ts";
import type { Target } from "../target.ts";
import { describeKey } from "./fingerprint.ts";
import { authorityError, changedKeyError, twoKeysError, unknownKeyError } from "./host-key-errors.ts";
import { findKeyType, formatKnownHost, indexKnownHosts, knownHostsName } from "./known-hosts.ts";
import { askKnownHostsCommand, type KnownHostsCommandOptions } from "./known-hosts-command.ts";
import type { KnownHostsStore } from "./known-hosts-store.ts";

export type HostKeyMode = "strict" | "accept-new";

export interface HostKeyOptions extends KnownHostsCommandOptions {
  readonly store: KnownHostsStore;
  /** From the command line: wins over the ssh config. */
  readonly mode: HostKeyMode | undefined;
  readonly home: string;
}

/** Looks after the host key of one login. */
export async function createHostKeyCheck(target: Target, options: HostKeyOptions, signal: AbortSignal) {
  const { config } = target;
  const [files, printed] = await Promise.all([
    options.store.load([...config.userKnownHostsFile, ...config.globalKnownHostsFile]),
    askKnownHostsCommand(target, options, signal),
  ]);
  const sources = printed.length === 0 ? [files] : [files, indexKnownHosts(printed)];
  const find = (name: string): ReturnType<typeof files.find> => {
    const said = sources.map((source) => source.find(name));
    const all = (kind: keyof (typeof said)[number]) => said.flatMap((one) => one[kind]);
    return { keys: all("keys"), authorities: all("authorities"), revoked: all("revoked") };
  };
  const name = config.hostKeyAlias?.toLowerCase() ?? knownHostsName(target.address, target.port);
  const found = find(name);
  // As ssh does: a key known for the bare name is good for any port, but proves nothing when it differs.
  const bare =
    config.hostKeyAlias === undefined && target.port !== 22 && found.keys.length === 0
      ? find(knownHostsName(target.address, 22))
      : undefined;
  const revoked = await loadRevoked(target);
  const mode = chooseMode(target, options);

  function judge(key: Buffer): ConnectError | "known" | "new" {
    const isKey = (entry: { readonly key: Buffer }): boolean => entry.key.equals(key);
    if ([...found.revoked, ...revoked].some(isKey)) return connectError(target, "HOST_KEY_REVOKED", undefined, describeKey(key));
    if (found.keys.some(isKey)) return "known";
    if (found.keys.length > 0) return changedKeyError(target, name, key, found.keys, options.home);
    if (bare?.revoked.some(isKey)) return connectError(target, "HOST_KEY_REVOKED", undefined, describeKey(key));
    if (bare?.keys.some(isKey)) return "known";
    const claimed = options.store.findClaim(name);
    if (claimed !== undefined) return claimed.equals(key) ? "known" : twoKeysError(target, key, claimed);
    if (mode === "accept-new") return "new";
    // ssh looks for authorities under the bare name too.
    const [authority] = [...found.authorities, ...(bare?.authorities ?? [])];
    return authority !== undefined ? authorityError(target, authority) : unknownKeyError(target, name, key, options.home);
  }

  let fresh: Buffer | undefined;
  const check = {
    /** Key types that known_hosts has for this server. */
    knownTypes: [...new Set([...found.keys, ...(bare?.keys ?? [])].map((entry) => entry.type))],
    /** True when the key may be trusted. Called before anything is signed, and again at each rekeying. */
    verify(key: Buffer): boolean {
      const verdict = judge(key);
      if (verdict === "new") fresh = options.store.claim(name, key);
      check.refusal = typeof verdict === "string" ? undefined : verdict;
      check.isTrusted = check.refusal === undefined;
      return check.isTrusted;
    },
    /** True from when a key was verified and may be trusted, until another may not. */
    isTrusted: false,
    /** Why the last key was not trusted. */
    refusal: undefined as ConnectError | undefined,
    /** The server has proved that the key is its own: a new one is written down now. */
    async proved(): Promise<void> {
      const key = fresh;
      if (key === undefined) return;
      fresh = undefined;
      const line = formatKnownHost(name, findKeyType(key) ?? "unknown", key, config.hashKnownHosts);
      const [file] = config.userKnownHostsFile;
      options.onWarning(`The host key of ${target.address} was not known and is accepted: ${describeKey(key)}`);
      if (file === undefined) return;
      await options.store.write(file, line).catch((error: Error) => {
        options.onWarning(`The host key of ${target.address} could not be written to ${file}: ${error.message}`);
      });
    },
  };
  return check;
}

/** `StrictHostKeyChecking no` would let a changed key pass too. It never does here. */
export function chooseMode(target: Target, options: Pick<HostKeyOptions, "mode" | "onWarning">): HostKeyMode {
  if (options.mode !== undefined) return options.mode;
  const asked = target.config.strictHostKeyChecking;
  if (asked === "no") {
    options.onWarning(
      `StrictHostKeyChecking no is taken as accept-new for ${target.address}: a changed host key is still refused.`,
    );
  }
  return asked === "no" || asked === "accept-new" ? "accept-new" : "strict";
}

/** `RevokedHostKeys`: a list of public keys. When it cannot be read nothing can be trusted, as in ssh. */
async function loadRevoked(target: Target): Promise<readonly { readonly key: Buffer }[]> {
  const file = target.config.revokedHostKeys;
  if (file === undefined) return [];
  const text = await readFile(file, "latin1").catch((cause: unknown) => {
    throw connectError(target, "REVOKED_KEYS_UNREADABLE", cause, "");
  });
  if (text.startsWith("SSHKRL\n")) {
    throw unsupportedError(
      target,
      `RevokedHostKeys ${file} is a binary revocation list`,
      "List the revoked public keys as text, one on each line.",
    );
  }
  return Array.from(text.matchAll(/^[a-z0-9@.-]+ ([A-Za-z0-9+/=]+)/gm), (match) => ({
    key: Buffer.from(match[1] ?? "", "base64"),
  }));
}
