import { quoteArgv } from "../../../command/quote.ts";
import { ConnectError } from "../../../errors.ts";
import { USE_OPENSSH, unsupportedError } from "../errors.ts";
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
  const only = onlyUnsupported(target, login);
  if (only !== undefined) return only;
  const { tried, locked, notes, methods = [] } = login.log;
  const { pkcs11Provider } = target.config;
  const unusable = [
    ...notes,
    ...login.certificates.map((file) => `the certificate ${file} (this version's ssh transport cannot log in with one)`),
    ...(pkcs11Provider === undefined ? [] : [`the keys behind PKCS11Provider ${pkcs11Provider}`]),
  ];
  const advice = adviceFor(target, login);
  const remarks = [...locked.map(({ message }) => `${capitalise(message)}.`), ...unusable.map((what) => `Not usable: ${what}.`)];
  return refusedError(target, { tried, methods, remarks }, onlySshCan(target, login) ? `${advice} ${USE_OPENSSH}` : advice);
}

/** A login that came to its end. `remarks`: sentences about what was not tried. `said`: in whose words. */
export function refusedError(
  target: Target,
  login: { readonly tried: readonly string[]; readonly methods: readonly string[]; readonly remarks: readonly string[] },
  hint: string,
  said = "",
): ConnectError {
  const sentences = [
    `${describeTarget(target)} refused the login.`,
    login.tried.length === 0 ? "There was nothing to log in with." : `Tried: ${login.tried.join("; ")}.`,
    ...login.remarks,
    ...(login.methods.length === 0 ? [] : [`The server takes: ${login.methods.join(", ")}.`]),
  ];
  return new ConnectError("AUTH_FAILED", target.host, sentences.join(" ") + said, { hint });
}

/** There is something here that might have done, and that only ssh itself can log in with. */
function onlySshCan({ config }: Target, { log, certificates }: RefusedLogin): boolean {
  return (
    certificates.length > 0 ||
    config.pkcs11Provider !== undefined ||
    log.notes.some((note) => note.includes("FIDO")) ||
    log.methods?.some(isOnlyForSsh) === true
  );
}

function isOnlyForSsh(method: string): boolean {
  return method === "gssapi-with-mic" || method === "hostbased";
}

/** sshd hangs up on those who try too many keys. */
export function tooManyKeysError(target: Target, keys: number): ConnectError {
  const message = `${describeTarget(target)} hung up after ${keys} keys: too many authentication failures.`;
  const hint = "Name the right one: IdentityFile and IdentitiesOnly yes, in the host's section of your ssh config.";
  return new ConnectError("AUTH_FAILED", target.host, message, { hint });
}

/** When all that the server would take is something that only ssh itself can do. */
function onlyUnsupported(target: Target, { log, certificates, identities }: RefusedLogin): ConnectError | undefined {
  if (log.tried.length > 0 || log.locked.length > 0) return undefined;
  const server = describeTarget(target);
  if (certificates.length > 0) {
    const what = `${server} would have to be logged in to with the certificate ${certificates[0]}`;
    return unsupportedError(target, what, "Log in with a plain key: add its public half to authorized_keys there.");
  }
  const { pkcs11Provider } = target.config;
  if (pkcs11Provider !== undefined) {
    const what = `${server} would have to be logged in to with a key behind PKCS11Provider ${pkcs11Provider}`;
    return unsupportedError(target, what, "Load it into your agent: ssh-add -s, with the path of the provider.");
  }
  const { methods = [] } = log;
  if (methods.length > 0 && methods.every(isOnlyForSsh)) {
    const what = `${server} only takes ${methods.join(" and ")}`;
    return unsupportedError(target, what, "Log in with a key: add its public half to authorized_keys there.");
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
  const isPassword = (method: string): boolean => method === "password" || method === "keyboard-interactive";
  const password =
    log.methods?.some(isPassword) === true && !log.tried.some(isPassword)
      ? " To log in with a password, set PreferredAuthentications publickey,password for the host in your ssh config."
      : "";
  if (log.tried.length === 0) {
    return `Make a key with ssh-keygen -t ed25519, or load one into your agent with ssh-add, or name one with IdentityFile in your ssh config.${password}`;
  }
  return `Is this the right user? Its ~/.ssh/authorized_keys must hold one of these keys: ${copyId(target)}${password}`;
}

/** The command that lets a key in. */
export function copyId({ user, address, port, via }: Target): string {
  const jump = via.length === 0 ? [] : ["-o", `ProxyJump=${via.join(",")}`];
  return quoteArgv(["ssh-copy-id", ...(port === 22 ? [] : ["-p", port]), ...jump, `${user}@${address}`]);
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
