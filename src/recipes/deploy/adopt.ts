import { type Problem, ProblemsError, script, sh } from "../../index.ts";
import { ELSEWHERE } from "./adopted.ts";
import { appendEntry, type JournalStatus, type NewEntry } from "./journal.ts";
import { holdLock } from "./lock.ts";
import type { DeployPaths } from "./paths.ts";
import { findReleaseTime, formatReleaseId } from "./release-id.ts";
import { isRevisionId } from "./revision.ts";
import type { HostState } from "./state.ts";
import { readTagged } from "./tagged-lines.ts";

/** A release that another tool has made under a name of its own. */
interface FoundRelease {
  /** Of its directory, as seen from `releases`. */
  readonly name: string;
  /** When it was made, milliseconds since 1970, as far as anybody wrote down. */
  readonly time: number;
  readonly state: "good" | "bad" | "unfinished";
  /** Empty where nobody knows. */
  readonly revision: string;
  readonly branch: string;
  readonly user: string;
}

/** What `surveyTree` has found on a host. */
export interface ForeignTree {
  /** The tool, for people. */
  readonly maker: string;
  /** Locks of that tool. */
  readonly busy: readonly string[];
  readonly found: readonly FoundRelease[];
  /** Name of what is live, when it is one of them. */
  readonly live: string | undefined;
}

export interface AdoptingHost {
  readonly host: string;
  readonly paths: DeployPaths;
  readonly state: HostState;
  readonly tree: ForeignTree;
}

/** What is written on a host, and nothing else is. */
export interface Adoption {
  readonly host: string;
  /** Id that what is live has then. */
  readonly live: string;
  /** Links `releases/ID -> NAME`, oldest first. */
  readonly links: readonly { readonly id: string; readonly name: string }[];
  /** For the journal, oldest first. */
  readonly entries: readonly Omit<NewEntry, "run">[];
  /** What is left alone, and why; what is not to be done any more. */
  readonly left: readonly string[];
}

export function parseSurvey(output: string, now: number): ForeignTree {
  const all = readTagged(output);
  const logged = new Map(all("dep").flatMap(parseDeployerLine));
  const found = all("found").map((line): FoundRelease => {
    const [made = "", revision = "", state = "", ...rest] = line.split(" ");
    const name = rest.join(" ");
    const { time, user = "", branch = "" } = logged.get(name) ?? {};
    const known = isRevisionId(revision) && revision !== name && findReleaseTime(revision) === undefined;
    return {
      name,
      time: Math.min(time ?? timeInName(name) ?? findReleaseTime(made) ?? now, now),
      state: state === "bad" || state === "unfinished" ? state : "good",
      revision: known ? revision : "",
      branch,
      user,
    };
  });
  return { maker: all("maker")[0] ?? "another tool", busy: all("busy"), found, live: all("live")[0] };
}

/** A line of `.dep/releases_log`, which has one for each release that was begun. */
function parseDeployerLine(
  line: string,
): readonly (readonly [name: string, said: { readonly time?: number; readonly user: string; readonly branch: string }])[] {
  try {
    const { release_name: name, created_at: created, user, target } = JSON.parse(line);
    // Written without the colon that ISO 8601 has in extended form.
    const time = Date.parse(String(created).replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    const branch = text(target) === "HEAD" ? "" : text(target);
    return [[String(name), { ...(Number.isNaN(time) ? {} : { time }), user: text(user), branch }]];
  } catch {
    return [];
  }
}

/** Of names that begin with the time, as Ansistrano gives them: `20240102120000Z`. */
function timeInName(name: string): number | undefined {
  return /^\d{14}(?!\d)/.test(name) ? findReleaseTime(name.slice(0, 14)) : undefined;
}

/**
 * What is to be written on each host: the same id for the same release on all of them, in the order in which they were made. Where all is
 * written already, that is nothing.
 * @throws ProblemsError with what keeps any host from being adopted
 */
export function planAdoption(hosts: readonly AdoptingHost[], now: number): readonly Adoption[] {
  const problems = hosts.flatMap((host) => findObstacles(host));
  if (problems.length > 0) throw new ProblemsError("NOT_ADOPTED", problems);
  const ids = assignIds(hosts, now);
  return hosts.map((host, at) => adopt(host, ids[at] ?? new Map()));
}

function findObstacles({ host, paths, state, tree }: AdoptingHost): readonly Problem[] {
  const { current } = state;
  const problem = (message: string, hint: string): Problem => ({ message: `${host}: ${message}`, hint });
  const busy = tree.busy.map((file) =>
    problem(
      `${tree.maker} is deploying, or has left its lock: ${file}.`,
      `Wait until it has ended, or free the lock with ${tree.maker}.`,
    ),
  );
  const is = (what: string): string => `${paths.current} is ${what}, and no link to a release.`;
  if (current.kind === "missing")
    return [...busy, problem("Nothing is live: there is nothing to adopt.", "Deploy: fake deploy.")];
  if (current.kind !== "link") return [...busy, problem(is(`a ${current.kind === "other" ? "file" : current.kind}`), ELSEWHERE)];
  const points = `${paths.current} points to ${current.target}, which`;
  if (current.dangling) return [...busy, problem(`${points} does not exist.`, "Deploy: fake deploy.")];
  if (current.id === undefined && tree.live === undefined)
    return [...busy, problem(`${points} is not one of the releases in ${paths.releases}.`, ELSEWHERE)];
  const live = tree.found.find(({ name }) => name === tree.live);
  if (live?.state === "unfinished")
    return [...busy, problem(`${points} is live, and not finished.`, `Deploy with ${tree.maker} first.`)];
  return busy;
}

/** By host: the id of each release that is adopted, by its name. From the newest back, so that no order is turned round. */
function assignIds(hosts: readonly AdoptingHost[], now: number): readonly Map<string, string>[] {
  const fixed = hosts.map(
    ({ state }) => new Map(state.releases.flatMap(({ id, adopted }) => (adopted === undefined ? [] : [[adopted, id]]))),
  );
  const taken = new Set(hosts.flatMap(({ state }) => [...state.taken, ...state.releases.map(({ id }) => id)]));
  const queues = hosts.map(({ tree }) => inOrder(tree.found.filter(({ state }) => state !== "unfinished")));
  const ids = hosts.map(() => new Map<string, string>());
  let below = now + 1000;
  for (;;) {
    const heads = queues.map((queue) => queue.at(-1));
    const next = heads.reduce(
      (newest, head) => (head !== undefined && head.time > (newest?.time ?? -1) ? head : newest),
      undefined,
    );
    if (next === undefined) return ids;
    const group = heads.flatMap((head, at) =>
      head !== undefined && isSame(head, next) ? [{ at, name: head.name, time: head.time }] : [],
    );
    const known = group.flatMap(({ at, name }) => fixed[at]?.get(name) ?? [])[0];
    const wanted = timeInName(next.name) ?? Math.min(...group.map(({ time }) => time), below - 1000);
    const id = known ?? freeId(wanted, taken);
    taken.add(id);
    below = Math.min(below, findReleaseTime(id) ?? below);
    for (const { at, name } of group) {
      ids[at]?.set(name, fixed[at]?.get(name) ?? id);
      queues[at]?.pop();
    }
  }
}

function freeId(time: number, taken: ReadonlySet<string>): string {
  const id = formatReleaseId(time);
  return taken.has(id) ? freeId(time - 1000, taken) : id;
}

/** Of two hosts: by the commit, where both know it, since a host that came late counts from 1; else by the name. */
function isSame(a: FoundRelease, b: FoundRelease): boolean {
  if (timeInName(a.name) !== timeInName(b.name)) return false;
  return a.revision === "" || b.revision === "" ? a.name === b.name : a.revision === b.revision;
}

/** Oldest first: numbers as they count, whatever has changed their times since; everything else by time. */
function inOrder(found: readonly FoundRelease[]): FoundRelease[] {
  const isNumber = ({ name }: FoundRelease): boolean => /^\d{1,13}$/.test(name);
  const numbers = found.filter(isNumber).sort((a, b) => Number(a.name) - Number(b.name));
  const sorted = [...found].sort((a, b) => a.time - b.time || (a.name < b.name ? -1 : 1));
  let next = 0;
  const placed = sorted.map((release) => (isNumber(release) ? (numbers[next++] ?? release) : release));
  // What is older cannot have been made later.
  return placed.map((release, at) => ({ ...release, time: Math.min(...placed.slice(at).map(({ time }) => time)) }));
}

function adopt({ host, state, tree }: AdoptingHost, ids: ReadonlyMap<string, string>): Adoption {
  const links = [...ids].flatMap(([name, id]) => (state.releases.some(({ adopted }) => adopted === name) ? [] : [{ id, name }]));
  const live = state.current.id ?? ids.get(tree.live ?? "") ?? "";
  // What only a journal of ours vouches for is no record of the other tool.
  const hasRecords = state.releases.some(({ logged, entry }) => logged !== undefined && entry === undefined);
  const own = state.releases.flatMap(({ id, adopted, present, revision, branch, user }) =>
    adopted !== undefined || !present || hasRecords ? [] : [{ id, state: "good" as const, revision, branch, user }],
  );
  const found = tree.found.flatMap((release) => (ids.has(release.name) ? [{ ...release, id: ids.get(release.name) ?? "" }] : []));
  const statusOf = (id: string, isBad: boolean): JournalStatus | undefined => {
    if (id === live) return "live";
    return isBad ? "bad" : id < live ? "live" : undefined;
  };
  const entries = [...own, ...found]
    .filter(({ id }) => state.releases.find((release) => release.id === id)?.entry === undefined)
    .flatMap(({ id, state: said, revision, branch, user }) => {
      const status = statusOf(id, said === "bad");
      return status === undefined ? [] : [{ id, status, sha: revision, branch, user }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  // It sorts what is in releases by number and keeps the first ones: ids come before all that it counts itself.
  const spoils = tree.maker === "Mina" && ids.size > 0;
  const left = [
    ...(spoils ? ["deploy with Mina no more: its cleanup counts all names in releases, and would remove what is live"] : []),
    ...tree.found.flatMap(({ name, state: said }) =>
      said === "unfinished" ? [`${name} is not finished: it is left alone`] : [],
    ),
    ...found.flatMap(({ id, name, state: said }) =>
      said === "good" && id > live ? [`${name} is newer than what is live, and no record says why it was left`] : [],
    ),
  ];
  return { host, live, links: links.sort((a, b) => (a.id < b.id ? -1 : 1)), entries, left };
}

/** Writes links and journal. What is there already stays; `current` must say what it said when it was looked at, and is not touched. */
export function writeAdoption(paths: DeployPaths, run: string, { links, entries }: Adoption, from: string): string {
  const made = links.map(({ id, name }) => sh`adopt ${id} ${name} || exit 1`.trim());
  const told = entries.map((entry) => appendEntry(paths, { ...entry, run }).script);
  return sh`
    ${holdLock(paths, run)}
    mkdir -p ${paths.releases} && cd ${paths.releases} || exit 1
    if [ "$(readlink ${paths.current})" != ${from} ]; then
      printf '%s\n' ${`${paths.current} has changed since it was looked at: somebody else has published.`} >&2
      exit 1
    fi
    adopt() {
      [ "$(readlink "./$1")" != "$2" ] || return 0
      if [ ! -d "./$2" ] || [ -L "./$2" ]; then printf '%s is gone.\n' ${`${paths.releases}/`}"$2" >&2; return 1; fi
      if [ -e "./$1" ] || [ -L "./$1" ]; then printf '%s is there already.\n' ${`${paths.releases}/`}"$1" >&2; return 1; fi
      ln -s -- "$2" "./$1"
    }
    ${script(...made)}
    ${script(...told)}
  `;
}
