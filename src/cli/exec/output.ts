import { neutralise } from "../../command/neutralise.ts";
import { createLines, type Lines } from "../../report/lines.ts";
import { createPaint } from "../../report/paint.ts";
import { createPrinter } from "../../report/printer.ts";
import type { Screen } from "../../report/reporter.ts";
import { createTail } from "../exec-outcomes.ts";

/** Characters of a line that is not cut: programs may read it. */
const LONGEST = 1_048_576;

/** What waits until somebody reads again. */
interface Unread {
  readonly tail: ReturnType<typeof createTail>;
  lines: number;
}

/**
 * Lines of many hosts on one screen, each with its host in front. While nobody reads as fast as they come, the end of what each host
 * prints is kept, and what was left out is counted.
 * @param kept characters of each host that wait at most
 */
export function createOutput(screen: Screen, color: "cyan" | "yellow", kept: number) {
  const paint = createPaint(screen.color);
  const printer = createPrinter(screen);
  const cutters = new Map<string, Lines>();
  const unread = new Map<string, Unread>();

  const print = (host: string | undefined, lines: readonly string[]): void => {
    const label = host === undefined ? "" : `${paint[color](`[${neutralise(host)}]`)} `;
    printer.print(lines.map((line) => label + line));
  };
  const release = (host: string): void => {
    const waiting = unread.get(host);
    if (waiting === undefined) return;
    unread.delete(host);
    const lines = waiting.tail
      .text()
      .split("\n")
      .slice(waiting.tail.isTruncated() ? 1 : 0, -1);
    const left = waiting.lines - lines.length;
    print(host, [...(left > 0 ? [paint.dim(`… ${left} lines left out: nobody read as fast`)] : []), ...lines]);
  };
  const show = (host: string, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    if (screen.behind !== true) {
      release(host);
      print(host, lines);
      return;
    }
    const waiting = unread.get(host) ?? { tail: createTail(kept), lines: 0 };
    unread.set(host, waiting);
    waiting.lines += lines.length;
    waiting.tail.push(`${lines.join("\n")}\n`);
  };
  const flush = (host: string): void => {
    show(host, cutters.get(host)?.flush() ?? []);
    cutters.delete(host);
  };
  return {
    /** Lines that are safe to show. */
    print,
    prompt: printer.prompt,
    /** What a host printed, as it came. */
    push(host: string, text: string): void {
      const lines = cutters.get(host) ?? createLines(LONGEST);
      cutters.set(host, lines);
      show(host, lines.push(text));
    },
    /** The line that has no end, once none comes. */
    flush,
    close(): void {
      for (const host of [...cutters.keys()]) flush(host);
      for (const host of [...unread.keys()]) release(host);
      printer.close();
    },
  };
}
