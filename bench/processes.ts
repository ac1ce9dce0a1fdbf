/**
 * What `fake-deploy/process` and its verbs cost beside other tools, on real OpenSSH servers of this machine, as tables on stdout. A run of
 * all rows in full size writes them into `bench/results.md`, too.
 *
 *   npm run bench:processes                          everything: many minutes, on a machine that does nothing else
 *   npm run bench:processes -- --only 1,3            some rows, by their numbers in bench/rig/process-rows.ts
 *   npm run bench:processes -- --small --rounds 1    a tenth of everything, to try it
 *
 * Files go by the programs, as users send them: what it takes `fake` to start counts. Sides take turns round by round, after one round that
 * does not count; only ratios mean something. Goals that are missed are told, and are no failure.
 */
import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { SshdFleet } from "../test/support/sshd.ts";
import type { TurnRelay } from "../test/support/turn-relay.ts";
import { type Fleet, lead, lengthen, startOpenHosts } from "./rig/fleet.ts";
import { COMMIT, describeSpread, HAS_MEMORY, median, type Run, runTimed } from "./rig/measure.ts";
import { type Bench, createRows, type Goal, type Row, type Side } from "./rig/process-rows.ts";
import { writeResults } from "./rig/results.ts";
import { startUplink, type Uplink } from "./rig/uplink.ts";
import { findVersion } from "./rig/versions.ts";

/** A number for each thing that was measured, in each round: "wall", "cpu", "memory" in MB, and what the side has counted. */
type Numbers = Readonly<Record<string, number>>;

interface Result {
  readonly side: Side;
  readonly rounds: Numbers[];
  /** Why a round has no numbers. */
  readonly failures: string[];
}

const BUILT_IN = ["wall", "cpu", "memory"];

async function playRow(row: Row, fleet: Fleet<SshdFleet>, asked: number): Promise<string> {
  const rounds = Math.min(asked, row.rounds ?? asked);
  const load = loadavg()[0] ?? Number.NaN;
  let relays: readonly TurnRelay[] = [];
  let uplink: Uplink | undefined;
  try {
    if (row.rtt !== undefined) relays = await lengthen(fleet, row.hosts, row.rtt);
    if (row.uplink !== undefined) {
      const used = fleet.hosts.slice(0, row.hosts);
      uplink = await startUplink(
        used.map(({ port }) => port),
        row.uplink,
      );
      lead(fleet, uplink.ports);
    }
    const bench: Bench = { fleet, uplink };
    const sides = row.sides(bench);
    const missing = sides.filter(({ label, tool = label }) => findVersion(tool) === undefined);
    const results = sides.filter((side) => !missing.includes(side)).map((side): Result => ({ side, rounds: [], failures: [] }));
    for (let round = row.rounds === undefined ? -1 : 0; round < rounds; round++) {
      row.change?.(bench, round);
      for (const result of results) await playSide(result, fleet.env(row.hosts), round >= 0, uplink);
    }
    return draw(row, results, { load, rounds, missing: missing.map(({ label }) => label) });
  } finally {
    fleet.configure();
    await Promise.all([...relays, ...(uplink === undefined ? [] : [uplink])].map((relay) => relay.stop()));
  }
}

async function playSide(
  { side, rounds, failures }: Result,
  env: NodeJS.ProcessEnv,
  counts: boolean,
  uplink?: Uplink,
): Promise<void> {
  side.clear?.();
  // What the one before has left to be written is not for this one to wait for.
  spawnSync("sync");
  uplink?.takeSent();
  const run = await runTimed(side.words, env);
  const failure = run.exitCode === 0 ? side.check?.() : `exit code ${run.exitCode}: ${lastLine(run)}`;
  side.clear?.();
  if (failure !== undefined) {
    console.error(`${side.label}: ${failure}\n${run.stderr}`);
    if (counts) failures.push(failure);
  } else if (counts) {
    const { wall, cpu, memory = Number.NaN } = run;
    rounds.push({ wall, cpu, memory: memory / 1e6, ...side.count?.(run.stdout) });
  }
}

function lastLine({ stdout, stderr }: Run): string {
  return `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
}

interface Circumstances {
  readonly load: number;
  readonly rounds: number;
  /** Sides that are not installed. */
  readonly missing: readonly string[];
}

function draw({ title, goals }: Row, results: readonly Result[], { load, rounds, missing }: Circumstances): string {
  const counted = [...new Set(results.flatMap((result) => result.rounds.flatMap(Object.keys)))].filter(
    (name) => !BUILT_IN.includes(name),
  );
  const [first] = results;
  const lines = results.map((result) => {
    const { side, failures } = result;
    const cells = [
      failures.length === 0 ? side.label : `${side.label} (${failures.length} failed)`,
      show(medianOf(result, "wall") / medianOf(first, "wall"), 2),
      result.rounds.length === 0 ? "" : describeSpread(result.rounds.map(({ wall = Number.NaN }) => wall)),
      show(medianOf(result, "cpu"), 3),
      show(medianOf(result, "memory"), 0),
      ...counted.map((name) => show(medianOf(result, name), 2)),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["tool", `x ${first?.side.label}`, "wall s, median (min-max)", "client CPU s", "largest process MB", ...counted];
  const notes = [
    ...(missing.length === 0 ? [] : [`Not installed: ${missing.join(", ")}.`]),
    ...results.flatMap(({ side, failures }) => (failures[0] === undefined ? [] : [`${side.label} failed: ${failures[0]}.`])),
  ];
  return [
    `## ${title}`,
    `Measured on ${new Date().toISOString().slice(0, 16)}Z at ${COMMIT}, rounds: ${rounds}; load before it ${load.toFixed(1)}.`,
    [drawRow(head), drawRow(head.map(() => "---")), ...lines].join("\n"),
    [
      drawRow(["goal", "measured", "to reach", ""]),
      drawRow(["---", "---", "---", "---"]),
      ...goals.map((goal) => drawRow(judge(goal, results))),
    ].join("\n"),
    ...(notes.length === 0 ? [] : [notes.join("\n")]),
  ].join("\n\n");
}

function drawRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function judge({ what, side, over, most }: Goal, results: readonly Result[]): readonly string[] {
  const find = (label: string): Result | undefined => results.find((result) => result.side.label === label);
  const measured = medianOf(find(side), what) / (over === undefined ? 1 : medianOf(find(over), what));
  const unit = over === undefined ? (what === "memory" ? " MB" : "") : "x";
  const verdict = Number.isNaN(measured) ? "not measured" : measured <= most ? "reached" : "**missed**";
  const name = over === undefined ? `${what} of ${side}` : `${what}, ${side} over ${over}`;
  return [name, Number.isNaN(measured) ? "" : `${show(measured, 2)}${unit}`, `${most}${unit}`, verdict];
}

function medianOf(result: Result | undefined, what: string): number {
  return median(result?.rounds.map((numbers) => numbers[what] ?? Number.NaN) ?? []);
}

function show(value: number, digits: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(digits);
}

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "5" }, small: { type: "boolean", default: false } },
});
const only = values.only?.split(",").map(Number);
const rows = createRows(values.small ? 0.1 : 1).filter(({ number }) => only?.includes(number) ?? true);
if (rows.length === 0) throw new Error(`No row has the number ${values.only}.`);
const header = `# Processes\n\nWritten by \`npm run bench:processes\` on ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.version}. Clients and servers share the\nmachine: only ratios within a table mean something. Sides take turns, after one round that does not count.`;
console.log(HAS_MEMORY ? header : `${header} Without GNU time no memory is told.`);
const fleet = await startOpenHosts(Math.max(...rows.map(({ hosts }) => hosts)));
const parts = [header];
try {
  for (const one of rows) {
    parts.push(
      await playRow(one, fleet, Number(values.rounds)).catch(
        (error: unknown) => `## ${one.title}\n\nNot measured: ${String(error)}`,
      ),
    );
    console.log(`\n${parts.at(-1)}`);
  }
} finally {
  await fleet.stop();
}
if (only === undefined && !values.small) writeResults("Processes", parts.join("\n\n"));
