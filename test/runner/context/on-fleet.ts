import { expect } from "vitest";
import type { TaskContext } from "../../../src/runner/context.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import { failures, type Rig, type RigOptions, rig } from "../rig.ts";

export const HOSTS = "web1:web web2:web,canary db1:db";

type Made = Rig & { readonly result: RunResult };

/** Runs a body once, on this machine, over hosts in memory. */
export async function once(
  body: (t: TaskContext) => unknown,
  given: RigOptions = {},
  prepare: (made: Rig) => void = () => {},
): Promise<Made> {
  const made = rig(({ task }) => void task("work", { local: true }, body), { hosts: HOSTS, ...given });
  prepare(made);
  return { ...made, result: await made.run("work") };
}

/** The same, where nothing is to fail. */
export async function ok(...args: Parameters<typeof once>): Promise<Made> {
  const made = await once(...args);
  expect(failures(made.result)).toEqual([]);
  return made;
}
