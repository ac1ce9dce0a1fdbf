import { posix } from "node:path";
import { type Script, script, sh } from "../../index.ts";
import { ADOPTED, PM2_COMMIT, PM2_SOURCE, REAL } from "./adopted.ts";
import { countRollbacks, type JournalEntry, lastEntries, parseJournal, readHistory } from "./journal.ts";
import { type LoggedRelease, parseRevisionsLog } from "./log-revision.ts";
import type { DeployPaths } from "./paths.ts";
import { isReleaseId, RELEASE_GLOB, REMOVING } from "./release-id.ts";
import { isCommitId, isRevisionId } from "./revision.ts";
import { shareText } from "./shared-texts.ts";
import { readTagged } from "./tagged-lines.ts";

/**
 * What a host says of its releases, read in one command. Where sources disagree, the order of truth is: what `current`
 * points to, the directories, the journal, revisions.log. Any of them may be missing.
 */
export interface HostState {
  readonly current: CurrentLink;
  /** Directories named like releases, and recorded releases whose directory is gone; oldest first. */
  readonly releases: readonly ReleaseState[];
  /** Ids of `releases` by their last line in the journal; before those, by revisions.log, what has none there. */
  readonly history: readonly string[];
  /** All names in `releases` that look like an id, whatever they are: none of them is free. */
  readonly taken: readonly string[];
  /** Ids of releases whose removal has begun and not ended. */
  readonly removing: readonly string[];
  /** Entries of `releases` that are not releases: left alone. */
  readonly foreign: readonly string[];
  /** UTC by the host's clock, as an id. */
  readonly clock: string;
  /** What the strategy's probe said: its lines without their tag. */
  readonly source: readonly string[];
  /** Release that the last run which came to its end went to; empty where nobody asked. */
  readonly finished: string;
}

export interface CurrentLink {
  readonly kind: "missing" | "link" | "directory" | "other";
  /** What the link says. */
  readonly target: string;
  /** The release it points to, when that is one of ours. */
  readonly id: string | undefined;
  readonly dangling: boolean;
}

/** `unknown`: a directory that neither the journal nor revisions.log tells of. */
export type ReleaseStatus = JournalEntry["status"] | "unknown";

export interface ReleaseState {
  readonly id: string;
  /** Its directory, as seen from `releases`, where another tool has named it. */
  readonly adopted?: string | undefined;
  readonly status: ReleaseStatus;
  /** It is what `current` points to. */
  readonly current: boolean;
  /** Its directory exists. */
  readonly present: boolean;
  /** Id of what it is, by its REVISION file or else the journal or revisions.log; empty when nobody knows. */
  readonly revision: string;
  /** By the journal or else revisions.log; empty when nobody knows. */
  readonly branch: string;
  readonly user: string;
  /** The last journal entry. */
  readonly entry: JournalEntry | undefined;
  /** Its line in revisions.log. */
  readonly logged: LoggedRelease | undefined;
}

/** In the shell: the first line of `$2`, and a sign that there is more. */
const FIRST_LINE = script('"${2%%\n*}?"');

interface StateQuestion {
  /** The strategy's own question. */
  readonly probe?: Script | undefined;
  /** Only the releases that are there count, not what was there once. @default false */
  readonly present?: boolean | undefined;
}

/** Reads the state. Changes nothing. */
export function readState(paths: DeployPaths, { probe = script(), present = false }: StateQuestion = {}): string {
  return sh`
    # One line, whatever is in a name: what stands behind a newline would be read as an answer of its own.
    tell() {
      case $2 in *${"\n"}*) set -- "$1" ${FIRST_LINE} ;; esac
      printf '%s %s\n' "$1" "$2"
    }
    ${ADOPTED}
    ${REAL}
    _clock=$(date -u +%Y%m%d%H%M%S) _live= _ids=
    echo "clock $_clock"
    if [ -L ${paths.current} ]; then
      tell link "$(readlink ${paths.current})"
      [ -d ${paths.current}/ ] || echo "current dangling"
      real ${paths.current}
      _live=$_real
      tell parent "\${_live%/*}"
    elif [ -d ${paths.current} ]; then echo "current directory"
    elif [ -e ${paths.current} ]; then echo "current other"
    fi
    if cd -P ${paths.releases} 2>/dev/null; then
      tell releases "$PWD"
      for name in * .[!.]*; do
        [ -e "$name" ] || [ -L "$name" ] || continue
        case $name in
        ${script(RELEASE_GLOB)})
          revision=
          if adopted "$name"; then
            printf 'adopted %s %s\n' "$name" "$_to"
            [ "$_to" != ${PM2_SOURCE} ] || revision=$(${PM2_COMMIT})
            [ -z "$_live" ] || [ "$(cd -P "$name" 2>/dev/null && pwd -P)" != "$_live" ] || echo "live $name"
          elif [ -L "$name" ] || [ ! -d "$name" ]; then echo "taken $name"; continue
          fi
          [ -n "$revision" ] || [ ! -f "$name/REVISION" ] || read -r revision rest <"$name/REVISION"
          _ids="$_ids $name"
          printf 'release %s %s\n' "$name" "$revision" ;;
        ${script(REMOVING + RELEASE_GLOB)})
          if [ -L "$name" ] || [ ! -d "$name" ]; then echo "foreign $name"; else echo "removing \${name#${script(REMOVING)}}"; fi ;;
        *) printf 'foreign %s\n' "$(printf %s "$name" | tr '\n' '?')" ;;
        esac
      done
    fi
    ${readHistory(paths, present)}
    ${probe}
    :
  `;
}

/** The state as `readState` printed it. */
export function parseState(output: string, paths: DeployPaths): HostState {
  const all = readTagged(output);
  const texts = (tag: string): readonly string[] => all(tag).map(shareText);
  const adopted = new Map(all("adopted").map((line) => [line.slice(0, 14), shareText(line.slice(15))]));
  const current = parseCurrent(all, paths);
  const directories = all("release").map((line): [string, Directory] => {
    const [id = "", revision = ""] = line.split(" ").map(shareText);
    const name = adopted.get(id);
    // What other tools write there may be anything.
    const isKnown = name === undefined ? isRevisionId(revision) : isCommitId(revision);
    return [id, { adopted: name, revision: isKnown ? revision : "" }];
  });
  const present = new Map(directories);
  const taken = [...present.keys(), ...texts("taken")];
  const journal = parseJournal(all("journal").join("\n"));
  const entries = lastEntries(journal);
  const logged = parseRevisionsLog(all("log"));
  const releases = mergeReleases({ present, journal, entries, logged, current: current.id });
  const names = new Set(adopted.values());
  const unwritten = [...releases.map(({ id }) => id).filter((id) => !logged.has(id)), ...logged.keys()];
  return {
    current,
    releases,
    history: [...unwritten.filter((id) => !entries.has(id)), ...entries.keys()],
    taken,
    removing: texts("removing").filter(isReleaseId),
    foreign: [...texts("foreign").filter((name) => !names.has(name)), ...taken.filter((id) => !isReleaseId(id))],
    clock: texts("clock")[0] ?? "",
    source: texts("source"),
    finished: texts("finished")[0] ?? "",
  };
}

/** The release that `current` points to. */
export function findCurrent(state: HostState): ReleaseState | undefined {
  return state.releases.find((release) => release.current);
}

/** Published once, not known to be bad, and still there. */
export function isGood(release: Pick<ReleaseState, "present" | "status">): boolean {
  return release.present && release.status === "live";
}

/** The release that a host had before this one: the older one that was published last and is still good. */
export function findBefore({ releases, history }: HostState, id: string): ReleaseState | undefined {
  const good = new Map(releases.filter((release) => isGood(release) && release.id < id).map((release) => [release.id, release]));
  return good.get(history.findLast((before) => good.has(before)) ?? "");
}

function parseCurrent(all: (tag: string) => readonly string[], paths: DeployPaths): CurrentLink {
  const [target] = all("link").map(shareText);
  const [found] = all("current");
  if (target === undefined) {
    const kind = found === "directory" || found === "other" ? found : "missing";
    return { kind, target: "", id: undefined, dangling: false };
  }
  const name = shareText(posix.basename(target));
  const dangling = found === "dangling";
  const [live] = all("live").map(shareText);
  if (live !== undefined && isReleaseId(live)) return { kind: "link", target, id: live, dangling: false };
  const textual = [paths.releases, "releases", "./releases"].includes(posix.dirname(target));
  const real = !dangling && all("parent")[0] !== "" && all("parent")[0] === all("releases")[0];
  return { kind: "link", target, id: isReleaseId(name) && (textual || real) ? name : undefined, dangling };
}

/** What a host has under the id of a release. */
interface Directory {
  readonly adopted: string | undefined;
  readonly revision: string;
}

interface Records {
  /** By id. */
  readonly present: ReadonlyMap<string, Directory>;
  readonly journal: readonly JournalEntry[];
  readonly entries: ReadonlyMap<string, JournalEntry>;
  readonly logged: ReadonlyMap<string, LoggedRelease>;
  readonly current: string | undefined;
}

function mergeReleases({ present, journal, entries, logged, current }: Records): readonly ReleaseState[] {
  const ids = new Set([...[...present.keys()].filter(isReleaseId), ...entries.keys(), ...logged.keys()]);
  const order = new Map([...entries.keys()].map((id, at) => [id, at]));
  const placeOf = (id: string): number => order.get(id) ?? -1;
  const rollbacks = countRollbacks(journal);
  return [...ids].sort().map((id) => {
    const entry = entries.get(id);
    const record = logged.get(id);
    const { branch, user } = entry ?? record ?? { branch: "", user: "" };
    const directory = present.get(id);
    const isCurrent = id === current && directory !== undefined;
    const { leftFor = "", rollbacks: told = 0 } = record ?? {};
    // Of its own rollbacks the journal knows more than the log, which may lack a line: it names the target behind what was left.
    const isLeft =
      leftFor !== "" && (entry === undefined || (placeOf(leftFor) < placeOf(id) && told > (rollbacks.get(leftFor) ?? 0)));
    const moved = isMoved({ adopted: directory?.adopted, revision: directory?.revision ?? "", entry });
    const noted = entry?.status ?? (record === undefined ? "unknown" : "live");
    const recorded = isLeft && noted === "live" ? "bad" : moved ? "unknown" : noted;
    const status = isCurrent ? "live" : recorded;
    const revision = directory?.revision || entry?.sha || (record?.revision ?? "");
    const { adopted } = directory ?? {};
    return {
      id,
      ...(adopted === undefined ? {} : { adopted }),
      status,
      current: isCurrent,
      present: directory !== undefined,
      revision,
      branch,
      user,
      entry,
      logged: record,
    };
  });
}

/** pm2 has put another commit into its directory since that was adopted: what the journal says is of the one before. */
export function isMoved({ adopted, revision, entry }: Pick<ReleaseState, "adopted" | "revision" | "entry">): boolean {
  return adopted === PM2_SOURCE && entry !== undefined && revision !== "" && revision !== entry.sha;
}
