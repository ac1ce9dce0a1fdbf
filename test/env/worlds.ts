import fc from "fast-check";
import type { Env } from "../../src/env/definition.ts";
import { createEnv } from "../../src/env/env.ts";
import type { EnvReader } from "../../src/env/settings.ts";
import { hostOf } from "./build.ts";

/**
 * Random settings: what each callable does is data, so that the env and a naive evaluator can both run it. A callable looks at some
 * keys in order; what it finds first decides which keys it looks at after.
 */
export interface CallableSpec {
  readonly kind: "callable";
  readonly id: number;
  readonly first: readonly number[];
  readonly ifOdd: readonly number[];
  readonly asksPresence: number | undefined;
  readonly host: boolean;
  readonly async: boolean;
  /** Turns of the event loop it takes before, between and after. */
  readonly slow: number;
  readonly together: boolean;
  readonly wraps: boolean;
}

export type ValueSpec = { readonly kind: "plain"; readonly value: number } | CallableSpec;

export interface World {
  readonly base: readonly ValueSpec[];
  readonly hosts: readonly {
    readonly role: number | undefined;
    readonly own: ReadonlyMap<number, ValueSpec>;
  }[];
  readonly roles: readonly ReadonlyMap<number, ValueSpec>[];
}

export const keyOf = (index: number): string => `k${index}`;
export const hostName = (index: number): string => `h${index}`;

interface WorldOptions {
  readonly async: boolean;
  readonly cyclic: boolean;
}

export function worlds({ async, cyclic }: WorldOptions): fc.Arbitrary<World> {
  return fc.integer({ min: 2, max: 8 }).chain((size) => {
    const overrides = fc
      .uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 4 })
      .chain((keys) => fc.tuple(...keys.map((key) => values(key, size, { async, cyclic }).map((value) => [key, value] as const))))
      .map((entries) => new Map(entries));
    return fc.record({
      base: fc.tuple(...Array.from({ length: size }, (_, key) => values(key, size, { async, cyclic }))),
      roles: fc.array(overrides, { minLength: 1, maxLength: 3 }),
      hosts: fc.array(fc.record({ role: fc.option(fc.nat({ max: 2 }), { nil: undefined }), own: overrides }), {
        minLength: 1,
        maxLength: 6,
      }),
    });
  });
}

let lastId = 0;

function values(key: number, size: number, { async, cyclic }: WorldOptions): fc.Arbitrary<ValueSpec> {
  const plain = fc.nat({ max: 2 }).map((value): ValueSpec => ({ kind: "plain", value }));
  const below = cyclic ? size : key;
  if (below === 0) return plain;
  const keys = fc.array(fc.nat({ max: below - 1 }), { maxLength: 3 });
  const callable = fc
    .record({
      first: keys,
      ifOdd: keys,
      asksPresence: fc.option(fc.nat({ max: size }), { nil: undefined }),
      host: fc.boolean().map((yes) => yes && !cyclic),
      async: async ? fc.boolean() : fc.constant(false),
      slow: fc.nat({ max: 3 }),
      together: fc.boolean(),
      wraps: fc.boolean(),
    })
    .map((spec): ValueSpec => {
      lastId += 1;
      return { kind: "callable", id: lastId, ...spec };
    });
  return fc.oneof({ weight: 1, arbitrary: plain }, { weight: 3, arbitrary: callable });
}

/** Called when a callable has got to its end. */
export type OnDone = (spec: CallableSpec) => void;

export function buildEnv(world: World, onDone: OnDone = () => {}): Env {
  const functions = new Map<number, unknown>();
  const input = (spec: ValueSpec): unknown => {
    if (spec.kind === "plain") return spec.value;
    const known = functions.get(spec.id) ?? (spec.async ? asyncCallable(spec, onDone) : syncCallable(spec, onDone));
    functions.set(spec.id, known);
    return known;
  };
  const layer = (specs: Iterable<readonly [number, ValueSpec]>): Record<string, unknown> =>
    Object.fromEntries([...specs].map(([key, spec]) => [keyOf(key), input(spec)]));
  return createEnv(
    {
      declarations: new Map(),
      deployfile: [{ values: layer(world.base.entries()) }],
      roles: new Map(world.roles.map((role, index) => [`r${index}`, { values: layer(role) }])),
    },
    {
      hosts: world.hosts.map(({ role, own }, index) =>
        hostOf(hostName(index), { roles: role === undefined ? [] : [`r${role}`], settings: layer(own) }),
      ),
    },
  );
}

function combine(spec: CallableSpec, seen: readonly unknown[]): unknown {
  const sum = seen.reduce<number>((all, one, index) => all + (index + 1) * numberOf(one), spec.id) % 4;
  return spec.wraps ? { list: [sum] } : sum;
}

function numberOf(value: unknown): number {
  if (typeof value === "object" && value !== null) return (value as { list: readonly number[] }).list[0] ?? 0;
  return typeof value === "string" ? Number(value.slice(1)) : Number(value);
}

function rest(spec: CallableSpec, first: readonly unknown[]): readonly number[] {
  return first.length > 0 && numberOf(first[0]) % 2 === 1 ? spec.ifOdd : [];
}

function syncCallable(spec: CallableSpec, onDone: OnDone): (env: EnvReader) => unknown {
  return (env) => {
    const read = (key: number): unknown => (env as unknown as Record<string, unknown>)[keyOf(key)];
    const seen = spec.first.map(read);
    seen.push(...rest(spec, seen).map(read));
    if (spec.asksPresence !== undefined) seen.push(env.has(keyOf(spec.asksPresence)));
    if (spec.host) seen.push(env.host.name);
    onDone(spec);
    return combine(spec, seen);
  };
}

function asyncCallable(spec: CallableSpec, onDone: OnDone): (env: EnvReader) => Promise<unknown> {
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < spec.slow; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return async (env) => {
    const readAll = async (keys: readonly number[]): Promise<unknown[]> => {
      if (spec.together) return Promise.all(keys.map((key) => env.get(keyOf(key))));
      const seen: unknown[] = [];
      for (const key of keys) seen.push(await env.get(keyOf(key)));
      return seen;
    };
    await turns();
    const seen = await readAll(spec.first);
    await turns();
    seen.push(...(await readAll(rest(spec, seen))));
    if (spec.asksPresence !== undefined) seen.push(env.has(keyOf(spec.asksPresence)));
    if (spec.host) seen.push(env.host.name);
    await turns();
    onDone(spec);
    return combine(spec, seen);
  };
}

/** What the naive evaluator says: a value, or that the setting needs itself. */
export type Verdict = { readonly value: unknown } | "cycle";

/** Evaluates from scratch at each read: no memory, no sharing, no promises. Notes what each callable found. */
export function evaluate(
  world: World,
  host: number,
  key: number,
  facts: ReadonlyMap<number, number>,
  found?: Map<number, Set<string>>,
): Verdict {
  const visit = (at: number, above: readonly number[]): Verdict => {
    if (above.includes(at)) return "cycle";
    const fact = facts.get(at);
    const spec = specOf(world, host, at);
    if (fact !== undefined) return { value: fact };
    if (spec.kind === "plain") return { value: spec.value };
    const seen: unknown[] = [];
    for (const read of spec.first) {
      const verdict = visit(read, [...above, at]);
      if (verdict === "cycle") return verdict;
      seen.push(verdict.value);
    }
    for (const read of rest(spec, seen)) {
      const verdict = visit(read, [...above, at]);
      if (verdict === "cycle") return verdict;
      seen.push(verdict.value);
    }
    if (spec.asksPresence !== undefined) seen.push(spec.asksPresence < world.base.length);
    if (spec.host) seen.push(hostName(host));
    // The same function may stand under two keys' overrides; results are per key.
    const combination = JSON.stringify([at, seen, spec.host ? host : undefined]);
    found?.set(spec.id, (found.get(spec.id) ?? new Set()).add(combination));
    return { value: combine(spec, seen) };
  };
  return visit(key, []);
}

function specOf(world: World, host: number, key: number): ValueSpec {
  const here = world.hosts[host];
  const role = here?.role === undefined ? undefined : world.roles[here.role];
  return here?.own.get(key) ?? role?.get(key) ?? (world.base[key] as ValueSpec);
}

/** Every host with every key. */
export function allPairs(world: World): readonly (readonly [host: number, key: number])[] {
  return world.hosts.flatMap((_, host) => world.base.map((__, key) => [host, key] as const));
}
