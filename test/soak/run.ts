/**
 * Many hosts in one deploy, and many deploys in a row; writes docs/soak.md. Exit code 1 when an outcome is wrong or anything is left.
 *
 *   npm run test:soak                                  200 hosts, 500 deploys, 500 in one process: some 10 minutes
 *   npm run test:soak -- --hosts 50 --deploys 20       another size: writes .soak/soak.md
 *   npm run test:soak -- --minutes 5                   each series ends after that time
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, platform } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Report, writeDocument } from "./document.ts";
import { FLEET_COST, FLEET_OUTCOME, LONG_LIVED, SERIES, toParts, toRow } from "./figures.ts";
import { type FleetRun, playFleet } from "./fleet.ts";
import type { Left } from "./left.ts";
import { playLongLived, playSeries, type SeriesRun } from "./series.ts";
import { openSite, type Site, type SiteOptions } from "./site.ts";

const FULL = { hosts: 200, deploys: 500 };

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: String(FULL.hosts) },
    deploys: { type: "string", default: String(FULL.deploys) },
    minutes: { type: "string", default: "20" },
    delay: { type: "string", default: "100" },
  },
});
const [hosts, deploys, minutes, delay] = [values.hosts, values.deploys, values.minutes, values.delay].map(Number) as [
  number,
  number,
  number,
  number,
];
if (!(hosts >= 4 && deploys >= 1 && minutes > 0 && delay >= 0)) throw new Error("At least 4 hosts and 1 deploy.");
const paths = { project: process.cwd(), distribution: resolve("dist") };
let faults = 0;

// Servers go with the process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const runs = await within({ ...paths, hosts, delay, canLose: true }, (site) => playFleet(site, sayRun));
const { series, longLived } = await within({ ...paths, hosts: 2 }, playBoth);
const text = writeDocument(toReport());
const file = hosts === FULL.hosts && deploys === FULL.deploys ? "docs/soak.md" : ".soak/soak.md";
writeFileSync(file, text);
say(`${text}\n${file} is written, ${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;

async function within<Result>(options: SiteOptions, work: (site: Site) => Promise<Result>): Promise<Result> {
  const site = await openSite(options);
  try {
    return await work(site);
  } finally {
    await site.end();
  }
}

async function playBoth(site: Site): Promise<{ series: readonly SeriesRun[]; longLived: readonly SeriesRun[] }> {
  const options = { deploys, time: minutes * 60_000, report: sayDeploy };
  return { series: await playSeries(site, options), longLived: await playLongLived(site, options) };
}

function toReport(): Report {
  return {
    machine: `${platform()}, ${availableParallelism()} cores, node ${process.versions.node}`,
    hosts,
    delay,
    fleet: {
      outcome: runs.map((run) => toRow(FLEET_OUTCOME, run.name, run)),
      cost: runs.map((run) => toRow(FLEET_COST, run.name, run)),
    },
    deploys: series.length,
    series: toParts(series).map((part) => toRow(SERIES, part.name, part)),
    inOne: longLived.length,
    longLived: toParts(longLived).map((part) => toRow(LONG_LIVED, part.name, part)),
  };
}

function sayRun(run: FleetRun): void {
  say(`${run.name}: exit code ${run.exitCode}, ${run.moved} of ${hosts} hosts on the new release`);
  sayFaults(run);
}

function sayDeploy(run: SeriesRun): void {
  if (run.run % 25 === 0) say(`deploy ${run.run} of ${deploys}`);
  sayFaults(run);
}

function sayFaults(run: { readonly faults: readonly string[]; readonly left: readonly Left[] }): void {
  const all = [...run.faults, ...run.left.map(({ text }) => text)];
  faults += all.length;
  for (const fault of all) say(`!! ${fault}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
