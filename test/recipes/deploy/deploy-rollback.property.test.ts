import { rmSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";

/** The invariants of "Rollback has one target" in docs/deploy-flow.md, of the steps as they run: few histories, each of them real. */

let rig: DeployRig | undefined;
afterEach(() => rig?.remove());

/** A host at a time, until one fails; or a host that is put up anew. */
type Act = { readonly task: "deploy" | "rollback"; readonly reach: number } | { readonly task: "renew"; readonly at: number };

const reach = fc.oneof(fc.constant(9), fc.nat(2));
const acts = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 4, arbitrary: fc.record({ task: fc.constant("deploy" as const), reach }) },
    { weight: 2, arbitrary: fc.record({ task: fc.constant("rollback" as const), reach }) },
    { weight: 1, arbitrary: fc.record({ task: fc.constant("renew" as const), at: fc.nat(2) }) },
  ),
  { minLength: 2, maxLength: 5 },
);

interface Seen {
  readonly current: string | undefined;
  readonly journal: readonly string[];
  readonly log: string;
}

function look({ current, read }: DeployRig, host: string): Seen {
  const text = (path: string): string => {
    try {
      return read(host, path);
    } catch {
      return "";
    }
  };
  const journal = text(".fake/journal")
    .split("\n")
    .filter((line) => line !== "");
  return {
    current: current(host),
    journal: journal.map((line) => line.split(" ").slice(0, 2).join(" ")),
    log: text("revisions.log"),
  };
}

async function play(world: DeployRig, hosts: readonly string[], act: Act): Promise<void> {
  if (act.task === "renew") {
    rmSync(world.root(hosts[act.at % hosts.length] ?? ""), { recursive: true, force: true });
    return;
  }
  const fails = (app: App): void => {
    const trip = app.task("trip", ({ host }) => {
      if (host.id === hosts[act.reach]) throw new Error("no such luck");
    });
    app.before("deploy:symlink:release", trip);
  };
  await world.run(act.task, { options: { batch: 1 }, deployfile: fails });
}

describe("a rollback after any history that was really played", () => {
  it("ends on what all had before, or on one good older release, or changes nothing", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), acts, fc.boolean(), async (count, history, steady) => {
        rig?.remove();
        const hosts = ["app1", "app2", "app3"].slice(0, count);
        const world = createDeployRig(hosts);
        rig = world;
        world.repo.commit({ "app.js": "v1" });
        for (const act of history) await play(world, hosts, act);
        if (steady) await world.run("deploy");
        const had = world.current(hosts[0] ?? "");
        if (steady) await play(world, hosts, { task: "deploy", reach: count - 1 || 9 });
        const before = hosts.map((host) => look(world, host));
        const { result } = await world.run("rollback");
        const after = hosts.map((host) => look(world, host));
        if (result.exitCode !== 0) {
          expect([steady, after]).toEqual([false, before]);
          return;
        }
        const target = after[0]?.current ?? "";
        if (steady) expect(target).toBe(had);
        const newest =
          before
            .map(({ current }) => current ?? "")
            .toSorted()
            .at(-1) ?? "";
        expect([new Set(after.map(({ current }) => current)), target < newest]).toEqual([new Set([target]), true]);
        for (const [index, now] of after.entries()) {
          const was = before[index] ?? now;
          expect(was.journal).toContain(`${target} live`);
          if (was.current === target) expect(now).toEqual(was);
          else {
            const left = was.current !== undefined && was.current > target ? [`${was.current} bad`] : [];
            expect(now.journal.slice(was.journal.length)).toEqual([...left, `${target} live`]);
            expect(now.log.slice(was.log.length)).toBe(`ada rolled back to release ${target}\n`);
          }
        }
      }),
      { numRuns: 6 },
    );
  });
});
