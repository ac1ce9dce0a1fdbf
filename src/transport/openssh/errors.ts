/** What ssh's own words mean, in the codes and the wording of the ssh transport. */
import { quoteArgv } from "../../command/quote.ts";
import { type ConnectError, UsageError } from "../../errors.ts";
import { connectError, loginEndedError, protocolError, socketError, timeoutError, turnedAwayError } from "../ssh/errors.ts";
import { keyscan, revokedError, revokedKeysUnreadableError } from "../ssh/host-key/host-key-errors.ts";
import { knownHostsName } from "../ssh/host-key/known-hosts.ts";
import { tooManyKeysError } from "../ssh/login/auth-error.ts";
import { describeTarget, type Target } from "../ssh/target.ts";
import { PassingError } from "../ssh/try-again.ts";
import type { SshWords } from "./words.ts";

/** An ssh that ended before it was logged in. */
export function explainEnd(target: Target, words: SshWords, ended: string): Error {
  const text = words.said.join("\n");
  for (const [pattern, explain] of EXPLANATIONS) {
    const found = pattern.exec(text);
    if (found !== null) return explain(target, words, found.slice(1));
  }
  return otherError(target, words, ended);
}

/** An ssh that was lost while sessions were open. */
export function explainLoss(words: SshWords, ended: string): Error {
  const last = words.said.at(-1);
  if (last !== undefined && /not responding/.test(last)) return new Error("keepalive timeout");
  return new Error(last === undefined ? `the ssh program ended (${ended})` : `ssh says: ${last}`);
}

export function noProgramError(target: Target, program: string, cause: NodeJS.ErrnoException): ConnectError {
  const why = cause.code === "ENOENT" ? `there is no ${program} here` : cause.message;
  return connectError(
    target,
    "NO_SSH_PROGRAM",
    `${target.address} is to be reached with transport "openssh", which needs the ssh program: ${why}.`,
    'Install OpenSSH\'s client, or set transport: "ssh".',
    cause,
  );
}

export function passwordError(target: Target): ConnectError {
  return connectError(
    target,
    "UNSUPPORTED_BY_OPENSSH_TRANSPORT",
    `sshPassword is set for ${target.address}, and transport "openssh" logs in without asking anything.`,
    'Log in with a key, a certificate or an agent, or set transport: "ssh" for this host.',
  );
}

type Explain = (target: Target, words: SshWords, found: readonly string[]) => Error;

/** The first that is found counts. ssh says these in English wherever it runs. */
const EXPLANATIONS: readonly (readonly [RegExp, Explain])[] = [
  [
    /REVOKED HOST KEY DETECTED|Host key \S+ \S+ revoked by file|is marked as revoked/,
    (target, words) => revokedError(target, words.hostKey ?? "ssh does not name it"),
  ],
  [
    /Error checking host key .* in revoked keys file|RevokedHostKeys/,
    (target, words) => revokedKeysUnreadableError(target, quoteWords(words)),
  ],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, changed],
  [/No \S+ host key is known for|Host key verification failed/, unknown],
  [/Could not resolve hostname .*Temporary failure/, socket("EAI_AGAIN")],
  [/Could not resolve hostname/, socket("ENOTFOUND")],
  [/Too many authentication failures/, (target, words) => tooManyKeysError(target, words.tried.length)],
  [/Permission denied \(([^)]*)\)/, refused],
  [/Permission denied/, refused],
  [/no matching [\w ]+ found|no mutual|No supported/, (target, words) => protocolError(target, saidError(words))],
  [/Bad configuration option|bad configuration options|Bad owner or permissions|Unsupported option/, badConfig],
  [/Connection timed out during banner exchange/, (target) => timeoutError(target, "handshake", undefined)],
  [/Connection timed out|Operation timed out/, socket("ETIMEDOUT")],
  [/Connection refused/, socket("ECONNREFUSED")],
  [
    /No route to host|Network is unreachable|Host is down|Can't assign requested address|Cannot assign requested/,
    socket("EHOSTUNREACH"),
  ],
  [/kex_exchange_identification: (?:Connection closed|read: Connection reset)/, turnedAway],
  [
    /kex_exchange_identification|Connection closed by|Connection reset by|banner line contains|Invalid SSH identification/,
    hungUp,
  ],
];

function socket(code: string): Explain {
  return (target, words) => {
    if (isIndirect(target)) return proxyError(target, words);
    const error = socketError(target, Object.assign(saidError(words), { code }));
    return code === "EAI_AGAIN" ? new PassingError(error) : error;
  };
}

/** By a server with too many logins, on the way or at its end: each host that is behind a jump host logs in there, too. */
function turnedAway(target: Target, words: SshWords): Error {
  if (target.config.proxyCommand !== undefined) return proxyError(target, words);
  return new PassingError(isIndirect(target) ? proxyError(target, words) : turnedAwayError(target, ""));
}

function unknown(target: Target, words: SshWords): ConnectError {
  const file = target.config.userKnownHostsFiles[0] ?? "~/.ssh/known_hosts";
  const isDirect = !isIndirect(target) && target.config.hostKeyAlias === undefined;
  const add = isDirect
    ? `When it is right: ${keyscan(target, undefined)} >> ${file}   or run again with --host-keys accept-new`
    : "When it is right, log in once by hand with ssh, or run again with --host-keys accept-new";
  return connectError(
    target,
    "HOST_KEY_UNKNOWN",
    `The host key of ${target.address} is not known: ${words.hostKey ?? "ssh does not name it"}.${quoteWords(words)}`,
    `Compare the fingerprint with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub). ${add}`,
  );
}

function changed(target: Target, words: SshWords): ConnectError {
  const name = target.config.hostKeyAlias ?? knownHostsName(target.address, target.port);
  const offending = /^Offending (?:\S+ key )?in (.+):(\d+)$/m.exec(words.said.join("\n"));
  const known = offending === null ? "" : ` The other one is in ${offending[1]}:${offending[2]}.`;
  const file = offending?.[1] ?? target.config.userKnownHostsFiles[0] ?? "~/.ssh/known_hosts";
  return connectError(
    target,
    "HOST_KEY_CHANGED",
    `The host key of ${target.address} has CHANGED. It is ${words.hostKey ?? "one that ssh does not name"}.${known}`,
    `Someone may be listening in, or the host was set up anew. Only when its owner confirms the new key, forget the old one: ${quoteArgv(["ssh-keygen", "-R", name, "-f", file])}`,
  );
}

function refused(target: Target, words: SshWords, [methods]: readonly string[]): ConnectError {
  const takes = methods?.split(",") ?? words.methods;
  const sentences = [
    `${describeTarget(target)} refused the login.`,
    words.tried.length === 0 ? "There was nothing to log in with." : `Tried: ${words.tried.join("; ")}.`,
    takes.length === 0 ? "" : `The server takes: ${takes.join(", ")}.`,
  ];
  const port = target.port === 22 ? "" : `-p ${target.port} `;
  return connectError(
    target,
    "AUTH_FAILED",
    sentences.filter((sentence) => sentence !== "").join(" ") + quoteWords(words),
    `Nothing is asked for here: a key with a passphrase has to be in an agent (ssh-add). Is this the right user? Its ~/.ssh/authorized_keys must hold one of these keys (ssh-copy-id ${port}${target.user}@${target.address}), or the server must trust who signed your certificate.`,
  );
}

function badConfig(_target: Target, words: SshWords): Error {
  return new UsageError("SSH_CONFIG", `ssh refuses its configuration.${quoteWords(words)}`, {
    hint: "Correct the line that it names, or give another file with --ssh-config.",
  });
}

function hungUp(target: Target, words: SshWords): ConnectError {
  if (words.phase !== "auth" && isIndirect(target)) return proxyError(target, words);
  if (words.phase !== "auth") return protocolError(target, new Error("closed before handshake"));
  return loginEndedError(target, `closed the connection during the login.${quoteWords(words)}`, undefined);
}

function proxyError(target: Target, words: SshWords): ConnectError {
  if (target.config.proxyCommand === undefined) {
    const message = `The jump host for ${describeTarget(target)} cannot be used.${quoteWords(words)}`;
    return connectError(target, "JUMP_FAILED", message, `Try it by hand: ssh ${target.via.at(-1) ?? ""}`);
  }
  const message = `The ProxyCommand for ${describeTarget(target)} leads to no SSH server: ${target.config.proxyCommand}.`;
  return connectError(
    target,
    "PROXY_COMMAND_FAILED",
    message + quoteWords(words),
    "Run the command by hand to see what it does.",
  );
}

function otherError(target: Target, words: SshWords, ended: string): ConnectError {
  const message = `ssh could not connect to ${describeTarget(target)} (${ended}).${quoteWords(words)}`;
  return connectError(target, "CONNECT_FAILED", message, "Try it by hand with ssh -v to see more.");
}

function isIndirect(target: Target): boolean {
  return target.via.length > 0 || target.config.proxyCommand !== undefined;
}

function saidError(words: SshWords): Error {
  return new Error(words.said.at(-1) ?? "ssh does not say why");
}

/** The last lines, for what this file does not know. */
function quoteWords(words: SshWords): string {
  const lines = words.said.slice(-4).map((line) => line.trim());
  return lines.length === 0 ? "" : ` ssh says: ${lines.join(" / ")}`;
}
