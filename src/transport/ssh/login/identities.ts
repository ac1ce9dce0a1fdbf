import { access } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import type { SshConfig } from "../config/ssh-config.ts";
import type { AgentKeys } from "./agent.ts";
import type { Identity, KeyFile } from "./keys.ts";

/** What we can offer to a server, in order, and what we know of and cannot use. */
export interface Identities {
  readonly offered: readonly Identity[];
  /** Sentences for the error, if it comes to one. */
  readonly notes: readonly string[];
  /** What to do about the first key file that cannot be used. */
  readonly instead: string | undefined;
}

export interface IdentitySources {
  readonly loadKeyFile: (path: string) => Promise<KeyFile>;
  readonly listAgentKeys: (socket: string) => Promise<AgentKeys>;
}

/**
 * The order is ssh's: keys that are named and that the agent holds, the agent's others (unless `IdentitiesOnly`), then
 * files. What comes early costs no passphrase, and sshd lets nobody try more than six.
 */
export async function collectIdentities(config: SshConfig, sources: IdentitySources): Promise<Identities> {
  const none: AgentKeys = { identities: [], held: 0, notes: [] };
  const [agent, files] = await Promise.all([
    config.agentSocket === undefined ? none : sources.listAgentKeys(config.agentSocket),
    Promise.all([...new Set(config.identityFile)].map((path) => sources.loadKeyFile(path))),
  ]);
  const named = files.flatMap((file) => {
    const held = agent.identities.find((identity) => "publicKey" in file && sameKey(identity.publicKey, file.publicKey));
    return held === undefined ? [] : [{ ...held, label: `${file.label} (in the agent)`, publicKey: held.publicKey }];
  });
  const isNamed = (key: ParsedKey | undefined): boolean => named.some((identity) => sameKey(identity.publicKey, key));
  const others = config.identitiesOnly ? [] : agent.identities.filter((identity) => !isNamed(identity.publicKey));
  const fromFiles = files.flatMap((file) => (file.kind === "private" && !isNamed(file.publicKey) ? [file.identity] : []));
  const unusable = files.filter((file) => file.kind === "unusable");
  return {
    offered: [...named, ...others, ...fromFiles],
    notes: [...agent.notes, ...files.flatMap((file) => describeUnused(file, isNamed))],
    instead: unusable[0]?.instead,
  };
}

/** Certificates that ssh would use for these keys: those named, and `KEY-cert.pub` beside a key file. */
export async function findCertificates(config: SshConfig): Promise<string[]> {
  const candidates = [...config.certificateFile, ...config.identityFile.map((path) => `${path}-cert.pub`)];
  const isThere = (path: string): Promise<boolean> =>
    access(path)
      .then(() => true)
      .catch(() => false);
  const there = await Promise.all(candidates.map(isThere));
  return candidates.filter((_path, index) => there[index]);
}

function describeUnused(file: KeyFile, isNamed: (key: ParsedKey | undefined) => boolean): string[] {
  if (file.kind === "unusable") return [`${file.label} ${file.reason}`];
  if (file.kind === "public" && !isNamed(file.publicKey))
    return [`${file.label} is a public key, and the agent does not hold the private one`];
  return [];
}

function sameKey(one: ParsedKey | undefined, other: ParsedKey | undefined): boolean {
  return one !== undefined && other !== undefined && one.getPublicSSH().equals(other.getPublicSSH());
}
