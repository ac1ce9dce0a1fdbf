/** One deploy to many hosts, one of them far away: with all of them, with two that die in the middle, with two that are dead. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DeployPathState, readDeployPath, revisionOf } from "../../src/rehearse/deploy-path.ts";
import { findUntold } from "../../src/rehearse/told-standing.ts";
import { findLeft, type Left } from "./left.ts";
import type { Site, SiteHost } from "./site.ts";
import type { Ended } from "./start-client.ts";

/** One of the runs. */
export interface FleetRun extends Ended {
  readonly name: string;
  /** Hosts on another release than before the run, and on the same. */
  readonly moved: number;
  readonly stayed: number;
  /** What is wrong, in words. */
  readonly faults: readonly string[];
  readonly left: readonly Left[];
}

/** Most that the heap of the client holds after a run, without what it cannot do without. Bytes for each host. */
const KEPT_BY_HOST = 20_000;

/** Bytes of the heap that a run to no host at all would keep, and as much again. */
const KEPT_ALWAYS = 24_000_000;

/** Most logins at once: fifty, and those that are through and whose first shell is being opened, on a slow machine as many again. */
const LOGINS = 100;

interface Seen extends DeployPathState {
  readonly journal: string;
}

const DEPLOY = "--reporter plain -R all deploy";

export async function playFleet(site: Site, report: (run: FleetRun) => void = () => undefined): Promise<readonly FleetRun[]> {
  const runs: FleetRun[] = [];
  const play = async (
    name: string,
    run: () => Promise<Ended>,
    judge: (seen: Judged) => readonly string[],
    lost: readonly string[] = [],
  ) => {
    const before = see(site);
    const ended = await run();
    const left = await findLeft(site, lost);
    const judged = { site, before, after: see(site), ended };
    const moved = findMoved(judged).length;
    const faults = [...judge(judged), ...findUntoldHosts(judged), ...judgeCost(ended, site.hosts.length)];
    const result = { ...ended, name, moved, stayed: site.hosts.length - moved, faults, left };
    runs.push(result);
    report(result);
  };
  const deploy = (): Promise<Ended> => site.start(DEPLOY).ended;
  const commit = (version: string): void => void site.repo.commit({ "index.txt": `${version}\n` }, version);

  commit("v1");
  await play("first deploy", deploy, allOnOne);
  commit("v2");
  await play("two die in the middle", () => dieInTheMiddle(site), asBefore, site.losable);
  await site.silence();
  await play("two are dead", deploy, untouched, site.losable);
  await site.findAgain();
  await play("they are back", deploy, allOnOne);
  return runs;
}

async function dieInTheMiddle(site: Site): Promise<Ended> {
  const client = site.start(DEPLOY, { hold: true });
  await client.seen("held");
  await site.lose();
  await site.door.open();
  return await client.ended;
}

interface Judged {
  readonly site: Site;
  readonly before: ReadonlyMap<string, Seen>;
  readonly after: ReadonlyMap<string, Seen>;
  readonly ended: Ended;
}

const NOTHING: Seen = { current: { kind: "none" }, releases: [], locked: false, journal: "" };

function see({ hosts }: Site): ReadonlyMap<string, Seen> {
  return new Map(hosts.map(({ name, deployPath }) => [name, { ...readDeployPath(deployPath), journal: journalOf(deployPath) }]));
}

function journalOf(deployPath: string): string {
  try {
    return readFileSync(join(deployPath, ".fake", "journal"), "utf8");
  } catch {
    return "";
  }
}

/** All hosts are on one new release, which is the newest commit. */
function allOnOne({ site, before, after, ended }: Judged): readonly string[] {
  const [first = NOTHING] = after.values();
  const id = idOf(first);
  const sha = site.repo.sha();
  const wrong = (host: SiteHost): boolean =>
    idOf(after.get(host.name)) !== id || revisionOf(host.deployPath, id) !== sha || idOf(before.get(host.name)) === id;
  return [
    ...exited(ended, 0),
    ...site.hosts.filter(wrong).map(({ name }) => `${name} is on ${idOf(after.get(name))}, not on ${id}`),
  ];
}

/** Nobody switched, those that could be reached have nothing of the new release, and the lost ones are named. */
function asBefore(judged: Judged): readonly string[] {
  const { site, before, after, ended } = judged;
  const full = site.hosts
    .filter(({ name }) => !site.losable.includes(name))
    .filter(({ name }) => String(after.get(name)?.releases) !== String(before.get(name)?.releases));
  return [
    ...exited(ended, 1),
    ...findMoved(judged).map(({ name }) => `${name} has moved to ${idOf(after.get(name))}`),
    ...full.map(({ name }) => `a release is left on ${name}`),
    ...unnamed(site, ended),
  ];
}

function findMoved({ site, before, after }: Judged): readonly SiteHost[] {
  return site.hosts.filter(({ name }) => idOf(after.get(name)) !== idOf(before.get(name)));
}

/** A run that did not end well says of each host what is live there. */
function findUntoldHosts({ site, before, ended }: Judged): readonly string[] {
  if (ended.exitCode === 0) return [];
  return site.hosts.flatMap((host) => findUntold(ended.said, { ...host, before: before.get(host.name) ?? NOTHING }));
}

/** Nothing at all was written anywhere. */
function untouched(judged: Judged): readonly string[] {
  const { site, before, after } = judged;
  const written = site.hosts.filter(({ name }) => after.get(name)?.journal !== before.get(name)?.journal);
  return [...asBefore(judged), ...written.map(({ name }) => `something was written on ${name}`)];
}

function unnamed(site: Site, { said }: Ended): readonly string[] {
  return site.losable.filter((name) => !new RegExp(`\\b${name}\\b`).test(said)).map((name) => `${name} is not named`);
}

function exited({ exitCode, said }: Ended, wanted: number): readonly string[] {
  return exitCode === wanted ? [] : [`exit code ${exitCode}, not ${wanted}:\n${said.split("\n").slice(-40).join("\n")}`];
}

function judgeCost({ cost }: Ended, hosts: number): readonly string[] {
  if (cost === undefined) return ["the client has not told what the run cost"];
  const sockets = cost.left.filter((name) => /TCP|Process|Timeout/.test(name));
  return [
    ...(cost.atOnce > LOGINS ? [`${cost.atOnce} logins at once`] : []),
    ...(cost.kept > KEPT_ALWAYS + hosts * KEPT_BY_HOST ? [`the heap of the client keeps ${cost.kept} bytes`] : []),
    ...(sockets.length > 0 ? [`the client still waited for ${sockets.join(", ")}`] : []),
  ];
}

function idOf(seen: Seen | undefined): string {
  return seen?.current.kind === "release" ? seen.current.id : (seen?.current.kind ?? "nothing");
}
