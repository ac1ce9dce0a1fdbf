/** Deploys in a row: each in a process of its own, or all in one process that lives long. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readDeployPath, revisionOf } from "../../src/rehearse/deploy-path.ts";
import type { Standing } from "./cost.ts";
import { findLeft, type Left } from "./left.ts";
import { countDescriptors, type Site } from "./site.ts";

/** One deploy of a series, and what there was behind it. */
export interface SeriesRun {
  readonly run: number;
  /** Milliseconds. */
  readonly wall: number;
  /** Bytes, of the client: the most there was, or what was left after a collection in a process that lives on. */
  readonly memory: number;
  /** Open ones of the client's process, where it lives on; of the first server otherwise. */
  readonly descriptors: number;
  /** Bytes, on the first host. */
  readonly journal: number;
  /** Files of the mirror on the first host. */
  readonly mirrorFiles: number;
  /** What is wrong, in words. */
  readonly faults: readonly string[];
  readonly left: readonly Left[];
}

const DEPLOY = "--reporter quiet -R all deploy";

/** Releases that the deployfile of the site keeps. */
const KEPT = 3;

export interface SeriesOptions {
  readonly deploys: number;
  /** Milliseconds after which no other is started. @default none */
  readonly time?: number;
  readonly report?: (run: SeriesRun) => void;
}

export async function playSeries(site: Site, { deploys, time = Infinity, report }: SeriesOptions): Promise<readonly SeriesRun[]> {
  const runs: SeriesRun[] = [];
  const end = performance.now() + time;
  for (let run = 1; run <= deploys && performance.now() < end; run++) {
    const sha = site.repo.commit({ "index.txt": `${run}\n` }, `run ${run}`);
    const { exitCode, said, wall, cost } = await site.start(DEPLOY).ended;
    const faults = [...(exitCode === 0 ? [] : [`exit code ${exitCode}:\n${said}`]), ...judgeHosts(site, sha, run)];
    const left = await findLeft(site);
    const descriptors = countDescriptors(site.hosts[0]?.server ?? 0);
    const done = { run, wall, memory: cost?.peakRss ?? 0, descriptors, ...growth(site), faults, left };
    runs.push(done);
    report?.(done);
  }
  return runs;
}

/** When the code of a process is loaded: from this run on it opens nothing more than it closes. */
const LOADED = 3;

/** When what is kept for good is kept: code that is compiled once more when it is hot, and the caches of node. */
const SETTLED = 30;

/** Bytes of the heap that a run may add, over a long series. One that leaves a connection or a deployfile adds more. */
const GROWTH = 8_000;

export async function playLongLived(
  site: Site,
  { deploys, time = Infinity, report }: SeriesOptions,
): Promise<readonly SeriesRun[]> {
  const client = site.startLongLived(deploys, time, DEPLOY);
  const { exitCode, said } = await client.ended;
  const standings = said.split("\n").flatMap((line) => (line.startsWith('{"run":') ? [JSON.parse(line) as Standing] : []));
  const last = standings.at(-1);
  if (exitCode !== 0 || last === undefined)
    throw new Error(`The process that lives on ended with exit code ${exitCode}:\n${said}`);
  const left = await findLeft(site);
  const { journal, mirrorFiles } = growth(site);
  return standings.map((standing) => {
    const faults = [
      ...(standing.exitCode === 0 ? [] : [`exit code ${standing.exitCode}:\n${said}`]),
      ...changesSince(standings[LOADED - 1], standing),
      ...(standing === last ? heapFaults(standings) : []),
    ];
    const { run, wall, heap: memory, descriptors } = standing;
    const done = { run, wall, memory, descriptors, journal, mirrorFiles, faults, left: standing === last ? left : [] };
    report?.(done);
    return done;
  });
}

/** Where a heap is at its lowest says what is kept; between these it moves as it likes. */
function heapFaults(standings: readonly Standing[]): readonly string[] {
  const settled = standings.slice(SETTLED);
  if (settled.length < SETTLED) return [];
  const half = Math.floor(settled.length / 2);
  const least = (some: readonly Standing[]): number => Math.min(...some.map(({ heap }) => heap));
  const each = (least(settled.slice(half)) - least(settled.slice(0, half))) / half;
  return each > GROWTH ? [`the heap grows by ${Math.round(each)} bytes a deploy`] : [];
}

function changesSince(loaded: Standing | undefined, now: Standing): readonly string[] {
  if (loaded === undefined || now.run <= loaded.run) return [];
  const of = ({ resources }: Standing): string => [...resources].sort().join(", ");
  return [
    ...(now.descriptors > loaded.descriptors
      ? [`${now.descriptors} open descriptors, and there were ${loaded.descriptors}`]
      : []),
    ...(now.listeners > loaded.listeners
      ? [`${now.listeners} listeners of the process, and there were ${loaded.listeners}`]
      : []),
    ...(of(now) === of(loaded) ? [] : [`open: ${of(now)}; and it was ${of(loaded)}`]),
  ];
}

/** All hosts are on the commit, and have as many releases as are kept. */
function judgeHosts({ hosts }: Site, sha: string, run: number): readonly string[] {
  const states = hosts.map(({ deployPath }) => readDeployPath(deployPath));
  const ids = new Set(states.map(({ current }) => (current.kind === "release" ? current.id : current.kind)));
  return [
    ...(ids.size === 1 ? [] : [`hosts are on ${[...ids].join(", ")}`]),
    ...hosts.flatMap(({ name, deployPath }, index) => {
      const { current, releases = [] } = states[index] ?? {};
      const revision = current?.kind === "release" ? revisionOf(deployPath, current.id) : undefined;
      const wanted = Math.min(run, KEPT);
      return [
        ...(revision === sha ? [] : [`${name} is on commit ${revision}, not on ${sha}`]),
        ...(releases.length <= KEPT && releases.length >= wanted ? [] : [`${name} has ${releases.length} releases`]),
      ];
    }),
  ];
}

function growth({ hosts: [host] }: Site): Pick<SeriesRun, "journal" | "mirrorFiles"> {
  const path = host?.deployPath ?? "";
  const journal = join(path, ".fake", "journal");
  return {
    journal: existsSync(journal) ? statSync(journal).size : 0,
    mirrorFiles: readdirSync(join(path, "repo"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .length,
  };
}
