import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pickRemovals } from "../../../src/recipes/deploy/cleanup.ts";
import { pickTarget, type RollbackHost } from "../../../src/recipes/deploy/rollback.ts";
import { findBefore, findCurrent, type HostState, isGood, parseState } from "../../../src/recipes/deploy/state.ts";
import { pathsBelow } from "./paths-below.ts";

/** The invariants of "Rollback has one target" in docs/deploy-flow.md, by their numbers, on random histories of 1 to 5 hosts. */

const root = "/srv/shop";
const paths = pathsBelow(root);

/** A host as its files are: what the steps of the recipe write there. */
interface Machine {
  readonly name: string;
  current: string | undefined;
  releases: Set<string>;
  journal: string[];
}

/** Which of the hosts take part, as bits; how many of them a deploy gets to before it stops; how many good releases are kept. */
type Act =
  | { readonly kind: "deploy"; readonly on: number; readonly reach: number; readonly keep: number }
  | { readonly kind: "rollback"; readonly on: number; readonly reach: number }
  | { readonly kind: "rollback --to"; readonly on: number; readonly at: number }
  | { readonly kind: "renew"; readonly at: number }
  | { readonly kind: "lose the journal"; readonly at: number };

const bits = fc.integer({ min: 1, max: 31 });
const most = { weight: 5, arbitrary: fc.constant(31) };
const on = fc.oneof(most, { weight: 2, arbitrary: bits });
const reach = fc.oneof({ weight: 3, arbitrary: fc.constant(5) }, { weight: 2, arbitrary: fc.integer({ min: 0, max: 4 }) });
const keep = fc.integer({ min: 1, max: 4 });
const acts = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("deploy" as const), on, reach, keep }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("rollback" as const), on, reach }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("rollback --to" as const), on, at: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("renew" as const), at: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose the journal" as const), at: fc.nat(4) }) },
  ),
  { minLength: 1, maxLength: 12 },
);
const count = fc.integer({ min: 1, max: 5 });

class World {
  readonly machines: Machine[];
  #made = 0;

  constructor(hosts: number) {
    this.machines = Array.from({ length: hosts }, (_, index) => this.#fresh(`app${index + 1}`));
  }

  #fresh(name: string): Machine {
    return { name, current: undefined, releases: new Set(), journal: [] };
  }

  chosen(on: number): readonly Machine[] {
    const some = this.machines.filter((_, index) => (on >> index) % 2 === 1);
    return some.length === 0 ? this.machines.slice(0, 1) : some;
  }

  apply(act: Act): void {
    if (act.kind === "deploy") this.deploy(this.chosen(act.on), act.reach, act.keep);
    if (act.kind === "rollback") attempt(() => this.rollback(this.chosen(act.on), { reach: act.reach }));
    if (act.kind === "rollback --to") {
      const ids = [...new Set(this.machines.flatMap(({ releases }) => [...releases]))].sort();
      const to = ids[act.at % Math.max(1, ids.length)];
      if (to !== undefined) attempt(() => this.rollback(this.chosen(act.on), { to }));
    }
    const machine = "at" in act ? this.machines[act.at % this.machines.length] : undefined;
    if (act.kind === "renew" && machine !== undefined) Object.assign(machine, this.#fresh(machine.name));
    // What was live then is known from revisions.log alone, and here from nothing.
    if (act.kind === "lose the journal" && machine !== undefined) machine.journal = machine.journal.slice(-2);
  }

  /** The first `reach` hosts come on it; the rest fail, and are cleared of it. @returns its id */
  deploy(machines: readonly Machine[], reach: number, keep: number): string {
    this.#made += 1;
    const id = idOf(this.#made);
    for (const [index, machine] of machines.entries()) {
      note(machine, id, "building");
      if (index >= reach) {
        note(machine, id, "failed");
        continue;
      }
      const left = machine.current;
      machine.releases.add(id);
      note(machine, id, "complete");
      const known = left === undefined || find(machine, left)?.entry?.status === "live";
      machine.current = id;
      if (left !== undefined && !known) note(machine, left, "live");
      note(machine, id, "live");
      const { releases } = stateOf(machine);
      for (const gone of pickRemovals(releases, keep, left)) machine.releases.delete(gone);
    }
    return id;
  }

  /** @param reach hosts that are switched before it stops */
  rollback(machines: readonly Machine[], { to, reach = machines.length }: { to?: string; reach?: number } = {}): string {
    const id = pickTarget(hostsOf(machines), { to });
    for (const machine of machines.filter(({ current }) => current !== id).slice(0, reach)) {
      const left = machine.current;
      if (left !== undefined && id < left) note(machine, left, "bad");
      machine.current = id;
      note(machine, id, "live");
    }
    return id;
  }
}

const idOf = (day: number): string => `202601${String(day).padStart(2, "0")}000000`;

function note(machine: Machine, id: string, status: string): void {
  machine.journal.push(`${id} ${status} 2026-01-01T00:00:00Z ${shaOf(id)} main ada 0123456789abcdef ;`);
}

const shaOf = (id: string): string => id.repeat(3).slice(0, 40);

function stateOf({ current, releases, journal }: Machine): HostState {
  const lines = [
    "clock 20260201000000",
    ...(current === undefined ? [] : [`link ${root}/releases/${current}`]),
    ...[...releases].map((id) => `release ${id} ${shaOf(id)}`),
    ...journal.map((line) => `journal ${line}`),
  ];
  return parseState(`${lines.join("\n")}\n`, paths);
}

const hostsOf = (machines: readonly Machine[]): readonly RollbackHost[] =>
  machines.map((machine) => ({ host: machine.name, state: stateOf(machine) }));
const find = (machine: Machine, id: string) => stateOf(machine).releases.find((release) => release.id === id);
const copyOf = (machines: readonly Machine[]): readonly Machine[] =>
  machines.map((machine) => ({ ...machine, releases: new Set(machine.releases), journal: [...machine.journal] }));
const newest = (machines: readonly Machine[]): string =>
  machines
    .map(({ current }) => current ?? "")
    .toSorted()
    .at(-1) ?? "";

/** What was refused; undefined when it was not. */
function attempt(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function worldAfter(hosts: number, history: readonly Act[]): World {
  const world = new World(hosts);
  for (const act of history) world.apply(act);
  return world;
}

const RUNS = { numRuns: 400 };

describe("a rollback after any history", () => {
  it("ends on one good older release, touching nothing else, or changes nothing (1, 2, 4, 5)", () => {
    let done = 0;
    fc.assert(
      fc.property(count, acts, (hosts, history) => {
        const world = worldAfter(hosts, history);
        const before = copyOf(world.machines);
        if (attempt(() => world.rollback(world.machines)) !== undefined) {
          expect(world.machines).toEqual(before);
          return;
        }
        done += 1;
        const [target = ""] = world.machines.map(({ current }) => current ?? "");
        expect(new Set(world.machines.map(({ current }) => current))).toEqual(new Set([target]));
        expect(target < newest(before)).toBe(true);
        for (const [index, machine] of world.machines.entries()) {
          const was = before[index] ?? machine;
          expect(isGood(find(was, target) ?? { present: false, status: "unknown" })).toBe(true);
          if (was.current === target) expect(machine).toEqual(was);
          else {
            const added = machine.journal.slice(was.journal.length).map((line) => line.split(" ").slice(0, 2).join(" "));
            const left = was.current !== undefined && was.current > target ? [`${was.current} bad`] : [];
            expect(added).toEqual([...left, `${target} live`]);
          }
        }
      }),
      RUNS,
    );
    expect(done).toBeGreaterThan(RUNS.numRuns / 20);
  });

  it("is to what all had before the newest deploy, however far that came (3)", () => {
    fc.assert(
      fc.property(count, acts, fc.integer({ min: 1, max: 5 }), keep, (hosts, history, reached, kept) => {
        const world = worldAfter(hosts, history);
        const steady = world.deploy(world.machines, world.machines.length, 3);
        // What was gone back to is what the fleet has as well.
        attempt(() => world.rollback(world.machines));
        const [had = steady] = world.machines.map(({ current }) => current ?? "");
        world.deploy(world.machines, reached, kept);
        expect(world.rollback(world.machines)).toBe(had);
      }),
      RUNS,
    );
  });

  it("is to what all had also when --to passed over good ones (3)", () => {
    const world = new World(3);
    const [first = "", second = ""] = [1, 2, 3].map(() => world.deploy(world.machines, 3, 5));
    world.rollback(world.machines, { to: first });
    world.deploy(world.machines, 2, 5);
    expect(world.rollback(world.machines)).toBe(first);
    expect(find(world.machines[0] as Machine, second)?.status).toBe("live");
  });

  it("does not go by a host that is new or was away (3)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 5 }), acts, fc.nat(4), fc.boolean(), (hosts, history, at, isNew) => {
        const world = worldAfter(hosts, history);
        const odd = world.machines[at % hosts] as Machine;
        const others = world.machines.filter((machine) => machine !== odd);
        world.deploy(world.machines, hosts, 3);
        const had = world.deploy(others, hosts, 3);
        if (isNew) world.apply({ kind: "renew", at: at % hosts });
        world.deploy(world.machines, hosts, 3);
        const refused = attempt(() => world.rollback(world.machines));
        expect(refused?.message).toContain(`${had} is good on all but ${odd.name}: rollback -x ${odd.name}`);
        expect(world.rollback(others)).toBe(had);
      }),
      { numRuns: 200 },
    );
  });

  it("never comes to what was left as bad, however often it is repeated (6)", () => {
    fc.assert(
      fc.property(count, acts, (hosts, history) => {
        const world = worldAfter(hosts, history);
        const left = new Set<string>();
        for (let turn = 0; turn < 6; turn += 1) {
          const live = world.machines.map(({ current }) => current ?? "");
          if (attempt(() => world.rollback(world.machines)) !== undefined) break;
          const target = world.machines[0]?.current ?? "";
          expect(left).not.toContain(target);
          // A host that was behind the others goes forward, and what it leaves stays good.
          for (const id of live) if (target < id) left.add(id);
        }
      }),
      RUNS,
    );
  });

  it("is advised what works where it is refused (7)", () => {
    let advised = 0;
    fc.assert(
      fc.property(count, acts, (hosts, history) => {
        const world = worldAfter(hosts, history);
        const words = attempt(() => world.rollback(world.machines))?.message.split("\n")[0] ?? "";
        const target = /^(\d{14}) is good/.exec(words)?.[1];
        const without = / rollback -x ([\w,]+)/.exec(words)?.[1]?.split(",");
        const to = / rollback --to (\d{14}), which is good/.exec(words)?.[1];
        const sha = / branch=(\w+)/.exec(words)?.[1];
        if (target === undefined) return;
        advised += 1;
        if (without !== undefined)
          expect(pickTarget(hostsOf(world.machines.filter(({ name }) => !without.includes(name))))).toBe(target);
        if (words.includes("--build")) expect(pickTarget(hostsOf(world.machines), { to: target, build: true })).toBe(target);
        if (to !== undefined) expect(pickTarget(hostsOf(world.machines), { to })).toBe(to);
        expect(sha).toBe(shaOf(target));
      }),
      RUNS,
    );
    expect(advised).toBeGreaterThan(0);
  });
});

describe("the release that a host had before", () => {
  it("is what a cleanup protects", () => {
    fc.assert(
      fc.property(count, acts, keep, (hosts, history, kept) => {
        for (const state of worldAfter(hosts, history).machines.map(stateOf)) {
          const live = findCurrent(state)?.id ?? "";
          const before = findBefore(state, live)?.id;
          expect(pickRemovals(state.releases, kept, before)).not.toContain(before ?? "none");
        }
      }),
      { numRuns: 100 },
    );
  });
});
