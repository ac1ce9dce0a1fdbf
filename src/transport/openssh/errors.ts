/** What ssh's own words mean, in the codes and the wording of the ssh transport. */
import { neutralise } from "../../command/neutralise.ts";
import { quoteArgv } from "../../command/quote.ts";
import { ConnectError, UsageError } from "../../errors.ts";
import { connectError, protocolError, socketError, timeoutError, turnedAwayError } from "../ssh/errors.ts";
import { changedError, keepIn, keyscan, unknownError } from "../ssh/host-key/host-key-errors.ts";
import { knownHostsName } from "../ssh/host-key/known-hosts.ts";
import { parseHop } from "../ssh/jump.ts";
import { copyId, refusedError, tooManyKeysError } from "../ssh/login/auth-error.ts";
import { describeTarget, type Target } from "../ssh/target.ts";
import { PassingError } from "../ssh/try-again.ts";
import type { SshWords } from "./words.ts";

/** An ssh that ended before it was logged in. */
export function explainEnd(target: Target, words: SshWords, ended: string): Error {
  const text = words.said.join("\n");
  for (const [pattern, explain] of EXPLANATIONS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const isOnTheWay = isIndirect(target) && !words.isThere && explain !== badConfig && explain !== turnedAway;
    return isOnTheWay ? proxyError(target, words) : explain(target, words, found.slice(1));
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
  const message = `${target.address} is to be reached with transport "openssh", which needs the ssh program: ${why}.`;
  const hint = 'Install OpenSSH\'s client, or set transport: "ssh".';
  return new ConnectError("NO_SSH_PROGRAM", target.host, message, { hint, cause });
}

export function passwordError(target: Target): ConnectError {
  const message = `sshPassword is set for ${target.address}, and transport "openssh" logs in without asking anything.`;
  const hint = 'Log in with a key, a certificate or an agent, or set transport: "ssh" for this host.';
  return new ConnectError("UNSUPPORTED_BY_OPENSSH_TRANSPORT", target.host, message, { hint });
}

type Explain = (target: Target, words: SshWords, found: readonly string[]) => Error;

/** The first that is found counts. ssh says these in English wherever it runs. */
const EXPLANATIONS: readonly (readonly [RegExp, Explain])[] = [
  [/REVOKED HOST KEY DETECTED|Host key \S+ \S+ revoked by file|is marked as revoked/, revoked],
  [/Error checking host key .* in revoked keys file|RevokedHostKeys/, unreadable],
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
    /kex_exchange_identification|banner exchange: |Connection closed by|Connection reset by|banner line contains|Invalid SSH identification/,
    hungUp,
  ],
];

function socket(code: string): Explain {
  return (target, words) => {
    const error = socketError(target, Object.assign(saidError(words), { code }));
    return code === "EAI_AGAIN" ? new PassingError(error) : error;
  };
}

/** By a server with too many logins, on the way or at its end: each host that is behind a jump host logs in there, too. */
function turnedAway(target: Target, words: SshWords): Error {
  if (target.config.proxyCommand !== undefined) return proxyError(target, words);
  return new PassingError(isIndirect(target) ? proxyError(target, words) : turnedAwayError(target, ""));
}

function revoked(target: Target, { hostKey }: SshWords): ConnectError {
  return connectError(target, "HOST_KEY_REVOKED", undefined, hostKey ?? "ssh does not name it");
}

function unreadable(target: Target, words: SshWords): ConnectError {
  return connectError(target, "REVOKED_KEYS_UNREADABLE", undefined, quoteWords(words));
}

function unknown(target: Target, words: SshWords): ConnectError {
  const isDirect = !isIndirect(target) && target.config.hostKeyAlias === undefined;
  const remedy = isDirect ? keepIn(target, keyscan(target)) : "log in once by hand with ssh,";
  return unknownError(target, `${words.hostKey ?? "ssh does not name it"}.${quoteWords(words)}`, remedy);
}

function changed(target: Target, words: SshWords): ConnectError {
  const name = target.config.hostKeyAlias ?? knownHostsName(target.address, target.port);
  const [, file, line] = /^Offending (?:\S+ key )?in (.+):(\d+)$/m.exec(words.said.join("\n")) ?? [];
  const known = file === undefined ? "" : ` The other one is in ${file}:${line}.`;
  const message = `The host key of ${target.address} has CHANGED. It is ${words.hostKey ?? "one that ssh does not name"}.${known}`;
  return changedError(target, message, name, file);
}

function refused(target: Target, words: SshWords, [methods]: readonly string[]): ConnectError {
  const takes = methods?.split(",") ?? words.methods;
  const hint = `Nothing is asked for here: a key with a passphrase has to be in an agent (ssh-add). Is this the right user? Its ~/.ssh/authorized_keys must hold one of these keys (${copyId(target)}), or the server must trust who signed your certificate.`;
  return refusedError(target, { tried: words.tried, methods: takes, remarks: [] }, hint, quoteWords(words));
}

function badConfig(_target: Target, words: SshWords): Error {
  return new UsageError("SSH_CONFIG", `ssh refuses its configuration.${quoteWords(words)}`, {
    hint: "Correct the line that it names, or give another file with --ssh-config.",
  });
}

function hungUp(target: Target, words: SshWords): ConnectError {
  if (words.phase !== "auth" && isIndirect(target)) return proxyError(target, words);
  if (words.phase !== "auth") return protocolError(target, new Error("closed before handshake"));
  return connectError(target, "LOGIN_REFUSED", undefined, `closed the connection during the login.${quoteWords(words)}`);
}

function proxyError(target: Target, words: SshWords): ConnectError {
  const { proxyCommand } = target.config;
  if (proxyCommand === undefined) {
    const { via } = target;
    const which = via.length === 1 ? `The jump host ${via[0]}` : `One of the jump hosts ${via.join(", ")}`;
    const message = `${which} for ${describeTarget(target)} cannot be used.${quoteWords(words)}`;
    return new ConnectError("JUMP_FAILED", target.host, neutralise(message), { hint: `Try it by hand: ${byHand(via)}` });
  }
  const message = `The ProxyCommand for ${describeTarget(target)} leads to no SSH server: ${proxyCommand}.${quoteWords(words)}`;
  return new ConnectError("PROXY_COMMAND_FAILED", target.host, message, { hint: "Run the command by hand to see what it does." });
}

/** The command that logs in to the last of these. */
function byHand(via: readonly string[]): string {
  const { name, user, port } = parseHop(via.at(-1) ?? "");
  const before = via.slice(0, -1).join(",");
  const where = user === undefined ? name : `${user}@${name}`;
  return quoteArgv(["ssh", ...(before === "" ? [] : ["-J", before]), ...(port === undefined ? [] : ["-p", port]), where]);
}

function otherError(target: Target, words: SshWords, ended: string): ConnectError {
  const message = `ssh could not connect to ${describeTarget(target)} (${ended}).${quoteWords(words)}`;
  return new ConnectError("CONNECT_FAILED", target.host, message, { hint: "Try it by hand with ssh -v to see more." });
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
