import type { ConnectError } from "../../../errors.ts";
import { connectError, USE_OPENSSH, unsupportedError } from "../errors.ts";
import { describeTarget, type Target } from "../target.ts";
import type { AuthLog } from "./auth.ts";
import type { Identities } from "./identities.ts";

/** What the login came to, and what is there and could not be used. */
export interface RefusedLogin {
  readonly log: AuthLog;
  readonly identities: Identities;
  readonly certificates: readonly string[];
}

/** One error for a login that was refused: what was tried, what the server takes, what to do. */
export function authError(target: Target, login: RefusedLogin): ConnectError {
  const { log } = login;
  const only = onlyUnsupported(target, login);
  if (only !== undefined) return only;
  const sentences = [
    `${describeTarget(target)} refused the login.`,
    log.tried.length === 0 ? "There was nothing to log in with." : `Tried: ${log.tried.join("; ")}.`,
    ...log.locked.map((error) => `${capitalise(error.message)}.`),
    ...log.notes.map((note) => `Not usable: ${note}.`),
    ...login.certificates.map(
      (file) => `Not usable: the certificate ${file} (this version's ssh transport cannot log in with one).`,
    ),
    ...tokenNotes(target),
    log.methods === undefined ? "" : `The server takes: ${log.methods.join(", ")}.`,
  ];
  const advice = adviceFor(target, login);
  const hint = onlySshCan(target, login) ? `${advice} ${USE_OPENSSH}` : advice;
  return connectError(target, "AUTH_FAILED", sentences.filter((sentence) => sentence !== "").join(" "), hint);
}

function tokenNotes({ config }: Target): string[] {
  if (config.pkcs11Provider === undefined) return [];
  return [`Not usable: the keys behind PKCS11Provider ${config.pkcs11Provider}.`];
}

/** There is something here that might have done, and that only ssh itself can log in with. */
function onlySshCan({ config }: Target, { log, certificates }: RefusedLogin): boolean {
  const methods = log.methods ?? [];
  return (
    certificates.length > 0 ||
    config.pkcs11Provider !== undefined ||
    log.notes.some((note) => note.includes("FIDO")) ||
    methods.includes("gssapi-with-mic") ||
    methods.includes("hostbased")
  );
}

/** sshd hangs up on those who try too many keys. */
export function tooManyKeysError(target: Target, keys: number): ConnectError {
  const message = `${describeTarget(target)} hung up after ${keys} keys: too many authentication failures.`;
  const hint = "Name the right one: IdentityFile and IdentitiesOnly yes, in the host's section of your ssh config.";
  return connectError(target, "AUTH_FAILED", message, hint);
}

/** When all that the server would take is something that only ssh itself can do. */
function onlyUnsupported(target: Target, { log, certificates, identities }: RefusedLogin): ConnectError | undefined {
  if (log.tried.length > 0 || log.locked.length > 0) return undefined;
  const server = describeTarget(target);
  if (certificates.length > 0) {
    return unsupportedError(
      target,
      `${server} would have to be logged in to with the certificate ${certificates[0]}`,
      "Log in with a plain key: add its public half to authorized_keys there.",
    );
  }
  if (target.config.pkcs11Provider !== undefined) {
    return unsupportedError(
      target,
      `${server} would have to be logged in to with a key behind PKCS11Provider ${target.config.pkcs11Provider}`,
      "Load it into your agent: ssh-add -s, with the path of the provider.",
    );
  }
  const others = log.methods?.filter((method) => method === "gssapi-with-mic" || method === "hostbased") ?? [];
  if (others.length > 0 && others.length === log.methods?.length) {
    return unsupportedError(
      target,
      `${server} only takes ${others.join(" and ")}`,
      "Log in with a key: add its public half to authorized_keys there.",
    );
  }
  const note = log.notes.find((text) => /FIDO|encrypted with|PuTTY|cannot read|of the type/.test(text));
  if (note === undefined || identities.offered.length > 0) return undefined;
  const hint = identities.instead ?? "Log in with a key in a file or in an agent: ssh-keygen -t ed25519";
  return unsupportedError(target, `There is one key for ${server}, and ${note}`, hint, /FIDO|of the type/.test(note));
}

function adviceFor(target: Target, { log, identities }: RefusedLogin): string {
  const [locked] = log.locked;
  if (locked?.why === "wrong")
    return "The server would take that key. Run it again with the right passphrase, or load the key into your agent: ssh-add";
  if (locked !== undefined)
    return "The server would take that key. Load it into your agent with ssh-add, or run this in a terminal where it can be asked for.";
  if (log.partial) {
    return "The server took the key and wants a second factor. Run this in a terminal, so that its questions can be answered.";
  }
  if (identities.instead !== undefined && identities.offered.length === 0) return identities.instead;
  const takesPassword = log.methods?.some((method) => method === "password" || method === "keyboard-interactive") === true;
  const password =
    takesPassword && !log.tried.some((method) => method === "password" || method === "keyboard-interactive")
      ? " To log in with a password, set PreferredAuthentications publickey,password for the host in your ssh config."
      : "";
  if (log.tried.length === 0) {
    return `Make a key with ssh-keygen -t ed25519, or load one into your agent with ssh-add, or name one with IdentityFile in your ssh config.${password}`;
  }
  const port = target.port === 22 ? "" : `-p ${target.port} `;
  return `Is this the right user? Its ~/.ssh/authorized_keys must hold one of these keys: ssh-copy-id ${port}${target.user}@${target.address}${password}`;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
