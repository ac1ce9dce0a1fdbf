import ssh2, { type BaseAgent, type ParsedKey } from "ssh2";
import { neutralise } from "../../../command/neutralise.ts";
import { toError } from "../../../errors.ts";
import { fingerprint, keyTypeName } from "../host-key/fingerprint.ts";
import { findKeyType } from "../host-key/known-hosts.ts";
import type { Identity } from "./keys.ts";
import { findKey, unsupportedType } from "./private-key.ts";

/** What an agent holds. */
export interface AgentKeys {
  readonly identities: readonly (Identity & { readonly publicKey: ParsedKey })[];
  /** Keys that this transport cannot use, and an agent that does not answer: for the error, if it comes to one. */
  readonly notes: readonly string[];
}

/** Agents of a run: each is asked for its list once. */
export interface AgentPool {
  list(socket: string): Promise<AgentKeys>;
}

/** An agent that says nothing for so long is left out, in milliseconds. */
const PATIENCE = 5000;

export function createAgentPool(): AgentPool {
  const lists = new Map<string, Promise<AgentKeys>>();
  return {
    list(socket) {
      const known = lists.get(socket) ?? listKeys(socket);
      lists.set(socket, known);
      return known;
    },
  };
}

async function listKeys(socket: string): Promise<AgentKeys> {
  const agent = ssh2.createAgent(socket);
  try {
    const answer = await request(agent);
    return toAgentKeys(parseIdentities(answer), agent);
  } catch (error) {
    return {
      identities: [],
      notes: [`the agent at ${neutralise(socket)} cannot be used: ${neutralise(toError(error).message)}`],
    };
  }
}

function toAgentKeys(found: readonly { blob: Buffer; comment: string }[], agent: BaseAgent): AgentKeys {
  const identities: (Identity & { publicKey: ParsedKey })[] = [];
  const notes: string[] = [];
  for (const { blob, comment } of found) {
    const type = findKeyType(blob) ?? "unknown";
    const label = `agent key ${keyTypeName(type)} ${fingerprint(blob)}${comment === "" ? "" : ` (${neutralise(comment)})`}`;
    const unsupported = unsupportedType(type);
    const publicKey = unsupported === undefined ? findKey(blob) : undefined;
    if (publicKey === undefined) notes.push(`${label} ${unsupported?.reason ?? "cannot be read"}`);
    else identities.push(toIdentity(label, publicKey, agent));
  }
  return { identities, notes };
}

function toIdentity(label: string, publicKey: ParsedKey, agent: BaseAgent): AgentKeys["identities"][number] {
  return { label, publicKey, unlock: undefined, isOpen: () => true, sign: (data, hash) => sign(agent, publicKey, data, hash) };
}

function sign(agent: BaseAgent, key: ParsedKey, data: Buffer, hash: string | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = hash === undefined ? {} : { hash: hash as "sha256" };
    agent.sign(key, data, options, (error, signature) => {
      if (signature === undefined || (error !== undefined && error !== null))
        reject(error ?? new Error("the agent gave no signature"));
      else resolve(signature);
    });
  });
}

/**
 * Asks for the list in our own words: ssh2's client leaves out, without a trace, every key it has no parser for, and then
 * nobody can tell the user that the one key that would do lives on a security key.
 */
function request(agent: BaseAgent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (agent.getStream === undefined) return reject(new Error("it has no stream"));
    agent.getStream((error, stream) => {
      if (stream === undefined || (error !== undefined && error !== null))
        return reject(error ?? new Error("it cannot be reached"));
      const timer = setTimeout(() => stop(new Error("it does not answer")), PATIENCE);
      let answer = Buffer.alloc(0);
      const stop = (reason: Error | undefined): void => {
        clearTimeout(timer);
        stream.destroy();
        if (reason === undefined) resolve(answer);
        else reject(reason);
      };
      stream.on("error", stop).on("close", () => stop(new Error("it hung up")));
      stream.on("data", (chunk: Buffer) => {
        answer = Buffer.concat([answer, chunk]);
        if (answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0)) stop(undefined);
      });
      stream.write(Buffer.from([0, 0, 0, 1, 11]));
    });
  });
}

/** SSH_AGENT_IDENTITIES_ANSWER: the number of keys, then blob and comment of each. */
function parseIdentities(answer: Buffer): { blob: Buffer; comment: string }[] {
  if (answer[4] !== 12) throw new Error("it refuses to list its keys");
  let at = 9;
  const field = (): Buffer => {
    const length = answer.readUInt32BE(at);
    const value = answer.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  return Array.from({ length: Math.min(answer.readUInt32BE(5), 1000) }, () => ({
    blob: field(),
    comment: field().toString("utf8"),
  }));
}
