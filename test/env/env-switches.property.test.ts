import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EnvReader } from "../../src/env/settings.ts";
import type { EnvError } from "../../src/errors.ts";
import { envOf, later } from "./build.ts";

type Reader = EnvReader<Record<string, string>>;

/** Settings that need themselves while the switch is on. */
const CIRCLE = {
  first: async (env: Reader) => env.get("second"),
  second: (env: Reader) => env.third,
  third: (env: Reader) => env.fourth,
  fourth: async (env: Reader) => ((await env.get("switch")) === "on" ? env.get("first") : "end"),
};

const KEYS = [...Object.keys(CIRCLE), "switch"];
const ALL = ["a", "b"].flatMap((host) => KEYS.map((key) => ({ host, key })));

const statements = fc.array(
  fc.record({
    host: fc.constantFrom("a", "b", undefined),
    value: fc.constantFrom("on", "off"),
    turns: fc.nat({ max: 3 }),
    asked: fc.shuffledSubarray(ALL),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Milliseconds: a hang shows as this test taking too long. */
const PATIENCE = 30_000;

describe("a fact that opens and closes a circle of settings while they are being worked out", () => {
  it(
    "never leaves anyone waiting, and settles what is read after it",
    async () => {
      await fc.assert(
        fc.asyncProperty(statements, async (stated) => {
          const slow = async (): Promise<string> => later(() => "off");
          const env = envOf({
            set: CIRCLE,
            hosts: { a: { settings: { switch: slow } }, b: { settings: { switch: () => "off" } } },
          });
          const ask = ({ host, key }: (typeof ALL)[number]): Promise<unknown> =>
            env
              .forHost(host)
              .get(key)
              .catch((error: EnvError) => error.code);
          const early: Promise<unknown>[] = [];
          const now = { a: "off", b: "off" };
          for (const { host, value, turns, asked } of stated) {
            early.push(...asked.map(ask));
            for (let turn = 0; turn < turns; turn++) await later(() => {});
            if (host === undefined) env.forRun().reader.set("switch", value);
            else env.forHost(host).reader.set("switch", value);
            if (host !== "b") now.a = value;
            if (host !== "a") now.b = value;
          }
          await Promise.all(early);
          const wanted = ({ host, key }: (typeof ALL)[number]): string => {
            const value = now[host as "a" | "b"];
            return key === "switch" ? value : value === "on" ? "SETTING_CYCLE" : "end";
          };
          expect(await Promise.all(ALL.map(ask))).toEqual(ALL.map(wanted));
        }),
        { numRuns: 400 },
      );
    },
    PATIENCE,
  );
});
