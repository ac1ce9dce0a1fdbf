import { UsageError } from "../errors.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest time a timer can wait: for longer, node would let it go off at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Milliseconds of a duration: a number of milliseconds, or text such as `"90s"`, `"5m"`, `"1h30m"`, `"500ms"`.
 * @throws UsageError for anything else, for nothing at all, and for more than 24 days.
 */
export function parseDuration(value: number | string): number {
  const milliseconds = typeof value === "number" ? value : fromText(value);
  if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new UsageError("BAD_DURATION", `${JSON.stringify(value)} is not a duration.`, {
      hint: 'Write it with its unit: "500ms", "90s", "5m", "1h30m"; or as a number of milliseconds, more than 0.',
    });
  }
  if (milliseconds > LONGEST) {
    throw new UsageError("BAD_DURATION", `${JSON.stringify(value)} is longer than a timer can wait.`, {
      hint: "At most 24 days.",
    });
  }
  return milliseconds;
}

function fromText(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    sum += Number(amount) * (UNITS[unit ?? ""] ?? Number.NaN);
  return sum;
}
