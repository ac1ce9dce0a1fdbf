import { readFile } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import { quoteWord } from "../../../command/quote.ts";
import { toError } from "../../../errors.ts";
import { shortenHome } from "../config/shorten-home.ts";
import { findPublic, inspectKey, type KeyFileFacts, unlockKey } from "./private-key.ts";

/** Asks a person for something that must not be shown. Undefined, or a rejection: nobody can be asked. */
export type Ask = (question: string) => Promise<string | undefined>;

/** What an agent is told of the session that it is used for, so that it knows for which hosts a key may be. */
export interface AgentSession {
  readonly hostKey: Buffer;
  readonly id: Buffer;
  /** Of the id, by the host's key. */
  readonly signature: Buffer;
}

/** One way to prove who we are: a public half to offer, and someone who signs with the private one. */
export interface Identity {
  /** What people know it by: a path, or an agent's comment. */
  readonly label: string;
  /** Undefined when even that needs the passphrase: `unlock` first. */
  readonly publicKey: ParsedKey | undefined;
  readonly unlock: ((ask: Ask | undefined) => Promise<ParsedKey>) | undefined;
  /** True when it signs without a passphrase being asked for. */
  isOpen(): boolean;
  /** `hash`: for RSA, what the server asked for. `ask`: for its passphrase. `session`: for an agent. @throws LockedKeyError */
  sign(data: Buffer, hash: string | undefined, ask: Ask | undefined, session?: AgentSession): Promise<Buffer>;
}

export type KeyFile = { readonly label: string } & (
  | { readonly kind: "missing" }
  | Exclude<KeyFileFacts, { readonly kind: "private" }>
  | { readonly kind: "private"; readonly publicKey: ParsedKey | undefined; readonly identity: Identity }
);

/** A key that stays encrypted. */
export class LockedKeyError extends Error {
  /** `nobody`: there is no one to ask. `wrong`: what was given did not open it. */
  readonly why: "nobody" | "wrong";

  constructor(label: string, why: "nobody" | "wrong") {
    super(
      why === "nobody" ? `${label} is encrypted, and there is nobody to ask for its passphrase` : `wrong passphrase for ${label}`,
    );
    this.name = "LockedKeyError";
    this.why = why;
  }
}

/** Times a passphrase is asked for, as ssh does. */
const ATTEMPTS = 3;

/** A key file, by its path. It is asked for and decrypted at most once, however many hosts use it. */
export async function loadKeyFile(path: string, home: string): Promise<KeyFile> {
  const label = shortenHome(path, home);
  const [text, publicText] = await Promise.all([readText(path), path.endsWith(".pub") ? undefined : readText(`${path}.pub`)]);
  if (text instanceof Error) return { label, kind: "unusable", reason: "cannot be read", instead: `${text.message}.` };
  const beside = typeof publicText === "string" ? publicText : undefined;
  // Only the public half is here: the private one may be in the agent.
  const publicKey = text === undefined && beside !== undefined ? findPublic(beside) : undefined;
  if (publicKey !== undefined) return { label, kind: "public", publicKey };
  if (text === undefined) return { label, kind: "missing" };
  return fromFacts(label, text, inspectKey(text, beside));
}

function fromFacts(label: string, text: string, facts: KeyFileFacts): KeyFile {
  // As a word of a command that works, whatever the path holds.
  if (facts.kind === "unusable") return { ...facts, label, instead: facts.instead.replace(/FILE/g, () => asWord(label)) };
  if (facts.kind === "public") return { ...facts, label };
  let unlocked: Promise<ParsedKey> | undefined;
  let isOpen = !facts.encrypted;
  const { publicKey, encrypted } = facts;
  const unlock = async (ask: Ask | undefined): Promise<ParsedKey> => {
    if (unlocked === undefined && encrypted && ask === undefined) throw new LockedKeyError(label, "nobody");
    unlocked ??= ask !== undefined && encrypted ? askFor(text, label, ask) : readPlain(text, label);
    const key = await unlocked;
    isOpen = true;
    return key;
  };
  const sign: Identity["sign"] = async (data, hash, ask) => {
    const signature: Buffer | Error = (await unlock(ask)).sign(data, hash);
    if (signature instanceof Error) throw signature;
    return signature;
  };
  return { label, kind: "private", publicKey, identity: { label, publicKey, unlock, isOpen: () => isOpen, sign } };
}

/** The outcome is kept, a wrong passphrase included: one question for all hosts. */
async function askFor(text: string, label: string, ask: Ask): Promise<ParsedKey> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const again = attempt === 1 ? "" : "Wrong passphrase. ";
    const passphrase = await ask(`${again}Passphrase for the key ${label}`);
    if (passphrase === undefined) throw new LockedKeyError(label, attempt === 1 ? "nobody" : "wrong");
    const key = unlock(text, passphrase, label);
    if (key !== undefined) return key;
  }
  throw new LockedKeyError(label, "wrong");
}

async function readPlain(text: string, label: string): Promise<ParsedKey> {
  const key = unlock(text, undefined, label);
  if (key === undefined) throw new Error(`${label} cannot be read as a private key`);
  return key;
}

/** For a shell, which takes a `~` in quotes for itself. */
function asWord(label: string): string {
  return label.startsWith("~/") ? `~/${quoteWord(label.slice(2))}` : quoteWord(label);
}

function unlock(text: string, passphrase: string | undefined, label: string): ParsedKey | undefined {
  try {
    return unlockKey(text, passphrase);
  } catch (error) {
    throw new Error(`${label} ${toError(error).message}`);
  }
}

/** The text, undefined when there is no such file, or the reason why it cannot be read. */
async function readText(path: string): Promise<string | undefined | Error> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : (error as Error);
  }
}
