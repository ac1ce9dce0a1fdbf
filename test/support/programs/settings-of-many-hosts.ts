/** Prints how many blocks of code run for each of a few hosts, and for each of many, while all ask at once for async settings. */
import { Session } from "node:inspector/promises";
import type { EnvReader } from "../../../src/env/settings.ts";
import { envOf } from "../../env/build.ts";

type Reader = EnvReader<Record<string, string>>;

/** What makes hosts differ. */
interface Shape {
  readonly seedOf: (host: string) => string;
  readonly end: (env: Reader, key: string) => string;
}

const KEYS = ["a", "b", "c", "d", "e", "f"];

const SHAPES: readonly Shape[] = [
  // A setting of each.
  { seedOf: (host) => host, end: (_, key) => key },
  // The host itself, in the middle of the row.
  { seedOf: () => "seed", end: (env, key) => (key === "c" ? env.host.name : key) },
];

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** Blocks of code that ran since it was last asked. */
async function work(): Promise<number> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const functions = result.filter(({ url }) => url === import.meta.url).flatMap((script) => script.functions);
  return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
}

/** The settings are a row: each reads the one before. */
async function workForEach(size: number, { seedOf, end }: Shape): Promise<number> {
  const hosts = Array.from({ length: size }, (_, at) => `h${at}`);
  const row = KEYS.map((key, at) => {
    const before = KEYS[at - 1] ?? "seed";
    return [key, async (env: Reader) => `${await env.get(before)}/${end(env, key)}`] as const;
  });
  const settings = (host: string) => [host, { settings: { seed: seedOf(host) } }] as const;
  const env = envOf({ set: Object.fromEntries(row), hosts: Object.fromEntries(hosts.map(settings)) });
  await work();
  await Promise.all(hosts.flatMap((host) => KEYS.map((key) => env.forHost(host).get(key))));
  return (await work()) / size;
}

const works: (readonly [few: number, many: number])[] = [];
for (const shape of SHAPES) works.push([await workForEach(30, shape), await workForEach(300, shape)]);
process.stdout.write(JSON.stringify(works));
session.disconnect();
