import { type Problem, ProblemsError, script, sh } from "../../index.ts";
import { ELSEWHERE, NO_LINK } from "./adopted.ts";
import { appendEntry, type JournalStatus, type NewEntry } from "./journal.ts";
import { holdLock } from "./lock.ts";
import { oneLine } from "./log-revision.ts";
import type { DeployPaths } from "./paths.ts";
import { credibleTime, findReleaseTime, formatReleaseId, isReleaseId } from "./release-id.ts";
import { type HostState, isMoved } from "./state.ts";
import { type FoundRelease, type Survey, timeInName } from "./survey.ts";

export interface AdoptingHost {
  readonly host: string;
  readonly paths: DeployPaths;
  readonly state: HostState;
  readonly survey: Survey;
  /** What keeps it from being written to. */
  readonly problems: readonly Problem[];
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

/**
 * What is to be written on each host: the same id for the same release on all of them, in the order in which they were made. Where all is
 * written already, that is nothing.
 * @throws ProblemsError with what keeps any host from being adopted
 */
export function planAdoption(hosts: readonly AdoptingHost[], now: number): readonly Adoption[] {
  const problems = hosts.flatMap((host) => findObstacles(host));
  if (problems.length > 0) throw new ProblemsError("NOT_ADOPTED", problems);
  const ids = assignIds(hosts, now);
  return hosts.map((host, at) => adopt(host, ids[at] ?? new Map(), now));
}

function findObstacles({ host, paths, state, survey, problems }: AdoptingHost): readonly Problem[] {
  const { current } = state;
  const problem = (message: string, hint?: string): Problem => ({ message: `${host}: ${message}`, hint });
  const before = [
    ...problems.map(({ message, hint }) => problem(message, hint)),
    ...survey.busy.map((file) =>
      problem(
        `${survey.maker} is deploying, or has left its lock: ${oneLine(file)}.`,
        `Wait until it has ended, or free the lock with ${survey.maker}.`,
      ),
    ),
  ];
  if (current.kind === "missing")
    return [...before, problem("Nothing is live: there is nothing to adopt.", "Deploy: fake deploy.")];
  if (current.kind !== "link") {
    const what = current.kind === "other" ? "file" : current.kind;
    return [...before, problem(`${paths.current} is a ${what}, and no link to a release.`, NO_LINK)];
  }
  const points = `${paths.current} points to ${current.target}, which`;
  if (current.dangling) return [...before, problem(`${points} does not exist.`, "Deploy: fake deploy.")];
  if (current.id === undefined && survey.live === undefined)
    return [...before, problem(`${points} is not one of the releases in ${paths.releases}.`, ELSEWHERE)];
  const live = survey.found.find(({ name }) => name === survey.live);
  if (live?.state === "unfinished")
    return [...before, problem(`${points} is live, and not finished.`, `Deploy with ${survey.maker} first.`)];
  return before;
}

/**
 * By host: the id of each release that is adopted, by its name. From the newest back, so that no order is turned round. A release that an
 * earlier adoption has given an id keeps it; where that is a date that cannot be meant, it counts on its host alone.
 */
function assignIds(hosts: readonly AdoptingHost[], now: number): readonly Map<string, string>[] {
  const fixed = hosts.map(
    ({ state }) => new Map(state.releases.flatMap(({ id, adopted }) => (adopted === undefined ? [] : [[adopted, id]]))),
  );
  const own = hosts.map(({ state }) => new Set([...state.taken, ...state.releases.map(({ id }) => id)]));
  const taken = new Set(own.flatMap((ids) => [...ids]));
  const queues = hosts.map(({ survey }) =>
    inOrder(survey.found.filter(({ name, state }) => state !== "unfinished" && !isReleaseId(name))),
  );
  const ids = hosts.map(() => new Map<string, string>());
  const moment = (id: string): number | undefined => credibleTime(findReleaseTime(id), now);
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
    const wanted = credibleTime(timeInName(next.name), now) ?? Math.min(...group.map(({ time }) => time), below - 1000);
    const isFree = (id: string): boolean => group.every(({ at, name }) => fixed[at]?.get(name) === id || !own[at]?.has(id));
    const known = group
      .flatMap(({ at, name }) => fixed[at]?.get(name) ?? [])
      .find((id) => moment(id) !== undefined && isFree(id));
    const id = known ?? freeId(wanted, taken);
    taken.add(id);
    below = Math.min(below, moment(id) ?? below);
    for (const { at, name } of group) {
      ids[at]?.set(name, fixed[at]?.get(name) ?? id);
      queues[at]?.pop();
    }
  }
}

function freeId(time: number, taken: ReadonlySet<string>): string {
  let free = time;
  while (taken.has(formatReleaseId(free))) free -= 1000;
  return formatReleaseId(free);
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
  let newest = Number.POSITIVE_INFINITY;
  // What is older cannot have been made later.
  const dated = placed.toReversed().map((release) => {
    newest = Math.min(newest, release.time);
    return { ...release, time: newest };
  });
  return dated.reverse();
}

function adopt({ host, state, survey }: AdoptingHost, ids: ReadonlyMap<string, string>, now: number): Adoption {
  const known = new Map(state.releases.map((release) => [release.id, release]));
  const linked = new Set(state.releases.map(({ adopted }) => adopted));
  const links = [...ids].flatMap(([name, id]) => (linked.has(name) ? [] : [{ id, name }]));
  const live = state.current.id ?? ids.get(survey.live ?? "") ?? "";
  // What only a journal of ours vouches for is no record of the other tool.
  const hasRecords = state.releases.some(({ logged, entry }) => logged !== undefined && entry === undefined);
  const found = survey.found.flatMap((release) => {
    const id = ids.get(release.name) ?? (hasRecords || !known.has(release.name) ? undefined : release.name);
    return id === undefined || release.state === "unfinished" ? [] : [{ ...release, id }];
  });
  const statusOf = (id: string, said: FoundRelease["state"]): JournalStatus | undefined => {
    if (id === live) return "live";
    return said === "bad" ? "bad" : said === "good" && id < live ? "live" : undefined;
  };
  const untold = found.filter(({ id }) => {
    const release = known.get(id);
    return release?.entry === undefined || isMoved(release);
  });
  const entries = untold
    .flatMap(({ id, state: said, revision, branch, user }) => {
      const status = statusOf(id, said);
      return status === undefined ? [] : [{ id, status, sha: revision, branch, user }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const unknown = untold.filter(({ id, state: said }) => statusOf(id, said) === undefined);
  return {
    host,
    live,
    links: links.sort((a, b) => (a.id < b.id ? -1 : 1)),
    entries,
    left: [
      ...warnOfCleanup(survey.maker, ids.size),
      ...tell(
        unknown.filter(({ id }) => id > live),
        "newer than what is live, and no record says why: only rollback --to ID goes there",
      ),
      ...tell(
        unknown.filter(({ id }) => id < live),
        "no record says whether that was ever live: only rollback --to ID goes there",
      ),
      ...tell(
        survey.found.filter((each) => each.state === "unfinished"),
        "not finished: left alone",
      ),
      ...tell(
        survey.others.map((name) => ({ name })),
        "nothing says that this is a release: left alone",
      ),
      ...tell(
        [...survey.misdated, ...misdatedLinks(state, now)].map((name) => ({ name })),
        "a date that cannot be meant, long ago or in the future: not taken for the time of the release",
      ),
    ],
  };
}

/** Cleanups that count all there is in `releases`, ids too, which come before what the tool counts itself, or are newer. */
function warnOfCleanup(maker: string, adopted: number): readonly string[] {
  if (adopted === 0 || (maker !== "Mina" && maker !== "Ansistrano")) return [];
  return [`deploy with ${maker} no more: its cleanup counts all names in releases, and would remove what is live`];
}

/** Ids that an earlier adoption has given, and that say no time. */
function misdatedLinks({ releases }: HostState, now: number): readonly string[] {
  return releases.flatMap(({ id, adopted }) =>
    adopted === undefined || credibleTime(findReleaseTime(id), now) !== undefined ? [] : [`${id} -> ${adopted}`],
  );
}

/** Names in one line before the rest is counted. */
const MOST = 10;

function tell(named: readonly { readonly name: string }[], what: string): readonly string[] {
  if (named.length === 0) return [];
  const more = named.length > MOST ? [`and ${named.length - MOST} more`] : [];
  return [`${[...named.slice(0, MOST).map(({ name }) => oneLine(name)), ...more].join(", ")}: ${what}`];
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
