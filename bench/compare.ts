/**
 * Side by side with other tools, on real OpenSSH servers of this machine: writes `bench/results.md`.
 *
 *   npm run bench                    everything: some minutes, on a machine that does nothing else
 *   npm run bench -- --rounds 3 exec only scenarios with `exec` in their title, three rounds
 *
 * Tools take turns round by round, so that what else the machine does hits all alike; only ratios mean something.
 */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { SshdFleet } from "../test/support/sshd.ts";
import type { TurnRelay } from "../test/support/turn-relay.ts";
import { type Fleet, lengthen, prepareHosts, startFleet } from "./rig/fleet.ts";
import { COMMIT, type Cost, describeSpread, median, runTimed } from "./rig/measure.ts";
import { writeResults } from "./rig/results.ts";
import { findVersion } from "./rig/versions.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

const RIG = "bench/rig";

interface Sample extends Omit<Cost, "memory"> {
  /** Of the busiest connection. */
  readonly turns: number | undefined;
}

interface Row {
  readonly tool: string;
  readonly samples: readonly Sample[];
  readonly failed: number;
}

/** Runs one script of a tool. Undefined: it failed. */
async function runTool(
  scenario: Scenario,
  tool: string,
  env: NodeJS.ProcessEnv,
  relays: readonly TurnRelay[],
): Promise<Sample | undefined> {
  const seen = relays.map((relay) => relay.connections());
  const words = [join(RIG, tool, `${scenario.script}.sh`), String(scenario.hosts)];
  const { exitCode, stderr, wall, cpu } = await runTimed(words, env);
  if (exitCode !== 0) {
    console.error(`${scenario.title}: ${tool} failed:\n${stderr}`);
    return undefined;
  }
  // The goodbye of the last connection is still on its way.
  if (relays.length > 0) await delay(3 * scenario.rtt);
  const turns = relays.flatMap((relay, at) => relay.turns().slice(seen[at]));
  return { wall, cpu, turns: turns.length === 0 ? undefined : Math.max(...turns) };
}

async function measure(
  fleet: Fleet<SshdFleet>,
  scenario: Scenario,
  tools: readonly string[],
  rounds: number,
): Promise<readonly Row[]> {
  const relays = scenario.rtt === 0 ? [] : await lengthen(fleet, scenario.hosts, scenario.rtt);
  const env = fleet.env(scenario.hosts);
  const rows = tools.map((tool) => ({ tool, samples: [] as Sample[], failed: 0 }));
  try {
    for (let round = -2; round < rounds; round++) {
      for (const row of rows) {
        // Releases are named by the second.
        if (scenario.script === "deploy" || scenario.script === "rollback") await delay(1100);
        // There has to be one to go back from.
        if (scenario.script === "rollback") {
          await runTool({ ...scenario, script: "deploy" }, row.tool, env, []);
          await delay(1100);
        }
        const sample = await runTool(scenario, row.tool, env, relays);
        if (round < 0) continue;
        if (sample === undefined) row.failed += 1;
        else row.samples.push(sample);
      }
    }
  } finally {
    fleet.configure();
    await Promise.all(relays.map((relay) => relay.stop()));
  }
  return rows;
}

function drawTable({ title, goal }: Scenario, rows: readonly Row[], missing: readonly string[]): string {
  const base = median(rows[0]?.samples.map(({ wall }) => wall) ?? []);
  const lines = rows.map(({ tool, samples, failed }) => {
    const walls = samples.map(({ wall }) => wall);
    const wall = median(walls);
    const turns = samples.flatMap((sample) => sample.turns ?? []);
    const cells = [
      failed === 0 ? tool : `${tool} (${failed} failed)`,
      (wall / base).toFixed(2),
      describeSpread(walls),
      median(samples.map(({ cpu }) => cpu)).toFixed(3),
      turns.length === 0 ? "" : String(median(turns)),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const absent = missing.length === 0 ? "" : `\nNot installed: ${missing.join(", ")}.\n`;
  const head = `| tool | x ${rows[0]?.tool} | wall s, median (min-max) | client CPU s | turns |\n|---|---|---|---|---|`;
  return `## ${title}\n\nMeasured on ${new Date().toISOString().slice(0, 10)} at ${COMMIT}. To reach: ${goal}.\n\n${head}\n${lines.join("\n")}\n${absent}`;
}

const { values, positionals } = parseArgs({ options: { rounds: { type: "string", default: "9" } }, allowPositionals: true });
const chosen = SCENARIOS.filter(({ title }) => positionals.every((word) => title.includes(word)));
const versions = new Map([...new Set(chosen.flatMap(({ tools }) => tools))].map((tool) => [tool, findVersion(tool)]));
const fleet = await startFleet(Math.max(...chosen.map(({ hosts }) => hosts)));
const parts: string[] = [];
try {
  for (const tool of versions.keys()) prepareHosts(fleet, tool);
  for (const scenario of chosen) {
    const all = scenario.tools.filter((tool) => existsSync(join(RIG, tool, `${scenario.script}.sh`)));
    const tools = all.filter((tool) => versions.get(tool) !== undefined);
    const rows = await measure(fleet, scenario, tools, Number(values.rounds));
    const missing = all.filter((tool) => !tools.includes(tool));
    parts.push(drawTable(scenario, rows, missing));
    console.log(parts.at(-1));
  }
} finally {
  await fleet.stop();
}
const list = Array.from(versions, ([tool, version]) => `- ${tool}: ${version ?? "not installed"}`);
writeResults(
  "Results",
  `# Results\n\nWritten by \`npm run bench\` on ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.version}, ${values.rounds} interleaved rounds after two\nthat do not count. Clients and servers share the machine: only ratios within a table mean something.\n\n${list.join("\n")}\n\n${parts.join("\n")}`,
);
