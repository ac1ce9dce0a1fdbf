import { toUSVString } from "node:util";
import { type Script, script, sh } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";
import { isReleaseId } from "./release-id.ts";
import { shareText } from "./shared-texts.ts";

/**
 * The journal: an append-only file on the host, one line for each thing that happened to a release.
 * `ID STATUS TIME SHA BRANCH USER RUN ;` - fields without blanks, percent-escaped; the semicolon shows that a line is whole.
 */

/**
 * `building`: its directory is being filled. `complete`: built, not published. `live`: was published.
 * `failed`: its deploy failed before it was published. `bad`: rolled back from.
 */
export type JournalStatus = "building" | "complete" | "live" | "failed" | "bad";

export interface JournalEntry {
  readonly id: string;
  readonly status: JournalStatus;
  /** ISO 8601, by the host's clock. */
  readonly time: string;
  readonly sha: string;
  readonly branch: string;
  readonly user: string;
  readonly run: string;
}

export type NewEntry = Omit<JournalEntry, "time">;

const ENTRY = /(\d{14}) ([a-z]+) (\S+) (\S+) (\S+) (\S+) (\S+) ;$/;
const STATUSES: ReadonlySet<string> = new Set<JournalStatus>(["building", "complete", "live", "failed", "bad"]);

/** Appends an entry; those of one command have one time. What a crash cut short may stand before it on its line. */
export function appendEntry(paths: DeployPaths, entry: NewEntry): Script {
  const before = `${entry.id} ${entry.status} `;
  const after = ` ${[entry.sha, entry.branch, entry.user, entry.run].map(escapeField).join(" ")} ;`;
  return script(sh`
    [ -n "$_fake_time" ] || _fake_time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    printf '%s%s%s\n' ${before} "$_fake_time" ${after} >>${paths.journal}
  `);
}

/** Bytes of the journal and of revisions.log that are read, from their ends: a hundred deploys, and no more of a file that is damaged. */
const HISTORY = 49_152;

/**
 * The same where only the releases that are there count, and the journal tells of each of them in that much. A deploy writes three times as much
 * into the journal as into the log: of the two, the journal has to go back further, or a rollback that only the log tells of counts as one more.
 */
const RECENT = { journal: 8192, log: 2048 };

/**
 * Prints the ends of both files, as lines of the tags `journal` and `log`. No line of a file can be the one behind them: that holds the time, which
 * has to be in `$_clock`, and the shell's number.
 * @param present only the releases whose ids are in `$_ids` count
 */
export function readHistory(paths: DeployPaths, present: boolean): Script {
  const all = script(sh`
    print_end log ${paths.revisionsLog} ${HISTORY}
    print_end journal ${paths.journal} ${HISTORY}
  `);
  const recent = script(sh`
    _end= _line=${"\n"}
    [ ! -f ${paths.journal} ] || _end=$(tail -c ${RECENT.journal} ${paths.journal})
    for _id in $_ids; do
      case $_line$_end in *"$_line$_id "*) ;; *) _end=; break ;; esac
    done
    if [ -n "$_end" ]; then
      print_end log ${paths.revisionsLog} ${RECENT.log}
      printf 'lines journal %s\n%s\n%s\n' "$_clock-$$" "$_end" "$_clock-$$"
    else
      ${all}
    fi
  `);
  return script(sh`
    print_end() {
      [ -f "$2" ] || return 0
      echo "lines $1 $_clock-$$"
      tail -c "$3" "$2"
      printf '\n%s\n' "$_clock-$$"
    }
    ${present ? recent : all}
  `);
}

/** What can be read of a journal: torn and foreign lines are passed over. No field holds a blank: an entry is the end of its line. */
export function parseJournal(text: string): readonly JournalEntry[] {
  return text.split("\n").flatMap((line) => parseEntry(line) ?? []);
}

function parseEntry(line: string): JournalEntry | undefined {
  const [, ...fields] = ENTRY.exec(line) ?? [];
  const [id = "", status = "", time = "", ...rest] = fields.map(shareText);
  if (!isReleaseId(id) || !STATUSES.has(status)) return undefined;
  const [sha = "", branch = "", user = "", run = ""] = rest.map(unescapeField);
  return { id, status: status as JournalStatus, time, sha, branch, user, run };
}

/** By id, in the order of the last entries. */
export function lastEntries(journal: readonly JournalEntry[]): ReadonlyMap<string, JournalEntry> {
  const entries = new Map<string, JournalEntry>();
  for (const entry of journal) {
    entries.delete(entry.id);
    entries.set(entry.id, entry);
  }
  return entries;
}

/** By id of the target: how many rollbacks there from a newer release, which that left as a bad one. */
export function countRollbacks(journal: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const leaving = new Set<string>();
  for (const { id, status, run } of journal) {
    if (status === "bad") leaving.add(run);
    else if (status === "live" && leaving.delete(run)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** A field as one word of printable ASCII and other letters; an empty one is a dash. */
export function escapeField(value: string): string {
  if (value === "") return "-";
  if (value === "-") return "%2D";
  return value.replaceAll(/[\s%\p{C}]/gu, (character) => encodeURIComponent(toUSVString(character)));
}

export function unescapeField(field: string): string {
  if (field === "-") return "";
  if (!field.includes("%")) return field;
  try {
    return decodeURIComponent(field);
  } catch {
    return field;
  }
}
