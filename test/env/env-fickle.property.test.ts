import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env/definition.ts";
import { createEnv } from "../../src/env/env.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import type { EnvError } from "../../src/errors.ts";
import { hostOf } from "./build.ts";

/**
 * Callables that break the one assumption behind sharing: what they read depends on the host, which they learn behind the env's back.
 * On each host settings only need those before them in the host's own order, so nothing there needs itself.
 */
interface FickleWorld {
  /** For each host, its order of keys. */
  readonly orders: readonly (readonly number[])[];
  /** For each host and key, which of the keys before it are read. */
  readonly picks: readonly (readonly number[])[];
  readonly turns: readonly number[];
  readonly together: readonly boolean[];
  /** Hosts and keys in the order in which they are asked for. */
  readonly asked: readonly (readonly [host: number, key: number])[];
}

const SIZE = 4;

const fickleWorlds: fc.Arbitrary<FickleWorld> = fc.integer({ min: 2, max: 4 }).chain((hosts) => {
  const keys = Array.from({ length: SIZE }, (_, key) => key);
  return fc.record({
    orders: fc.array(fc.shuffledSubarray(keys, { minLength: SIZE }), { minLength: hosts, maxLength: hosts }),
    picks: fc.array(fc.array(fc.nat({ max: 15 }), { minLength: SIZE, maxLength: SIZE }), { minLength: hosts, maxLength: hosts }),
    turns: fc.array(fc.nat({ max: 3 }), { minLength: SIZE, maxLength: SIZE }),
    together: fc.array(fc.boolean(), { minLength: SIZE, maxLength: SIZE }),
    asked: fc.shuffledSubarray(
      Array.from({ length: hosts * SIZE }, (_, at) => [Math.floor(at / SIZE), at % SIZE] as const),
      { minLength: hosts * SIZE },
    ),
  });
});

function callable(world: FickleWorld, key: number): (env: EnvReader) => Promise<number> {
  return async (env) => {
    // What it prints as is nothing that is noticed.
    const host = Number(/\d+/.exec(inspect(env))?.[0]);
    const order = world.orders[host] ?? [];
    const before = order.slice(0, order.indexOf(key)).filter((_, at) => ((world.picks[host]?.[key] ?? 0) >> at) % 2 === 1);
    for (let turn = 0; turn < (world.turns[key] ?? 0); turn++) await new Promise((resolve) => setImmediate(resolve));
    if (world.together[key] === true) await Promise.all(before.map((one) => env.get(`k${one}`)));
    else for (const one of before) await env.get(`k${one}`);
    return key;
  };
}

function buildFickle(world: FickleWorld): Env {
  const values = Object.fromEntries(Array.from({ length: SIZE }, (_, key) => [`k${key}`, callable(world, key)]));
  const hosts = world.orders.map((_, at) => hostOf(`h${at}`));
  return createEnv({ declarations: new Map(), deployfile: [{ values }], roles: new Map() }, { hosts });
}

async function endOf(env: Env, [host, key]: readonly [number, number]): Promise<unknown> {
  return env
    .forHost(`h${host}`)
    .get(`k${key}`)
    .catch((error: EnvError) => error.code);
}

/** Milliseconds: a hang shows as this test taking too long. */
const PATIENCE = 30_000;

describe("callables that depend on more than settings", () => {
  it(
    "never make hosts wait for each other in a circle",
    async () => {
      await fc.assert(
        fc.asyncProperty(fickleWorlds, async (world) => {
          const env = buildFickle(world);
          const ends = await Promise.all(world.asked.map((one) => endOf(env, one)));
          // Some may be taken for settings that need themselves, since another host's were seen to; but all of them end.
          for (const [at, end] of ends.entries()) expect([world.asked[at]?.[1], "SETTING_CYCLE"]).toContain(end);
        }),
        { numRuns: 500 },
      );
    },
    PATIENCE,
  );

  it(
    "are no circle when hosts only wait for the calls of one that is ahead",
    async () => {
      await fc.assert(
        fc.asyncProperty(fickleWorlds, async (world) => {
          const env = buildFickle(world);
          const asked = [...world.asked].sort(([a], [b]) => a - b);
          expect(await Promise.all(asked.map((one) => endOf(env, one)))).toEqual(asked.map(([, key]) => key));
        }),
        { numRuns: 500 },
      );
    },
    PATIENCE,
  );
});
