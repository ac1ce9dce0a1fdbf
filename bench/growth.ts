/**
 * How what many hosts cost the machine that deploys grows with them: CPU, memory, and how long the event loop stood still. The exit code
 * is 1 where it is too much.
 *
 *   npm run bench:growth -- [HOSTS...]     10 50 200 1000, unless others are named
 *
 * CPU is seconds of work, and so about the same on a busy machine; wall is not.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fleet, prepareHosts, startEmbeddedFleet } from "./rig/fleet.ts";

/** Runs of which the quietest counts: other work on the machine only ever adds. With many hosts the one run is long enough. */
const ROUNDS = 5;
const MOST_RUNS_TO_HOSTS = 1000;
/** CPU of the client over hosts: 1 is as much for each of many as for each of few. */
const MOST_EXPONENT = 1.2;
/** Of the client, in MB, with this many hosts. */
const MOST_MEMORY = 300;
const MANY_HOSTS = 1000;
const VERBS: Readonly<Record<string, readonly string[]>> = {
  exec: ["exec", "--", "true"],
  deploy: ["--reporter", "quiet", "deploy"],
};

/** What the probe writes. Bytes and milliseconds. */
interface Cost {
  readonly connections: number;
  readonly maxRss: number;
  readonly cpu: number;
  readonly stall: number;
}

interface Run extends Cost {
  readonly hosts: number;
  readonly wall: number;
}

async function run(fleet: Fleet, hosts: number, args: readonly string[]): Promise<Run> {
  const probe = join(fleet.directory, "probe.json");
  const env = { ...process.env, ...fleet.env(hosts), BENCH_PROBE: probe, XDG_CACHE_HOME: join(fleet.directory, "cache") };
  const words = ["--import", "./bench/rig/probe.mjs", "dist/cli/bin.cjs", "--ssh-config", fleet.sshConfig];
  const started = performance.now();
  const child = spawn(process.execPath, [...words, "-f", "bench/rig/fake/deployfile.ts", "-R", "rig", ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const exitCode = await new Promise((resolve) => child.once("close", resolve));
  if (exitCode !== 0) throw new Error(`Exit code ${exitCode} of ${args.join(" ")} on ${hosts} hosts:\n${said}`);
  return { ...(JSON.parse(readFileSync(probe, "utf8")) as Cost), hosts, wall: performance.now() - started };
}

async function measure(fleet: Fleet, hosts: number, args: readonly string[]): Promise<Run> {
  const rounds = Math.min(ROUNDS, Math.ceil(MOST_RUNS_TO_HOSTS / hosts));
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) runs.push(await run(fleet, hosts, args));
  const least = (key: keyof Run): number => Math.min(...runs.map((one) => one[key]));
  return {
    hosts,
    connections: least("connections"),
    maxRss: least("maxRss"),
    cpu: least("cpu"),
    stall: least("stall"),
    wall: least("wall"),
  };
}

function describe(verb: string, cost: Run, one: Run): string {
  const { hosts } = cost;
  const each = (key: "cpu" | "maxRss"): number => (hosts === 1 ? 0 : (cost[key] - one[key]) / (hosts - 1));
  const cells = [
    verb,
    hosts,
    cost.connections,
    (cost.cpu / 1000).toFixed(2),
    each("cpu").toFixed(1),
    (cost.maxRss / 1e6).toFixed(0),
    (each("maxRss") / 1e6).toFixed(2),
    cost.stall.toFixed(0),
    (cost.wall / 1000).toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The slope of a line through the logarithms, by least squares, of what comes on top of one host. */
function fitExponent(many: readonly Run[], one: Run): number {
  const points = many.map(({ hosts, cpu }) => ({ x: Math.log(hosts), y: Math.log(cpu - one.cpu) }));
  const mean = (key: "x" | "y"): number => points.reduce((sum, point) => sum + point[key], 0) / points.length;
  const [x, y] = [mean("x"), mean("y")];
  const over = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  return over / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
}

/** What is too much, in words. */
function judge(verb: string, exponent: number, many: readonly Run[]): readonly string[] {
  const steep = !(exponent <= MOST_EXPONENT);
  const large = many.filter(({ hosts, maxRss }) => hosts >= MANY_HOSTS && maxRss > MOST_MEMORY * 1e6);
  return [
    ...(steep ? [`${verb}: CPU grows with the ${exponent.toFixed(2)}th power of the hosts, more than ${MOST_EXPONENT}`] : []),
    ...large.map(
      ({ hosts, maxRss }) => `${verb}: ${hosts} hosts take ${(maxRss / 1e6).toFixed(0)} MB, more than ${MOST_MEMORY} MB`,
    ),
  ];
}

const asked = process.argv.slice(2).map(Number).filter(Number.isInteger);
// One slope needs two of them.
const counts = asked.length > 1 ? asked : [10, 50, 200, MANY_HOSTS];
const fleet = await startEmbeddedFleet(Math.max(...counts));
try {
  prepareHosts(fleet, "fake");
  await run(fleet, Math.max(...counts), VERBS["deploy"] ?? []);
  console.log("| verb | hosts | connections | client cpu s | cpu ms a host | peak MB | MB a host | longest stall ms | wall s |");
  console.log("|---|---|---|---|---|---|---|---|---|");
  const verdicts: string[] = [];
  const faults: string[] = [];
  for (const [verb, args] of Object.entries(VERBS)) {
    const one = await measure(fleet, 1, args);
    const many: Run[] = [];
    console.log(describe(verb, one, one));
    for (const hosts of counts) {
      many.push(await measure(fleet, hosts, args));
      console.log(describe(verb, many.at(-1) ?? one, one));
    }
    const exponent = fitExponent(many, one);
    verdicts.push(`${verb}: CPU of the client grows with the power ${exponent.toFixed(2)} of the hosts.`);
    faults.push(...judge(verb, exponent, many));
  }
  console.log(`\n${verdicts.join("\n")}`);
  for (const fault of faults) console.error(`Too much. ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await fleet.stop();
}
