import { type Script, script, sh } from "../../index.ts";
import { escapeField } from "./journal.ts";
import { defineHolderCheck } from "./liveness.ts";
import { type DeployPaths, workPath } from "./paths.ts";

/**
 * One lock for each deploy path: the directory `.fake/lock`, which `mkdir` makes for one run only. In it:
 *
 *   owner         whose it is: who could make this file has the lock
 *   <run>.alive   a run that may work under it: the owner, and those that it started. Signs of life of the owner
 *                 (liveness.ts), kept by its connection
 *   broken        whose lock was broken to take this one
 *
 * One that was taken by hand is no run's: its owner says `by hand`, nobody gives signs of life for it, and only `fake unlock` ends it.
 *
 * A connection holds its run's file: once that is gone, the host runs nothing more of the run (host-side/hold.ts). Who breaks a lock by
 * hand leaves a note for each such run, `.fake/broken-<run>`: who did it, and when.
 *
 * Only its owner removes it. Who finds that the owner is dead takes its place, in one rename, so that the lock is never free
 * for others meanwhile; those who find so at the same time do it one after another, and look again.
 */

/** Exit code of `takeLock` when somebody else holds it. */
export const LOCKED = 75;

/** Exit code of `takeLock` when the same run holds it for another of its hosts: both are one directory. */
export const SHARED = 76;

/** The file that is there as long as the run may work under the lock. The connection gives signs of life for it. */
export function signOfLife(paths: DeployPaths, run: string): string {
  return `${paths.lock}/${run}.alive`;
}

/** What the one who broke the lock of a run says to it. */
function breakNote(paths: DeployPaths, run: string): string {
  return `${paths.fake}/broken-${run}`;
}

/** Says why a run has no right to the lock any more: who broke it by hand, or who has it now. */
export function explainLoss(paths: DeployPaths, run: string): string {
  const note = breakNote(paths, run);
  return sh`cat ${note} 2>/dev/null || echo ${`The lock of this run, ${paths.lock}, was removed, or is another one's now.`}`;
}

/** Prints whose the lock is: nothing when it is free. */
export function readLock(paths: DeployPaths): Script {
  return script(sh`[ ! -d ${paths.lock} ] || { echo locked; cat ${paths.lock}/owner 2>/dev/null; }`);
}

/** Prints whose the lock is, and whether that run lives. */
export function inspectLock(paths: DeployPaths): string {
  return sh`
    [ -d ${paths.lock} ] || exit 0
    ${defineHolderCheck(paths)}
    _check_holder
    ${tellLock(paths)}
  `;
}

/** Prints all there is to say of a lock that was looked at, by the host's clock. */
export function tellLock(paths: DeployPaths): Script {
  return script(sh`
    ${readLock(paths)}
    echo "life $_life"
    date -u '+now %Y-%m-%dT%H:%M:%SZ'
  `);
}

/**
 * Frees the lock of this run, and removes what the run left in its own directory. Prints who broke it before. The rename makes it one
 * step, and works on a full disk.
 */
export function freeLock(paths: DeployPaths, run: string): string {
  const gone = `${paths.fake}/unlocked-${run}`;
  const note = breakNote(paths, run);
  const sign = signOfLife(paths, run);
  const work = workPath(paths, run);
  return sh`
    [ ! -e ${note} ] || { cat ${note}; rm -f ${note}; }
    ${isOwnedBy(paths, run)} || { for left in ${[work, sign]}; do [ ! -e "$left" ] || rm -rf "$left"; done; exit 0; }
    ${removeLock(paths, gone, work)}
  `;
}

/**
 * Breaks the lock, whoever the owner is, prints whose it was, and leaves a note for the runs that worked under it.
 * @param by who breaks it, for people @param onlyRun not when another run has taken it since
 */
export function breakLock(paths: DeployPaths, run: string, by: string, onlyRun?: string): string {
  const gone = `${paths.fake}/unlocked-${run}`;
  const changed = script(onlyRun === undefined ? "" : `${isOwnedBy(paths, onlyRun).script} || exit 0`);
  return sh`
    ${changed}
    [ -d ${paths.lock} ] || exit 0
    ${readLock(paths)}
    _now=$(date -u "+%Y-%m-%d %H:%M UTC")
    for _file in ${paths.lock}/*.alive; do
      _run=\${_file##*/} _run=\${_run%.alive}
      case $_run in *[!A-Za-z0-9_-]*) continue;; esac
      printf '%s at %s, with fake unlock.
' ${`The lock of this run was broken by ${by}`} "$_now" >${breakNote(paths, "")}"$_run"
    done
    ${removeLock(paths, gone)}
  `;
}

/** With what else is to go. Where a machine has two names in a run, the other may have removed it in this moment. */
function removeLock(paths: DeployPaths, gone: string, ...rest: readonly string[]): Script {
  return script(sh`
    mv ${paths.lock} ${gone} 2>/dev/null || [ ! -d ${paths.lock} ] || mv ${paths.lock} ${gone} || exit 1
    rm -rf ${[gone, ...rest]}
  `);
}

/** Ends a script when the lock is somebody else's, before it changes anything: also of a run that never took it. */
export function holdLock(paths: DeployPaths, run: string): Script {
  return script(sh`
    if [ -d ${paths.lock} ] && [ ! -f ${signOfLife(paths, run)} ]; then
      echo 'Somebody else holds the lock: this run has lost it, or never had it.' >&2
      exit ${LOCKED}
    fi
  `);
}

/** True in the shell when the lock is this run's. */
export function isOwnedBy(paths: DeployPaths, run: string): Script {
  return hasLine(`${paths.lock}/owner`, `run ${escapeField(run)}`);
}

/**
 * True in the shell when a file has this line. By the shell itself: a program for each such question is most of what a
 * deploy would cost a host.
 */
export function hasLine(file: string | Script, line: string): Script {
  return script(
    sh`{ _found=; while IFS= read -r _line; do [ "$_line" != ${line} ] || _found=1; done <${file}; [ -n "$_found" ]; } 2>/dev/null`,
  );
}
