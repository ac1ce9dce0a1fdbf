import { escapeField, unescapeField } from "./journal.ts";
import { type DeployPaths, workPath } from "./paths.ts";
import { hasLine, makeDirectory, type Script, script, sh } from "./sh.ts";

/**
 * One lock for each deploy path: the directory `.fake/lock`, which `mkdir` makes for one run only, and in it a file that
 * says whose it is. Only the run that made it removes it.
 */
export interface LockOwner {
  /** The run that holds it: what tells it from every other. */
  readonly run: string;
  /** The host of that run which it was taken for. */
  readonly host: string;
  readonly user: string;
  /** The control machine. */
  readonly control: string;
  /** ISO 8601, by the host's clock; empty when unknown. */
  readonly since: string;
  readonly command: string;
  readonly reason: string;
}

/** Exit code of `takeLock` when somebody else holds it. */
export const LOCKED = 75;

/** Exit code of `takeLock` when the same run holds it for another of its hosts: both are one directory. */
export const SHARED = 76;

const FIELDS = ["run", "host", "user", "control", "since", "command", "reason"] as const;

/** Takes the lock, or prints whose it is and exits with `LOCKED` or `SHARED`. A run that holds it already keeps it. */
export function takeLock(paths: DeployPaths, owner: Omit<LockOwner, "since">): string {
  const fields = FIELDS.filter((field) => field !== "since").map((field) => `${field} ${escapeField(owner[field])}`);
  return sh`
    ${makeDirectory(paths.fake)} || exit 1
    if mkdir ${paths.lock} 2>/dev/null; then
      printf '%s\n' ${fields} "since $(date -u +%Y-%m-%dT%H:%M:%SZ)" >${paths.lock}/owner && exit 0
      rm -f ${paths.lock}/owner
      rmdir ${paths.lock}
      exit 1
    fi
    [ -d ${paths.lock} ] || { mkdir ${paths.lock}; exit 1; }
    [ -s ${paths.lock}/owner ] || sleep 1
    if ${isOwnedBy(paths, owner.run)}; then
      ${hasLine(`${paths.lock}/owner`, `host ${escapeField(owner.host)}`)} && exit 0
      ${readLock(paths)}
      exit ${SHARED}
    fi
    ${readLock(paths)}
    exit ${LOCKED}
  `;
}

/** Prints whose the lock is: nothing when it is free. */
export function readLock(paths: DeployPaths): Script {
  return script(sh`[ ! -d ${paths.lock} ] || { echo locked; cat ${paths.lock}/owner 2>/dev/null; }`);
}

/**
 * Frees the lock of this run, and removes what the run left in its own directory. The rename makes it one step, and
 * works on a full disk.
 */
export function freeLock(paths: DeployPaths, run: string): string {
  const gone = `${paths.fake}/unlocked-${run}`;
  return sh`
    [ ! -e ${workPath(paths, run)} ] || rm -rf ${workPath(paths, run)}
    ${isOwnedBy(paths, run)} || exit 0
    ${removeLock(paths, gone)}
  `;
}

/** Breaks the lock, whoever holds it, and prints whose it was. `onlyRun`: not when it has changed hands since. */
export function breakLock(paths: DeployPaths, run: string, onlyRun?: string): string {
  const gone = `${paths.fake}/unlocked-${run}`;
  const changed = script(onlyRun === undefined ? "" : `${isOwnedBy(paths, onlyRun).script} || exit 0`);
  return sh`
    ${changed}
    [ -d ${paths.lock} ] || exit 0
    ${readLock(paths)}
    ${removeLock(paths, gone)}
  `;
}

/** Where a machine has two names in a run, the other may have removed it in this moment. */
function removeLock(paths: DeployPaths, gone: string): Script {
  return script(sh`
    mv ${paths.lock} ${gone} 2>/dev/null || [ ! -d ${paths.lock} ] || mv ${paths.lock} ${gone} || exit 1
    rm -rf ${gone}
  `);
}

/**
 * Ends a script when the lock is somebody else's: a run whose lock was broken while it was under way stops at its next
 * step, before it changes anything.
 */
export function holdLock(paths: DeployPaths, run: string): Script {
  return script(sh`
    if [ -d ${paths.lock} ] && ! ${isOwnedBy(paths, run)}; then
      echo 'Somebody else holds the lock: this run has lost it, or never had it.' >&2
      exit ${LOCKED}
    fi
  `);
}

/** True in the shell when the lock is this run's. */
export function isOwnedBy(paths: DeployPaths, run: string): Script {
  return hasLine(`${paths.lock}/owner`, `run ${escapeField(run)}`);
}

/** The owner as `readLock` printed it; undefined when the lock is free. */
export function parseOwner(output: string): LockOwner | undefined {
  const lines = output.split("\n");
  const start = lines.indexOf("locked");
  if (start === -1) return undefined;
  const said = new Map(lines.slice(start + 1).map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
  const [run = "", host = "", user = "", control = "", since = "", command = "", reason = ""] = FIELDS.map((field) =>
    unescapeField(said.get(field) ?? "-"),
  );
  return { run, host, user, control, since, command, reason };
}

/** Whose the lock is, in one sentence without a full stop. */
export function describeOwner(owner: LockOwner): string {
  if (owner.run === "") return "nobody knows whom: it has no readable owner";
  const reason = owner.reason === "" ? "" : ` (${owner.reason})`;
  return `${owner.user || "somebody"}@${owner.control || "unknown"} since ${owner.since || "an unknown time"}, for ${owner.command || "an unknown command"}${reason}`;
}
