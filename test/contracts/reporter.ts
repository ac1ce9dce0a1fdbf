import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Reporter, Screen } from "../../src/report/reporter.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { readStream, streamNames } from "../report/streams.ts";

/** A reporter at work for a test. */
export interface ReporterAtWork {
  readonly reporter: Reporter;
  /** Time passes: what draws at a pace draws. */
  pass(): void;
}

export interface ReporterContract {
  readonly name: string;
  /** Writes to this screen, and nowhere else that a person sees. */
  make(screen: Screen): Promise<ReporterAtWork>;
  /** Reads what was written when it is not on the screen. */
  readonly read?: (() => string) | undefined;
}

/** What every reporter promises: it never stands in the way of a run, and never lets a host speak to the terminal. */
export function reporterContract({ name, make, read }: ReporterContract): void {
  const start = async (options: Partial<Screen> = {}): Promise<ReporterAtWork & { output: () => string }> => {
    let written = "";
    const write = (text: string): void => {
      written += text;
    };
    const at = await make({ isTTY: true, columns: 100, rows: 24, color: false, write, ...options });
    return { ...at, output: () => (read === undefined ? written : read()) };
  };

  describe(`the ${name} reporter`, () => {
    it.each(streamNames)("tells the recorded stream %s to its end", async (stream) => {
      const { reporter, pass, output } = await start();
      for (const event of readStream(stream)) reporter.on(deepFreeze(event));
      pass();
      await reporter.end();
      expect(output()).not.toBe("");
    });

    it("takes events in any order, and some of them never", async () => {
      const events = readStream("one-host").concat(readStream("interrupted"));
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray([...events]), async (some) => {
          const { reporter, pass } = await start();
          for (const event of some) reporter.on(event);
          pass();
          await reporter.end();
        }),
        { numRuns: 60 },
      );
    });

    it.each([0, 1, 12, 40])("ends after a crash that left it with %i events", async (count) => {
      const { reporter, pass } = await start();
      for (const event of readStream("three-hosts-failure").slice(0, count)) reporter.on(event);
      pass();
      await expect(reporter.end()).resolves.toBeUndefined();
    });

    it("ends once, and hears nothing after its end", async () => {
      const { reporter, output } = await start();
      await reporter.end();
      await reporter.end();
      const before = output();
      for (const event of readStream("one-host")) reporter.on(event);
      expect(output()).toBe(before);
    });

    it.each([0, 1, 5])("keeps quiet when the screen is gone after %i writes", async (writes) => {
      let left = writes;
      const write = (): void => {
        if (left-- <= 0) throw new Error("EPIPE");
      };
      const { reporter, pass } = await start({ write });
      for (const event of readStream("three-hosts-failure")) {
        reporter.on(event);
        pass();
      }
      reporter.restore?.();
      await expect(reporter.end()).resolves.toBeUndefined();
    });

    it("takes a screen without a size", async () => {
      const { reporter, pass } = await start({ columns: 0, rows: 0 });
      for (const event of readStream("forty-hosts")) reporter.on(event);
      pass();
      await reporter.end();
    });

    it("lets no control character of a host through", async () => {
      const { reporter, pass, output } = await start();
      for (const event of readStream("three-hosts-failure")) {
        reporter.on(hostile(event));
        pass();
      }
      await reporter.end();
      // The picture is drawn over itself: up some lines, from the start of the line, to its end.
      const own = /\x1b\[(\d+A|[JK]|\?25[lh])/g;
      const drawn = output().replace(own, "").replace(/^\r/gm, "");
      expect(drawn).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    });

    it("writes no colours where there are none", async () => {
      const { reporter, pass, output } = await start({ color: false });
      for (const event of readStream("forty-hosts")) reporter.on(event);
      pass();
      await reporter.end();
      expect(output()).not.toMatch(/\x1b\[[0-9;]*m/);
    });

    it("gives the cursor back", async () => {
      for (const count of [0, 3, 20, 200]) {
        const { reporter, pass, output } = await start();
        for (const event of readStream("forty-hosts").slice(0, count)) {
          reporter.on(event);
          pass();
        }
        await reporter.end();
        expect(output().lastIndexOf("\x1b[?25l")).toBeLessThanOrEqual(output().lastIndexOf("\x1b[?25h"));
      }
    });

    it("remembers little of a command that prints without end", async () => {
      const { reporter } = await start({ write() {} });
      const [runStarted, ...rest] = readStream("huge-output");
      if (runStarted === undefined) throw new Error("an empty stream");
      reporter.on(runStarted);
      for (const event of rest.slice(0, 6)) reporter.on(event);
      const chunk = "z".repeat(64 * 1024);
      const output = rest.find((event) => event.kind === "commandOutput");
      if (output?.kind !== "commandOutput") throw new Error("no output");
      const before = heap();
      for (let index = 0; index < 1000; index++)
        reporter.on({ ...output, text: `${chunk}${index}${index % 7 === 0 ? "\n" : ""}` });
      expect(heap() - before).toBeLessThan(8 * 1024 * 1024);
      await reporter.end();
    }, 60_000);
  });
}

const EVIL = "\x1b]0;title\x07\x1b[2J\x9b2J\x08\x7f\u202e\r";

/** The event with every text in it spoiled; what names it stays. */
function hostile(event: RunEvent): RunEvent {
  const spoil = (value: unknown, key = ""): unknown => {
    if (typeof value === "string")
      return ["kind", "state", "stream", "level", "outcome", "status"].includes(key) ? value : `${EVIL}${value}`;
    if (Array.isArray(value)) return value.map((each) => spoil(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, name)]));
  };
  return spoil(event) as RunEvent;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const each of Object.values(value)) deepFreeze(each);
  return Object.freeze(value);
}

function heap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
