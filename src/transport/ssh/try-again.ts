import { setTimeout as delay } from "node:timers/promises";
import { ConnectError } from "../../errors.ts";
import { Semaphore } from "../../semaphore.ts";
import { LOGIN_PAUSES_MS } from "../limits.ts";
import type { SshTransportOptions } from "./options.ts";

/** Wraps what may be otherwise a moment later: a server that has too many logins, a name server that gave no answer. */
export class PassingError extends Error {
  readonly error: ConnectError;

  constructor(error: ConnectError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

/**
 * Makes attempts to log in, each tried again while the reason for its failure may pass. After a refusal, fewer attempts to the same
 * `server` are under way at once.
 * @throws ConnectError that says how often it was tried; what else `logIn` throws, at once
 */
export function createAttempts(options: Pick<SshTransportOptions, "handshakes" | "backOff" | "onDebug">) {
  const { handshakes = 50, backOff = LOGIN_PAUSES_MS, onDebug } = options;
  const all = new Semaphore(handshakes);
  const servers = new Map<string, Semaphore>();
  return async <T>(server: string, logIn: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const places = servers.get(server) ?? new Semaphore(Number.POSITIVE_INFINITY);
    servers.set(server, places);
    for (let tries = 1; ; tries++) {
      try {
        return await places.run(() => all.run(logIn, signal), signal);
      } catch (error) {
        if (!(error instanceof PassingError)) throw error;
        const pause = backOff[tries - 1];
        if (pause === undefined) throw withTries(error.error, tries);
        onDebug?.(`${error.message} It is tried again.`);
        places.lower(Math.floor((places.held + 1) / 2));
        await delay(pause * (0.5 + Math.random()), undefined, { signal });
      }
    }
  };
}

function withTries({ code = "CONNECT_FAILED", host, message, hint, cause }: ConnectError, tries: number): ConnectError {
  if (tries === 1) return new ConnectError(code, host, message, { hint, cause });
  return new ConnectError(code, host, `${message} It was tried ${tries} times.`, { hint, cause });
}
