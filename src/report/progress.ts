import { formatBytes, formatSpan } from "../amounts.ts";
import type { EventOf } from "../runner/events.ts";

/** How far something is that is sent or fetched. */
export type Amounts = Pick<EventOf<"transferProgress">, "bytes" | "totalBytes" | "rate" | "secondsLeft">;

/** Bytes, rate, and time left as far as anybody knows. */
export function describeAmounts({ bytes, totalBytes, rate, secondsLeft }: Amounts): string {
  const share = totalBytes === undefined || totalBytes === 0 ? "" : ` of ${formatBytes(totalBytes)}`;
  const speed = rate > 0 ? `, ${formatBytes(rate)}/s` : "";
  const left = secondsLeft === undefined || secondsLeft < 1 ? "" : `, ${formatSpan(secondsLeft * 1000)} left`;
  return `${formatBytes(bytes)}${share}${speed}${left}`;
}

/** All of several: what one does not know, nobody knows. The last one says when all are done. */
export function addAmounts(all: readonly Amounts[]): Amounts {
  const sum = (of: (one: Amounts) => number): number => all.reduce((total, one) => total + of(one), 0);
  const knows = (key: "totalBytes" | "secondsLeft"): boolean => all.every((one) => one[key] !== undefined);
  return {
    bytes: sum(({ bytes }) => bytes),
    totalBytes: knows("totalBytes") ? sum(({ totalBytes = 0 }) => totalBytes) : undefined,
    rate: sum(({ rate }) => rate),
    secondsLeft: knows("secondsLeft") ? Math.max(...all.map(({ secondsLeft = 0 }) => secondsLeft)) : undefined,
  };
}

/** A bar of so many columns, with the share behind it. Empty where nobody knows of how much it is. */
export function drawBar({ bytes, totalBytes }: Amounts, columns: number): string {
  if (totalBytes === undefined || totalBytes === 0) return "";
  const share = Math.min(1, bytes / totalBytes);
  const full = Math.floor(share * columns);
  return `${"█".repeat(full)}${"░".repeat(columns - full)} ${Math.floor(share * 100)}%`;
}

/** Milliseconds between two lines of a transfer. */
const EVERY = 10_000;
/** Of more transfers each has a line less often, so that all together have one a second. */
const MOST = 10;

/** When a transfer has a line of its own, where nothing can be drawn over. */
export function createProgressLines() {
  const said = new Map<number, number>();
  return {
    /** Undefined while it is not its turn. */
    hear(event: EventOf<"transferProgress">): string | undefined {
      const { id, duration, command } = event;
      const last = said.get(id) ?? 0;
      const isDue = duration - last >= EVERY * Math.max(1, said.size / MOST);
      said.set(id, isDue ? duration : last);
      return isDue ? `${command}: ${describeAmounts(event)}` : undefined;
    },
    finish: ({ id }: Pick<EventOf<"commandFinished">, "id">): void => void said.delete(id),
  };
}
