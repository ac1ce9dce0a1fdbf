import { drawColumns, type Problem } from "../../index.ts";
import { describeRelease } from "./context.ts";
import type { ReleaseInfo } from "./listing.ts";
import { describeLock, type LockOwner } from "./lock-owner.ts";

/** What a flow would do on hosts on which all of this is the same. */
export interface HostLook {
  readonly hosts: readonly string[];
  /** Null where nothing is, or no release of ours. */
  readonly live: ReleaseInfo | null;
  /** What `current` points to where that is no release of ours, as it stands there; else null. */
  readonly foreign: string | null;
  /** What would be live; null where that cannot be said. */
  readonly next: NextRelease | null;
  /** The deploy would end at its start: what it would bring is live on all hosts (skipSame). */
  readonly skipped: boolean;
  /** The release is built, and how the code comes to the host: nothing where it is there. Null: nothing is built. */
  readonly builds: readonly string[] | null;
  /** What is linked into the release that is built; without a file that is missing, it is not begun. */
  readonly linked: readonly { readonly path: string; readonly missing: boolean }[];
  /** `current` is made to point to the release. */
  readonly switches: boolean;
  /** Ids of releases that are removed at the end. */
  readonly removed: readonly string[];
  /** Id of the release that is marked bad. */
  readonly bad: string | null;
  /** Id of the release that is packed, and its directory removed. */
  readonly packed: string | null;
  readonly lock: LockOwner | null;
  /** `lockWait`, where it is set. */
  readonly waits: string;
  /** Why it does not begin, besides the lock. */
  readonly problems: readonly Problem[];
  readonly remarks: readonly string[];
}

export interface NextRelease {
  /** Null: a new one, which gets its id from the time. */
  readonly id: string | null;
  /** Empty where only a host can say it. */
  readonly revision: string;
  readonly branch: string;
  /** Why nobody can say it yet. */
  readonly reason?: string | undefined;
}

/** True where the flow does not begin: something is missing, or it is locked by somebody who counts as alive, and it would not wait. */
export function isStopped({ lock, problems, waits }: Pick<HostLook, "lock" | "problems" | "waits">): boolean {
  return problems.length > 0 || (lock !== null && waits === "" && lock.life?.startsWith("dead") !== true);
}

/** Hosts of which all is the same, in the order of the first of each. */
export function foldLooks(looks: readonly HostLook[]): readonly HostLook[] {
  const groups = new Map<string, HostLook>();
  for (const look of looks) {
    const key = JSON.stringify({ ...look, hosts: [], lock: lockKey(look.lock) });
    const first = groups.get(key);
    groups.set(key, first === undefined ? look : { ...first, hosts: [...first.hosts, ...look.hosts] });
  }
  return [...groups.values()];
}

/** For which host it was taken, to the second when, and when it was looked at, is nobody's concern: by hand, each host has a run of its own. */
function lockKey(lock: LockOwner | null): unknown {
  return lock === null ? null : [lock.user, lock.control, lock.command, lock.reason, lock.life];
}

/** For people. @param refused why the flow would do nothing on any host */
export function drawLooks(flow: string, looks: readonly HostLook[], refused: Pick<Problem, "message" | "hint"> | null): string {
  const refusal = refused === null ? [] : [`${refused.message}${refused.hint === undefined ? "" : `\n${refused.hint}`}\n`];
  return [...looks.map((look) => drawLook(flow, look)), ...refusal].join("\n");
}

function drawLook(flow: string, look: HostLook): string {
  const rows = rowsOf(flow, look).map(([what, text]) => [`  ${what}`, text]);
  const stops = look.problems.flatMap(({ message, hint }) => [message, ...(hint === undefined ? [] : [`  ${hint}`])]);
  const lines = [...stops.map((line) => `  ! ${line}`), ...look.remarks.map((line) => `  ? ${line}`)];
  return `${look.hosts.join(", ")}\n${drawColumns(rows)}${lines.map((line) => `${line}\n`).join("")}`;
}

type LookRow = readonly [what: string, text: string];

function rowsOf(flow: string, look: HostLook): readonly LookRow[] {
  const { live, next, builds, linked, removed, bad, packed, lock } = look;
  const none =
    look.foreign === null ? "nothing is live: this would be the first deploy" : `${look.foreign}, which is no release of ours`;
  const now = live === null ? none : describe(live);
  const row = (what: string, text: string | false | null | undefined): readonly LookRow[] =>
    typeof text === "string" && text !== "" ? [[what, text]] : [];
  const links = linked.map(({ path, missing }) => `${path}${missing ? " (missing)" : ""}`).join(", ");
  return [
    ["live", live === null && look.foreign === null && flow !== "deploy" ? "nothing" : now],
    ...row("then", next && describeNext(look, next)),
    ...row("build", builds && (builds.length === 0 ? "nothing has to be brought there" : builds.join(", "))),
    ...row("link", builds && links),
    ...row("switch", look.switches && next && `current -> ${next.id ?? "the new release"}`),
    ...row("remove", removed.join(", ")),
    ...row("mark bad", bad),
    ...row("pack", packed && `${packed} into rolled-back-release-${packed}.tar.gz, and remove it`),
    ["lock", describeHolder(flow, lock, look.waits)],
  ];
}

function describe({ id, revision, branch }: Pick<ReleaseInfo, "id" | "revision" | "branch">): string {
  return describeRelease({ id, branch, sha: revision });
}

function describeNext({ skipped, switches, builds }: HostLook, { id, revision, branch, reason }: NextRelease): string {
  if (reason !== undefined) return `${branch}, in a new release; which revision that is, only a host says: ${reason}`;
  if (skipped) return "the same: that is live on all hosts already (skipSame), and --force deploys it again";
  if (id === null) return describe({ id: "a new release", revision, branch });
  if (!switches) return `${describe({ id, revision, branch })}: it stays`;
  return `${describe({ id, revision, branch })}${builds === null ? ", which is there" : ""}`;
}

function describeHolder(flow: string, lock: LockOwner | null, waits: string): string {
  if (lock === null) return "free";
  const held = describeLock(lock).replace(/\.?$/, ".");
  if (lock.life?.startsWith("dead") === true) return `${held} The ${flow} would break it.`;
  return `${held} The ${flow} would ${waits === "" ? "end there" : `wait for it, ${waits} at most`}.`;
}
