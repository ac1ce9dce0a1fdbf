import { setTimeout as delay } from "node:timers/promises";
import { ConnectError } from "../../errors.ts";
import { Semaphore } from "../../semaphore.ts";
import { LOGIN_PAUSES_MS } from "../limits.ts";

/** Wraps what may be otherwise a moment later: a server that has too many logins, a name server that gave no answer. */
export class PassingError extends Error {
  readonly error: ConnectError;

  constructor(error: ConnectError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

/** Attempts to log in, each tried again while the reason for its failure may pass. */
export interface Attempts {
  /**
   * @param server after a refusal, fewer attempts to the same server are under way at once
   * @throws ConnectError that says how often it was tried; what else `attempt` throws, at once
   */
  make<T>(server: string, attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface AttemptsOptions {
  /** Milliseconds before each further attempt. @default 7 pauses, 7 seconds in all */
  readonly pauses?: readonly number[] | undefined;
  /** Told why something is tried again. */
  readonly onRetry?: ((text: string) => void) | undefined;
}

export function createAttempts({ pauses = LOGIN_PAUSES_MS, onRetry }: AttemptsOptions): Attempts {
  const servers = new Map<string, Semaphore>();
  return {
    async make(server, attempt, signal) {
      const places = servers.get(server) ?? new Semaphore(Number.POSITIVE_INFINITY);
      servers.set(server, places);
      for (let tries = 1; ; tries++) {
        try {
          return await places.run(attempt, signal);
        } catch (error) {
          if (!(error instanceof PassingError)) throw error;
          const pause = pauses[tries - 1];
          if (pause === undefined) throw withTries(error.error, tries);
          onRetry?.(`${error.message} It is tried again.`);
          places.lower(Math.floor((places.held + 1) / 2));
          await delay(pause * (0.5 + Math.random()), undefined, { signal });
        }
      }
    },
  };
}

function withTries({ code = "CONNECT_FAILED", host, message, hint, cause }: ConnectError, tries: number): ConnectError {
  if (tries === 1) return new ConnectError(code, host, message, { hint, cause });
  return new ConnectError(code, host, `${message} It was tried ${tries} times.`, { hint, cause });
}
