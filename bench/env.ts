/** CPU time to resolve settings of many hosts. Run with `npx esbuild bench/env.ts --bundle --platform=node --format=esm | node --input-type=module`. */
import { createEnv, type EnvHost } from "../src/env/env.ts";
import type { EnvReader } from "../src/env/settings.ts";

const ROUNDS = 5;

interface Shape {
  readonly name: string;
  readonly hosts: number;
  readonly keys: number;
  /** What makes hosts differ: nothing, a role for each tenth, a setting of each host, or the host itself. */
  readonly differ: "not" | "by role" | "by setting" | "by host";
  readonly async: boolean;
}

const SHAPES: readonly Shape[] = [
  { name: "the same everywhere", hosts: 200, keys: 100, differ: "not", async: false },
  { name: "ten roles", hosts: 200, keys: 100, differ: "by role", async: false },
  { name: "ten roles, async", hosts: 200, keys: 100, differ: "by role", async: true },
  { name: "the same everywhere", hosts: 1000, keys: 50, differ: "not", async: false },
  { name: "ten roles", hosts: 1000, keys: 50, differ: "by role", async: false },
  { name: "all differ by a setting", hosts: 1000, keys: 50, differ: "by setting", async: false },
  { name: "all differ by env.host", hosts: 1000, keys: 50, differ: "by host", async: false },
  { name: "the same everywhere, async", hosts: 1000, keys: 50, differ: "not", async: true },
  { name: "all differ by a setting, async", hosts: 1000, keys: 50, differ: "by setting", async: true },
  { name: "all differ by a setting, async", hosts: 2000, keys: 50, differ: "by setting", async: true },
  { name: "all differ by a setting, async", hosts: 4000, keys: 50, differ: "by setting", async: true },
];

function hostsOf({ hosts, differ }: Shape): readonly EnvHost[] {
  return Array.from({ length: hosts }, (_, at) => {
    const roles = [`role${at % 10}`];
    const settings = differ === "by setting" ? { seed: `seed ${at}` } : {};
    return {
      host: { id: `h${at}`, name: `h${at}`, address: `h${at}`, user: undefined, port: undefined, roles, settings },
      settingsRoles: roles,
    };
  });
}

/** Keys in a row, each built from the one before and from the first. */
function valuesOf({ keys, differ, async }: Shape): Record<string, unknown> {
  const values: Record<string, unknown> = { seed: "seed" };
  for (let at = 0; at < keys; at++) {
    const before = at % 20 === 0 ? "seed" : `k${at - 1}`;
    const sync = (env: EnvReader): unknown =>
      `${String((env as unknown as Record<string, unknown>)[before]).slice(0, 40)}/${differ === "by host" ? env.host.name : at}`;
    const later = async (env: EnvReader): Promise<unknown> => `${String(await env.get(before)).slice(0, 40)}/${at}`;
    values[`k${at}`] = async ? later : sync;
  }
  return values;
}

async function resolveAll(shape: Shape): Promise<number> {
  const hosts = hostsOf(shape);
  const values = valuesOf(shape);
  const names = Object.keys(values);
  const roles = new Map(
    Array.from({ length: 10 }, (_, at) => [`role${at}`, { values: shape.differ === "by role" ? { seed: `role ${at}` } : {} }]),
  );
  const start = process.cpuUsage();
  const env = createEnv({ declarations: new Map(), deployfile: [{ values }], roles }, { hosts });
  await Promise.all(hosts.flatMap(({ host }) => names.map((name) => env.forHost(host.id).get(name))));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

for (const shape of SHAPES) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await resolveAll(shape));
  const median = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  const each = (median * 1000) / (shape.hosts * shape.keys);
  console.log(
    `${shape.hosts} hosts x ${shape.keys} keys, ${shape.name}: ${median.toFixed(0)} ms CPU (${each.toFixed(1)} us each)`,
  );
}
