import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { addAbortSignal } from "node:stream";
import ssh2, { type BaseAgent, type ParsedKey } from "ssh2";
import { neutralise } from "../../../command/neutralise.ts";
import { toError } from "../../../errors.ts";
import { AGENT_ANSWER_MS } from "../../limits.ts";
import { fingerprint, keyTypeName } from "../host-key/fingerprint.ts";
import { findKeyType } from "../host-key/known-hosts.ts";
import { readStrings, writeStrings } from "../strings.ts";
import type { AgentSession, Identity } from "./keys.ts";
import { findKey, unsupportedType } from "./private-key.ts";

/** What an agent holds. */
export interface AgentKeys {
  readonly identities: readonly AgentIdentity[];
  /** Number of all keys. */
  readonly held: number;
  /** Keys that this transport cannot use, and an agent that does not answer: for the error, if it comes to one. */
  readonly notes: readonly string[];
}

type AgentIdentity = Identity & { readonly publicKey: ParsedKey };

/** SSH_AGENTC_REQUEST_IDENTITIES, and the kind of its answer (draft-ietf-sshm-ssh-agent, section 3.5). */
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;

/** Asks the agent at a socket. */
export async function listAgentKeys(socket: string): Promise<AgentKeys> {
  try {
    return toAgentKeys(parseIdentities(await request(socket)), socket);
  } catch (error) {
    return {
      identities: [],
      held: 0,
      notes: [`the agent at ${neutralise(socket)} cannot be used: ${neutralise(toError(error).message)}`],
    };
  }
}

function toAgentKeys(found: readonly { blob: Buffer; comment: string }[], socket: string): AgentKeys {
  const identities: AgentIdentity[] = [];
  const notes: string[] = [];
  for (const { blob, comment } of found) {
    const type = findKeyType(blob) ?? "unknown";
    const label = `agent key ${keyTypeName(type)} ${fingerprint(blob)}${comment === "" ? "" : ` (${neutralise(comment)})`}`;
    const unsupported = unsupportedType(type);
    const publicKey = unsupported === undefined ? findKey(blob) : undefined;
    if (publicKey === undefined) notes.push(`${label} ${unsupported?.reason ?? "cannot be read"}`);
    else {
      const signWith: Identity["sign"] = (data, hash, _ask, session) =>
        sign(
          createBoundAgent(socket, () => session, false),
          publicKey,
          data,
          hash,
        );
      identities.push({ label, publicKey, unlock: undefined, isOpen: () => true, sign: signWith });
    }
  }
  return { identities, held: found.length, notes };
}

/** SSH_AGENTC_EXTENSION (PROTOCOL.agent in OpenSSH's source). Keys with destination constraints are for sessions that were named alone. */
const EXTENSION = 27;

/**
 * An agent that hears first, on each connection to it, which session it is for.
 * @param forwards it is somebody on the host who asks
 */
export function createBoundAgent(socket: string, session: () => AgentSession | undefined, forwards: boolean): BaseAgent {
  const agent = ssh2.createAgent(socket);
  agent.getStream = (done) => {
    bind(connect({ path: socket }), session(), forwards).then((stream) => done(undefined, stream), done);
  };
  return agent;
}

/** An agent that does not know this says so, and is used all the same. */
async function bind(stream: Socket, session: AgentSession | undefined, forwards: boolean): Promise<Socket> {
  const signal = AbortSignal.timeout(AGENT_ANSWER_MS);
  try {
    await once(stream, "connect", { signal });
    if (session === undefined) return stream;
    const told = writeStrings("session-bind@openssh.com", session.hostKey, session.id, session.signature);
    stream.write(writeStrings(Buffer.concat([Buffer.from([EXTENSION]), told, Buffer.from([forwards ? 1 : 0])])));
    let answer = Buffer.alloc(0);
    while (readStrings(answer, 0, 1).length === 0) {
      await once(stream, "readable", { signal });
      const chunk: Buffer | null = stream.read();
      if (chunk === null) throw new Error("it hung up");
      answer = Buffer.concat([answer, chunk]);
    }
    return stream;
  } catch (error) {
    stream.on("error", () => undefined).destroy();
    throw signal.aborted ? new Error("it does not answer") : error;
  }
}

async function sign(agent: BaseAgent, key: ParsedKey, data: Buffer, hash: string | undefined): Promise<Buffer> {
  const options = hash === undefined ? {} : { hash: hash as "sha256" };
  return await new Promise((resolve, reject) => {
    agent.sign(key, data, options, (error, signature) => {
      if (signature === undefined) reject(error ?? new Error("the agent gave no signature"));
      else resolve(signature);
    });
  });
}

/**
 * Asks for the list in our own words: ssh2's client leaves out, without a trace, every key it has no parser for, and then
 * nobody can tell the user that the one key that would do lives on a security key.
 */
async function request(socket: string): Promise<Buffer> {
  const stream = connect({ path: socket });
  const late = AbortSignal.timeout(AGENT_ANSWER_MS);
  addAbortSignal(late, stream).write(REQUEST_IDENTITIES);
  try {
    let answer = Buffer.alloc(0);
    for await (const chunk of stream) {
      answer = Buffer.concat([answer, chunk]);
      if (readStrings(answer, 0, 1).length === 1) return answer;
    }
  } catch (error) {
    throw late.aborted ? new Error("it does not answer") : error;
  }
  throw new Error("it hung up");
}

/** The number of keys, then blob and comment of each. */
function parseIdentities(answer: Buffer): { blob: Buffer; comment: string }[] {
  if (answer[4] !== IDENTITIES_ANSWER) throw new Error("it refuses to list its keys");
  const strings = readStrings(answer, 9, 2 * Math.min(answer.readUInt32BE(5), 1000));
  const blobs = strings.filter((_, index) => index % 2 === 0);
  return blobs.map((blob, index) => ({ blob, comment: strings[2 * index + 1]?.toString("utf8") ?? "" }));
}
