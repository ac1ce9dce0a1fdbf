/** CPU time to resolve settings of many hosts. Run with `npx esbuild bench/env.ts --bundle --platform=node --format=esm | node --input-type=module`. */
import type { EnvHost } from "../src/env/definition.ts";
import { createEnv } from "../src/env/env.ts";
import type { EnvReader } from "../src/env/settings.ts";

const ROUNDS = 5;

interface Shape {
  readonly hosts: number;
  readonly keys: number;
  /** What makes hosts differ: nothing, a role for each tenth, a setting of each host, the host itself, or the host in the middle of the row. */
  readonly differ: "not" | "by role" | "by setting" | "by host" | "by host in the middle";
  readonly async?: boolean;
  /** Plain keys that each callable reads beside the key before it. @default 0 */
  readonly wide?: number;
}

const KINDS: readonly Omit<Shape, "hosts">[] = [
  { keys: 50, differ: "not" },
  { keys: 50, differ: "by role" },
  { keys: 50, differ: "by setting" },
  { keys: 50, differ: "by setting", wide: 20 },
  { keys: 50, differ: "by host" },
  { keys: 50, differ: "by host in the middle" },
  { keys: 50, differ: "not", async: true },
  { keys: 50, differ: "by role", async: true },
  { keys: 50, differ: "by setting", async: true },
  { keys: 50, differ: "by host in the middle", async: true },
];

const SHAPES: readonly Shape[] = [
  ...[1, 10, 200, 1000].flatMap((hosts) => KINDS.map((kind) => ({ hosts, ...kind }))),
  { hosts: 4000, keys: 50, differ: "by setting" },
  { hosts: 4000, keys: 50, differ: "by setting", async: true },
  { hosts: 4000, keys: 50, differ: "by host in the middle", async: true },
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
function valuesOf({ keys, differ, async = false, wide = 0 }: Shape): Record<string, unknown> {
  const beside = Array.from({ length: wide }, (_, at) => `beside${at}`);
  const values: Record<string, unknown> = { seed: "seed", ...Object.fromEntries(beside.map((key) => [key, key])) };
  for (let at = 0; at < keys; at++) {
    const before = at % 20 === 0 ? "seed" : `k${at - 1}`;
    const looksAtHost = differ === "by host" || (differ === "by host in the middle" && at % 20 === 10);
    const end = (env: EnvReader): unknown => (looksAtHost ? env.host.name : at);
    const sync = (env: EnvReader): unknown => {
      const plain = env as unknown as Record<string, unknown>;
      for (const key of beside) plain[key];
      return `${String(plain[before]).slice(0, 40)}/${end(env)}`;
    };
    const later = async (env: EnvReader): Promise<unknown> => `${String(await env.get(before)).slice(0, 40)}/${end(env)}`;
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
  const { hosts, keys, differ, async = false, wide = 0 } = shape;
  const what = `hosts differ ${differ}${wide === 0 ? "" : `, ${wide} more reads each`}${async ? ", async" : ""}`;
  console.log(`${hosts} hosts x ${keys} keys, ${what}: ${median.toFixed(1)} ms CPU (${each.toFixed(1)} us each)`);
}
