/**
 * What many hosts cost the machine that deploys: connections, CPU and memory for each, and how long the event loop stood still.
 *
 *   npm run bench:fan-out -- [HOSTS...]     10 50 100 200, unless others are named
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fleet, prepareHosts, startFleet } from "./rig/fleet.ts";

const ROUNDS = 3;
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
  readonly wall: number;
}

async function run(fleet: Fleet, hosts: number, args: readonly string[]): Promise<Run> {
  const probe = join(fleet.sshd.directory, "probe.json");
  const env = { ...process.env, ...fleet.env(hosts), BENCH_PROBE: probe };
  const words = ["--import", "./bench/rig/probe.mjs", "dist/cli/bin.cjs", "--ssh-config", fleet.sshd.sshConfig];
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
  return { ...(JSON.parse(readFileSync(probe, "utf8")) as Cost), wall: performance.now() - started };
}

/** The quietest of some rounds: other work on the machine only ever adds. */
async function measure(fleet: Fleet, hosts: number, args: readonly string[]): Promise<Run> {
  const runs: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) runs.push(await run(fleet, hosts, args));
  const least = (key: keyof Run): number => Math.min(...runs.map((one) => one[key]));
  return {
    connections: least("connections"),
    maxRss: least("maxRss"),
    cpu: least("cpu"),
    stall: least("stall"),
    wall: least("wall"),
  };
}

function describe(verb: string, hosts: number, cost: Run, one: Run): string {
  const each = (key: "cpu" | "maxRss"): number => (hosts === 1 ? 0 : (cost[key] - one[key]) / (hosts - 1));
  const cells = [
    verb,
    hosts,
    cost.connections,
    cost.wall.toFixed(0),
    cost.cpu.toFixed(0),
    each("cpu").toFixed(1),
    (cost.maxRss / 1e6).toFixed(0),
    (each("maxRss") / 1e6).toFixed(2),
    cost.stall.toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

const asked = process.argv.slice(2).map(Number).filter(Number.isInteger);
const counts = asked.length > 0 ? asked : [10, 50, 100, 200];
const fleet = await startFleet(Math.max(...counts));
try {
  prepareHosts(fleet, "fake");
  await run(fleet, Math.max(...counts), VERBS["deploy"] ?? []);
  console.log("| verb | hosts | connections | wall ms | CPU ms | CPU ms a host | peak MB | MB a host | longest stall ms |");
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const [verb, args] of Object.entries(VERBS)) {
    const one = await measure(fleet, 1, args);
    console.log(describe(verb, 1, one, one));
    for (const hosts of counts) console.log(describe(verb, hosts, await measure(fleet, hosts, args), one));
  }
} finally {
  await fleet.stop();
}
