/** Time that passes. */
import { ANY_DURATION, parseDuration } from "../command/duration.ts";
import { UsageError } from "../errors.ts";
import { refuseUnknown } from "../suggest.ts";
import { orAborted } from "../wait.ts";
import { type DateInput, parseDate } from "./date.ts";

/**
 * What time is read from. Two clocks: one is set right and put forward and back, one only goes on.
 * @example
 * const slow: Clock = { ...systemClock, now: () => systemClock.now() - 60_000 };
 */
export interface Clock {
  /** Milliseconds since 1970: for dates. */
  readonly now: () => number;
  /** Milliseconds since any moment, never fewer than before: for durations. */
  readonly elapsed: () => number;
  /** Calls back after some milliseconds, at most 2^31-1. @returns how to stop that */
  readonly after: (milliseconds: number, callback: () => void) => () => void;
}

/** The clocks of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** The longest that a timer of node's can wait. */
const LONGEST = 2 ** 31 - 1;

/** A clock that is set, or a machine that slept, is noticed so often while a date is waited for. */
const LOOK_MS = 60_000;

/**
 * How long to sleep.
 * @example
 * const options: SleepOptions = { for: "30s", until: "2026-12-01T06:00:00Z" };
 */
export interface SleepOptions {
  /** At least so long: milliseconds, `"90s"`, `"1h30m"`, `"01:30:00"`. */
  readonly for?: number | string | undefined;
  /** At least until then; at once where that is over. */
  readonly until?: DateInput | undefined;
  /** Ends it early: `sleep` rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lets time pass: for a duration, until a date, or until both are over. Never less, however long that is; for a date, the machine's clock is
 * looked at again and again.
 * @returns the milliseconds that have passed; 0 where there was nothing to wait for
 * @throws UsageError for what is no duration or no date, and for neither; the signal's reason once that is aborted
 * @example
 * await sleep({ for: "5s" });
 */
export async function sleep(options: SleepOptions, clock: Clock = systemClock): Promise<number> {
  refuseUnknown("sleep", options, ["for", "until", "signal"]);
  const { for: length, until, signal } = options;
  if (length === undefined && until === undefined)
    throw new UsageError("SLEEP_FOREVER", "sleep: it needs `for` or `until`.", { hint: 'sleep({ for: "5s" })' });
  const milliseconds = length === undefined ? 0 : parseDuration(length, ANY_DURATION);
  const end = until === undefined ? Number.NEGATIVE_INFINITY : parseDate(until).getTime();
  signal?.throwIfAborted();
  const start = clock.elapsed();
  let passed = 0;
  const left = (): number => Math.max(milliseconds - passed, Math.min(end - clock.now(), LOOK_MS));
  // A timer may go off early: the clocks say whether it was time.
  for (let next = left(); next > 0; next = left()) {
    await wait(Math.min(Math.ceil(next), LONGEST), clock, signal);
    passed = clock.elapsed() - start;
  }
  return passed;
}

/**
 * Measures the time since it was made, and what is left of a timeout.
 * @example
 * const timer = new Timer("5m");
 * while (timer.remaining !== 0 && !(await t.exists("/srv/ready"))) await sleep({ for: "1s" });
 */
export class Timer {
  /** In milliseconds. */
  readonly timeout: number | undefined;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #startDate: number;

  /** @param timeout 0 is over at once. @throws UsageError for what is no duration */
  constructor(timeout?: number | string, clock: Clock = systemClock) {
    this.timeout = timeout === undefined ? undefined : parseDuration(timeout, ANY_DURATION);
    this.#clock = clock;
    this.#start = clock.elapsed();
    this.#startDate = clock.now();
  }

  get startDate(): Date {
    return new Date(this.#startDate);
  }

  /** Milliseconds since it was made, whatever became of the machine's date in between. */
  get elapsed(): number {
    return this.#clock.elapsed() - this.#start;
  }

  /** Milliseconds of the timeout that are left: 0 once it is over, never less; undefined without one. */
  get remaining(): number | undefined {
    return this.timeout === undefined ? undefined : Math.max(0, this.timeout - this.elapsed);
  }

  /**
   * Waits until so much time has passed since the timer was made.
   * @param length @default its timeout
   * @returns the milliseconds that it waited; 0 where the time has passed already
   * @throws UsageError without length and timeout; the signal's reason once that is aborted
   */
  async waitElapsed(
    length: number | string | undefined = this.timeout,
    { signal }: Pick<SleepOptions, "signal"> = {},
  ): Promise<number> {
    if (length === undefined)
      throw new UsageError("SLEEP_FOREVER", "waitElapsed: it needs a duration, because its timer has no timeout.", {
        hint: 'timer.waitElapsed("5s"), or new Timer("5s")',
      });
    const milliseconds = parseDuration(length, ANY_DURATION);
    signal?.throwIfAborted();
    let waited = 0;
    for (let left = milliseconds - this.elapsed; left > 0; left = milliseconds - this.elapsed)
      waited += await sleep({ for: left, signal }, this.#clock);
    return waited;
  }
}

async function wait(milliseconds: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(milliseconds, resolve);
  });
  try {
    await (signal === undefined ? over : orAborted(over, signal));
  } finally {
    cancel();
  }
}
