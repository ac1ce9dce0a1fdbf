import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env/definition.ts";
import { later } from "./build.ts";
import { allPairs, buildEnv, type CallableSpec, evaluate, hostName, keyOf, type Verdict, type World, worlds } from "./worlds.ts";

const NOTHING_STATED = new Map<number, number>();

async function read(env: Env, host: number, key: number): Promise<Verdict> {
  try {
    return { value: await env.forHost(hostName(host)).get(keyOf(key)) };
  } catch (error) {
    const { code, chain } = error as { code: string; chain: readonly string[] };
    // The last key of a chain into a cycle is on it twice.
    if (code === "SETTING_CYCLE" && chain.filter((one) => one === chain.at(-1)).length === 2) return "cycle";
    throw error;
  }
}

function shuffled(pairs: ReturnType<typeof allPairs>): fc.Arbitrary<ReturnType<typeof allPairs>> {
  return fc.shuffledSubarray([...pairs], { minLength: pairs.length });
}

const worldsInAnyOrder = (options: { async: boolean; cyclic: boolean }) =>
  worlds(options).chain((world) => shuffled(allPairs(world)).map((order) => ({ world, order })));

/** How often each callable got to its end, against how many different things it could find. */
function expectFewCalls(world: World, done: readonly CallableSpec[]): void {
  const found = new Map<number, Set<string>>();
  for (const [host, key] of allPairs(world)) evaluate(world, host, key, NOTHING_STATED, found);
  for (const [id, combinations] of found) {
    expect(done.filter((spec) => spec.id === id).length).toBeLessThanOrEqual(combinations.size);
  }
}

/** Milliseconds: a hang shows as this test taking too long. */
const PATIENCE = 30_000;

describe("shared results, against an evaluator without memory", () => {
  it(
    "are what each host would have worked out alone, with each callable called once for what it finds",
    async () => {
      await fc.assert(
        fc.asyncProperty(worldsInAnyOrder({ async: false, cyclic: false }), async ({ world, order }) => {
          const done: CallableSpec[] = [];
          const env = buildEnv(world, (spec) => done.push(spec));
          for (const [host, key] of order) expect(await read(env, host, key)).toEqual(evaluate(world, host, key, NOTHING_STATED));
          expectFewCalls(world, done);
        }),
        { numRuns: 400 },
      );
    },
    PATIENCE,
  );

  it(
    "are the same when any mix of callables is async and all hosts ask at once",
    async () => {
      await fc.assert(
        fc.asyncProperty(worldsInAnyOrder({ async: true, cyclic: false }), async ({ world, order }) => {
          const done: CallableSpec[] = [];
          const env = buildEnv(world, (spec) => done.push(spec));
          const values = await Promise.all(order.map(([host, key]) => read(env, host, key)));
          expect(values).toEqual(order.map(([host, key]) => evaluate(world, host, key, NOTHING_STATED)));
          expectFewCalls(world, done);
        }),
        { numRuns: 400 },
      );
    },
    PATIENCE,
  );

  it(
    "never hang or give a value where settings need themselves",
    async () => {
      await fc.assert(
        fc.asyncProperty(worldsInAnyOrder({ async: true, cyclic: true }), async ({ world, order }) => {
          const env = buildEnv(world);
          const verdicts = await Promise.all(order.map(([host, key]) => read(env, host, key)));
          expect(verdicts).toEqual(order.map(([host, key]) => evaluate(world, host, key, NOTHING_STATED)));
        }),
        { numRuns: 400 },
      );
    },
    PATIENCE,
  );

  it(
    "follow the facts that are stated in between",
    async () => {
      const statements = fc.array(
        fc.record({
          host: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
          key: fc.nat({ max: 7 }),
          value: fc.nat({ max: 2 }),
          turns: fc.nat({ max: 6 }),
        }),
        { minLength: 1, maxLength: 4 },
      );
      await fc.assert(
        fc.asyncProperty(worldsInAnyOrder({ async: true, cyclic: true }), statements, async ({ world, order }, stated) => {
          const env = buildEnv(world);
          const facts = world.hosts.map(() => new Map<number, number>());
          for (const statement of stated) {
            const { key, value } = statement;
            if (key >= world.base.length) continue;
            // Some of what is asked is still under way when the fact is stated.
            const early = order.map(([host, one]) => read(env, host, one));
            for (let turn = 0; turn < statement.turns; turn++) await later(() => {});
            const host = statement.host !== undefined && statement.host < world.hosts.length ? statement.host : undefined;
            if (host === undefined) env.forRun().reader.setForRun(keyOf(key), value);
            else env.forHost(hostName(host)).reader.set(keyOf(key), value);
            for (const [index, known] of facts.entries()) if (host === undefined || host === index) known.set(key, value);
            await Promise.all(early);
            const values = await Promise.all(order.map(([at, one]) => read(env, at, one)));
            expect(values).toEqual(order.map(([at, one]) => evaluate(world, at, one, facts[at] ?? NOTHING_STATED)));
          }
        }),
        { numRuns: 200 },
      );
    },
    PATIENCE,
  );
});
