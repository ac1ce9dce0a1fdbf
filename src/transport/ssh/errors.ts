import { neutralise } from "../../command/neutralise.ts";
import { ConnectError, toError } from "../../errors.ts";
import { ERROR_TEXTS, type ErrorCode } from "./error-texts.ts";
import { describeTarget, type Target } from "./target.ts";

/** What an attempt is busy with when its time runs out, in order. */
export type ConnectPhase = "tcp" | "handshake" | "auth" | "shell";

/** An error of one target. `said`: what the text quotes, by default the words of the cause. */
export function connectError(target: Target, code: ErrorCode, cause?: unknown, said = wordsOf(cause)): ConnectError {
  const where = `${target.address} port ${target.port}`;
  const [message, hint] = ERROR_TEXTS[code]({ ...target, where, server: describeTarget(target), said: neutralise(said) });
  return new ConnectError(code, target.host, message, { hint, cause });
}

/** Without what ssh2 puts in front of the server's own. */
function wordsOf(cause: unknown): string {
  return cause === undefined ? "" : toError(cause).message.replace(/^\(SSH\) Channel open failure: /, "");
}

const SOCKET_ERRORS: Readonly<Record<string, ErrorCode>> = {
  EAI_AGAIN: "NAME_SERVER_SILENT",
  ENOTFOUND: "HOST_NOT_FOUND",
  EAI_NODATA: "HOST_NOT_FOUND",
  EAI_NONAME: "HOST_NOT_FOUND",
  ECONNREFUSED: "CONNECTION_REFUSED",
  EHOSTUNREACH: "HOST_UNREACHABLE",
  ENETUNREACH: "HOST_UNREACHABLE",
  EHOSTDOWN: "HOST_UNREACHABLE",
  EADDRNOTAVAIL: "HOST_UNREACHABLE",
};

/** No TCP connection, or it broke: what the system said, in words. */
export function socketError(target: Target, error: NodeJS.ErrnoException): ConnectError {
  if (error.code === "ETIMEDOUT") return timeoutError(target, "tcp", undefined);
  return connectError(target, SOCKET_ERRORS[error.code ?? ""] ?? "CONNECT_FAILED", error);
}

const TIMEOUTS = {
  tcp: "CONNECT_TIMEOUT",
  handshake: "HANDSHAKE_TIMEOUT",
  auth: "AUTH_TIMEOUT",
  shell: "LOGIN_HANGS",
} as const satisfies Record<ConnectPhase, ErrorCode>;

/** The deadline passed; `timeout` in milliseconds, undefined when the system gave up first. */
export function timeoutError(target: Target, phase: ConnectPhase, timeout: number | undefined): ConnectError {
  return connectError(target, TIMEOUTS[phase], undefined, timeout === undefined ? "" : ` within ${formatSeconds(timeout)}`);
}

function formatSeconds(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** The servers spoke, but not a protocol that both know. */
export function protocolError(target: Target, error: Error): ConnectError {
  if (/no matching/i.test(error.message)) return connectError(target, "NO_COMMON_ALGORITHM", error);
  if (/before handshake|Invalid identification|header/i.test(error.message)) return connectError(target, "NOT_SSH", error);
  return connectError(target, "PROTOCOL_ERROR", error);
}

/** A server that hung up before it named itself. `said`: its words, if there were any. */
export function turnedAwayError(target: Target, said: string): ConnectError {
  return said === "" ? connectError(target, "NOT_SSH") : connectError(target, "SERVER_BUSY", undefined, said);
}

/** The link was there and is gone. */
export function linkLostError(target: Target, error: NodeJS.ErrnoException | undefined): ConnectError {
  return connectError(target, "CONNECTION_LOST", error, error === undefined ? "the server closed it" : lossReason(error));
}

function lossReason({ code, message }: NodeJS.ErrnoException): string {
  if (/keepalive/i.test(message)) return "it stopped answering keepalives";
  return code === "ECONNRESET" ? "it was reset" : message;
}

/** There is no second session to send a signal from. */
export class NoSessionError extends Error {}

/** A session whose shell did not start: nothing was sent to it. */
export class NoShellError extends Error {
  /** What was heard of it instead, on both outputs. */
  readonly said: string;
  /** It was waited for as long as it may take; false: it ended. */
  readonly isLate: boolean;

  constructor(said: string, isLate: boolean) {
    super(isLate ? "no shell started in time" : "no shell started");
    this.said = said;
    this.isLate = isLate;
  }
}

/** True when the server refused one more session; fewer may be fine. */
export function isSessionRefusal(error: unknown): boolean {
  return /channel open failure/i.test(toError(error).message);
}

/** True when the server gave a session and did not do what was asked for in it. Others may fare better: it may have closed this one. */
export function isRequestRefusal(error: unknown): boolean {
  return /unable to (?:exec|request)|channel is not open/i.test(toError(error).message);
}

/** Why a session could not be had. */
export function channelError(target: Target, error: unknown): ConnectError {
  const { message } = toError(error);
  if (/agent forwarding/i.test(message)) return connectError(target, "AGENT_FORWARDING_REFUSED", error);
  if (/pseudo-t/i.test(message)) return connectError(target, "PTY_REFUSED", error);
  if (/unable to exec/i.test(message)) return connectError(target, "EXEC_REFUSED", error);
  return connectError(target, "NO_SESSION", error);
}

/** What to do where only the system's ssh can help. */
export const USE_OPENSSH = 'Or set transport: "openssh" for this host: then the system\'s own ssh program logs in.';

/** Something that this transport cannot do. `instead` says what works; the system's ssh does as well, unless it cannot either. */
export function unsupportedError(target: Target, what: string, instead: string, sshCan = true): ConnectError {
  const message = `${what}. This version's ssh transport cannot do that.`;
  return new ConnectError("UNSUPPORTED_BY_SSH_TRANSPORT", target.host, message, {
    hint: sshCan ? `${instead} ${USE_OPENSSH}` : instead,
  });
}
