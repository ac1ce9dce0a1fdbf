/** What is left of runs that have ended, on the client and on the hosts: there should be nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { countDescriptors, type Site, type SiteHost } from "./site.ts";

export const LEFT_KINDS = ["process", "connection", "descriptor", "lock", "file"] as const;

/** Something that is there and should not be. */
export interface Left {
  readonly kind: (typeof LEFT_KINDS)[number];
  /** What it is, and where. */
  readonly text: string;
}

/** What a host keeps of its own accord; the lock is no file of these, it is looked for by itself. */
const KEPT: ReadonlySet<string> = new Set(["journal", "lock"]);

/**
 * Everything that is there and should not be; looks again until nothing is, or the time is over.
 * @param lost hosts that nobody can reach now: what is there cannot be known to be left
 * @param grace milliseconds
 */
export async function findLeft(site: Site, lost: readonly string[] = [], grace = 20_000): Promise<readonly Left[]> {
  const end = performance.now() + grace;
  const hosts = site.hosts.filter(({ name }) => !lost.includes(name));
  for (;;) {
    const left = [
      ...toLeft("process", findProcesses(hosts, site.home)),
      ...toLeft("connection", findConnections(hosts)),
      ...toLeft("descriptor", findDescriptors(hosts)),
      ...toLeft("lock", findLocks(hosts)),
      ...toLeft("file", findFiles(site.temporary, hosts)),
    ];
    if (left.length === 0 || performance.now() >= end) return left;
    await delay(50);
  }
}

function toLeft(kind: Left["kind"], texts: readonly string[]): readonly Left[] {
  return texts.map((text) => ({ kind, text }));
}

/** More or fewer open descriptors of servers than before the first run. */
function findDescriptors(hosts: readonly SiteHost[]): readonly string[] {
  return hosts
    .map(({ name, server, descriptors }) => ({ name, descriptors, now: countDescriptors(server) }))
    .filter(({ descriptors, now }) => now !== descriptors)
    .map(({ name, descriptors, now }) => `the server of ${name} has ${now} open descriptors, and had ${descriptors}`);
}

/** Children of the servers, and what has the home of a host or the one of the client in its environment. */
function findProcesses(hosts: readonly SiteHost[], client: string): readonly string[] {
  const homes = new Set([client, ...hosts.map(({ home }) => home)].map((home) => `HOME=${home}`));
  const servers = new Set(hosts.map(({ server }) => server));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [, state, parent] = /\) (\S) (\d+) /.exec(read(`/proc/${pid}/stat`)) ?? [];
      if (state === undefined) return [];
      const isSession = servers.has(Number(parent));
      if (
        !isSession &&
        !read(`/proc/${pid}/environ`)
          .split("\0")
          .some((variable) => homes.has(variable))
      )
        return [];
      return [`process ${pid} (${state}): ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim().slice(0, 200)}`];
    });
}

/** Established connections to the servers. */
function findConnections(hosts: readonly SiteHost[]): readonly string[] {
  const ports = new Map(hosts.map(({ name, port }) => [port, name]));
  return read("/proc/net/tcp")
    .split("\n")
    .flatMap((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const name = ports.get(Number.parseInt(local.split(":")[1] ?? "", 16));
      return state === "01" && name !== undefined ? [`a connection of ${name} is open`] : [];
    });
}

function findLocks(hosts: readonly SiteHost[]): readonly string[] {
  return hosts.flatMap(({ name, deployPath }) => (existsSync(join(deployPath, ".fake", "lock")) ? [`${name} is locked`] : []));
}

function findFiles(temporary: string, hosts: readonly SiteHost[]): readonly string[] {
  const onClient = readdirSync(temporary).map((name) => `${name} is left in the client's temporary folder`);
  return [...onClient, ...hosts.flatMap(findOnHost)];
}

function findOnHost({ name, deployPath, temporary }: SiteHost): readonly string[] {
  const own = list(join(deployPath, ".fake")).filter((entry) => !KEPT.has(entry));
  const strange = list(deployPath).filter((entry) => !EXPECTED.has(entry));
  const drafts = list(join(deployPath, "releases")).filter((entry) => !/^\d{14}$/.test(entry));
  return [
    ...own.map((entry) => `.fake/${entry} is left on ${name}`),
    ...strange.map((entry) => `${entry} is left in the deploy path of ${name}`),
    ...drafts.map((entry) => `releases/${entry} is left on ${name}`),
    ...list(temporary).map((entry) => `${entry} is left in the temporary folder of ${name}`),
  ];
}

const EXPECTED: ReadonlySet<string> = new Set([".fake", "current", "releases", "repo", "revisions.log", "shared"]);

function list(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
