import { neutralise } from "../../command/neutralise.ts";
import { ConnectError } from "../../errors.ts";
import { describeTarget, type Target } from "./target.ts";

/** What an attempt is busy with when its time runs out, in order. */
export type ConnectPhase = "tcp" | "handshake" | "auth" | "shell";

/** An error of one target, worded for the person who runs the deploy. */
export function connectError(target: Target, code: string, message: string, hint: string, cause?: unknown): ConnectError {
  return new ConnectError(code, target.host, message, { hint, ...(cause === undefined ? {} : { cause }) });
}

/** No TCP connection, or it broke: what the system said, in words. */
export function socketError(target: Target, error: NodeJS.ErrnoException): ConnectError {
  const where = `${target.address} port ${target.port}`;
  switch (error.code) {
    case "EAI_AGAIN":
      return connectError(
        target,
        "NAME_SERVER_SILENT",
        `No name server says which address ${target.address} has.`,
        "Check this machine's network, VPN and DNS (/etc/resolv.conf), or give the host's address.",
        error,
      );
    case "ENOTFOUND":
    case "EAI_NODATA":
    case "EAI_NONAME": {
      const message = `The name ${target.address} does not resolve to an address.`;
      return connectError(
        target,
        "HOST_NOT_FOUND",
        message,
        "Check the spelling, the HostName in your ssh config and your DNS.",
        error,
      );
    }
    case "ECONNREFUSED":
      return connectError(
        target,
        "CONNECTION_REFUSED",
        `Nothing accepts connections on ${where}.`,
        "Is sshd running there, on this port?",
        error,
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "EADDRNOTAVAIL":
      return connectError(
        target,
        "HOST_UNREACHABLE",
        `There is no route to ${where}.`,
        "Check the network, the VPN and the address.",
        error,
      );
    case "ETIMEDOUT":
      return timeoutError(target, "tcp", undefined);
    default:
      return connectError(
        target,
        "CONNECT_FAILED",
        `The connection to ${where} failed: ${neutralise(error.message)}`,
        "Try it by hand with ssh -v to see more.",
        error,
      );
  }
}

/** The deadline passed; `timeout` in milliseconds, undefined when the system gave up first. */
export function timeoutError(target: Target, phase: ConnectPhase, timeout: number | undefined): ConnectError {
  const after = timeout === undefined ? "" : ` within ${formatSeconds(timeout)}`;
  const where = `${target.address} port ${target.port}`;
  switch (phase) {
    case "tcp":
      return connectError(
        target,
        "CONNECT_TIMEOUT",
        `${where} did not answer${after}: no TCP connection.`,
        "A firewall that drops packets, a wrong address or a machine that is down looks like this.",
      );
    case "handshake":
      return connectError(
        target,
        "HANDSHAKE_TIMEOUT",
        `${where} accepted the connection but did not finish the SSH handshake${after}.`,
        "Is this an SSH server? One that is overloaded, or a port forwarder with nothing behind it, looks like this.",
      );
    case "auth":
      return connectError(
        target,
        "AUTH_TIMEOUT",
        `${describeTarget(target)} did not answer the login${after}.`,
        "A server that cannot reach its directory service (LDAP, DNS, PAM) looks like this.",
      );
    case "shell":
      return connectError(
        target,
        "LOGIN_HANGS",
        `${describeTarget(target)} let us in, but its shell did not start${after}: it hangs after authentication.`,
        "A home directory on a stuck network file system, or a .bashrc that waits for something, looks like this.",
      );
  }
}

/** The servers spoke, but not a protocol that both know. */
export function protocolError(target: Target, error: Error): ConnectError {
  const said = neutralise(error.message);
  const where = `${target.address} port ${target.port}`;
  if (/no matching|No matching/.test(said)) {
    return connectError(
      target,
      "NO_COMMON_ALGORITHM",
      `${where} and this version have no algorithm in common: ${said.replace(/^Handshake failed: /, "")}.`,
      "The server offers only algorithms that are too old, or newer than this version knows. Enable curve25519-sha256, aes128-gcm@openssh.com and ssh-ed25519 or rsa-sha2-512 there.",
      error,
    );
  }
  if (/before handshake|Invalid identification|header/i.test(said)) {
    return connectError(
      target,
      "NOT_SSH",
      `${where} closed the connection before it said it is an SSH server.`,
      "Wrong port, a server that is too busy (MaxStartups), or one that blocks this machine (fail2ban, hosts.deny).",
      error,
    );
  }
  return connectError(
    target,
    "PROTOCOL_ERROR",
    `The SSH handshake with ${where} failed: ${said}`,
    "Try ssh -v by hand to see more.",
    error,
  );
}

/** A server that hung up before it named itself. `said`: its words, if there were any. */
export function turnedAwayError(target: Target, said: string): ConnectError {
  if (said === "") return protocolError(target, new Error("closed before handshake"));
  return connectError(
    target,
    "SERVER_BUSY",
    `${target.address} port ${target.port} turned us away: ${neutralise(said)}.`,
    "Too many logins at once: see MaxStartups, PerSourceMaxStartups and PerSourcePenalties in its sshd_config.",
  );
}

/** The server ended the login without refusing it. `what` continues its address. */
export function loginEndedError(target: Target, what: string, cause: Error | undefined): ConnectError {
  const hint = "The server's log says why: journalctl -u ssh";
  return connectError(target, "LOGIN_REFUSED", `${target.address} ${what}`, hint, cause);
}

/** The link was there and is gone. */
export function linkLostError(target: Target, error: Error | undefined): ConnectError {
  const reason = error === undefined ? "the server closed it" : lossReason(error);
  return connectError(
    target,
    "CONNECTION_LOST",
    `The connection to ${describeTarget(target)} was lost: ${reason}.`,
    "What was running there may or may not have finished. Look before you run it again.",
    error,
  );
}

/** What to do where only the system's ssh can help. */
export const USE_OPENSSH = 'Or set transport: "openssh" for this host: then the system\'s own ssh program logs in.';

/** Something that this transport cannot do. `instead` says what works; the system's ssh does as well, unless it cannot either. */
export function unsupportedError(target: Target, what: string, instead: string, sshCan = true): ConnectError {
  const message = `${what}. This version's ssh transport cannot do that.`;
  return connectError(target, "UNSUPPORTED_BY_SSH_TRANSPORT", message, sshCan ? `${instead} ${USE_OPENSSH}` : instead);
}

function lossReason(error: Error): string {
  if (/keepalive/i.test(error.message)) return "it stopped answering keepalives";
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ECONNRESET" ? "it was reset" : neutralise(error.message);
}

function formatSeconds(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** The host was told nothing, or does not do it: what a lost connection left there runs on. */
export function stillRunningError(target: Target, cause: Error | undefined): ConnectError {
  return connectError(
    target,
    "STILL_RUNNING",
    `What was running on ${target.address} when the connection was lost has not ended.`,
    "Log in and look at it with ps. Until it has ended, nothing else is started there.",
    cause,
  );
}
