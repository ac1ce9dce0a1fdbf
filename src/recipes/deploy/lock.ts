import { type Script, script, sh } from "../../index.ts";
import { escapeField } from "./journal.ts";
import { defineHolderCheck } from "./liveness.ts";
import { type NewOwner, ownerLines } from "./lock-owner.ts";
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

/**
 * Takes the lock, or prints whose it is and exits with `LOCKED` or `SHARED`. A run that is the owner already stays that. Prints
 * whose lock it broke. What succeeds is to be held: `signOfLife`.
 * @param inside runs that this one was started by: their locks let it in
 */
export function takeLock(paths: DeployPaths, owner: NewOwner, inside: readonly string[] = []): string {
  return sh`
    ${defineTaking(paths, owner, inside)}
    _take
    _code=$?
    case $_code in
      0) [ ! -f ${paths.lock}/broken ] || { echo broken; cat ${paths.lock}/broken; echo "now $_now"; };;
      ${SHARED}) ${readLock(paths)};;
      ${LOCKED}) case $_life in 'alive '*) ;; *) _check_holder;; esac; ${tellLock(paths)};;
    esac
    exit $_code
  `;
}

/**
 * Tries to take the lock until the seconds are over, and says for whom it waits. Succeeds whatever comes of it: `takeLock` behind
 * it says that.
 */
export function awaitLock(paths: DeployPaths, owner: NewOwner, seconds: number, inside: readonly string[] = []): string {
  return sh`
    ${defineTaking(paths, owner, inside)}
    ${defineMoment()}
    _name_holder() {
      _said= _user= _control= _since=
      while IFS= read -r _line; do
        case $_line in
          'user '*) _user=\${_line#* };; 'control '*) _control=\${_line#* };; 'since '*) _since=\${_line#* };;
          'command '*) _said=\${_line#* };; 'reason -') ;; 'reason '*) _said="$_said (\${_line#* })";;
        esac
      done <${paths.lock}/owner
      while case $_said in *%20*) ;; *) false;; esac; do _said="\${_said%%%20*} \${_said#*%20}"; done
      echo "waiting for the lock of $_user@$_control since $(_moment "$_since"), for $_said"
    } 2>/dev/null
    _left=${seconds} _told=nobody
    while _take 2>/dev/null; [ $? = ${LOCKED} ] && [ $_left -gt 0 ]; do
      [ "$_told" = "$_holder" ] || { _told=$_holder; _name_holder; }
      sleep 1
      _left=$((_left - 1))
    done
    exit 0
  `;
}

/** Defines `_moment`: a time as the owner of a lock has it, as `formatMoment` writes it. No option of date(1) does that everywhere. */
export function defineMoment(): Script {
  return script(sh`
    _seconds() {
      IFS=-T:
      set -- \${1%Z}
      unset IFS
      _month=$(((\${2#0} + 9) % 12)) _year=$(($1 - 2000))
      [ $_month -lt 10 ] || _year=$((_year - 1))
      _days=$((365 * _year + _year / 4 - _year / 100 + _year / 400 + (153 * _month + 2) / 5 + \${3#0}))
      echo $((((_days * 24 + \${4#0}) * 60 + \${5#0}) * 60 + \${6#0}))
    }
    _moment() {
      case $1 in
      2[0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z) ;;
      *) echo "$1"; return ;;
      esac
      _age=$(($(_seconds "$(date -u +%Y-%m-%dT%H:%M:%SZ)") - $(_seconds "$1")))
      if [ $_age -lt 0 ]; then _ago=
      elif [ $_age -lt 60 ]; then _ago=" ($_age s ago)"
      elif [ $_age -lt 3600 ]; then _ago=" ($((_age / 60)) min ago)"
      elif [ $_age -lt 172800 ]; then _ago=" ($((_age / 3600)) h ago)"
      else _ago=" ($((_age / 86400)) days ago)"
      fi
      _minute=\${1%:*}
      echo "\${_minute%%T*} \${_minute#*T} UTC$_ago"
    }
  `);
}

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

/** Defines `_take`: 0 when the lock is ours, else the exit code of `takeLock`; then `_holder` and `_life` say of whom it is. */
function defineTaking(paths: DeployPaths, owner: NewOwner, inside: readonly string[]): Script {
  // Paths are long, and sent to each host.
  const [lock, fake] = [script('"$_lock"'), script('"$_fake"')];
  const file = script('"$_lock"/owner');
  const fresh = script(sh`"$_lock"/owner.${owner.run}`);
  const sign = script(sh`"$_lock"/${owner.run}.alive`);
  const isInside = inside.map((run) => isOwnedBy(paths, run).script).join(" || ") || "false";
  return script(sh`
    ${defineHolderCheck(paths)}
    _lock=${paths.lock} _fake=${paths.fake}
    # Whatever stays empty on a full disk is no sign of life. What was locked by hand gives none: nobody takes it for dead.
    _begin() { ${owner.byHand === true ? script(":") : script(sh`{ echo alive && _introduce; } >${sign}`)}; }
    _own() { _mine=1; printf '%s\n' ${ownerLines(owner)} "since $_now"; }
    # Into a lock that has no owner. Nobody can do so twice: whoever comes late has lost.
    _fill() {
      _mine= _now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
      _begin && { set -C; { _own >${file}; } 2>/dev/null; _code=$?; set +C; [ $_code = 0 ]; } && return 0
      rm -f ${sign}
      [ -n "$_mine" ] || [ ! -e ${file} ] || return ${LOCKED}
      rm -f ${file}
      rmdir ${lock}
      echo ${`nothing can be written to ${paths.lock}`} >&2
      return 1
    }
    # In the place of a dead owner, which nobody else is about to take.
    _replace() {
      _was=$_holder
      _check_holder
      case $_life in 'dead '*) ;; *) return ${LOCKED};; esac
      [ "$_was" = "$_holder" ] || return ${LOCKED}
      { echo "life $_life"; [ ! -s ${file} ] || cat ${file}; } >${lock}/broken || return 1
      if [ -e ${file} ]; then
        _now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        _begin && _own >${fresh} && mv -f ${fresh} ${file} || { rm -f ${fresh} ${sign}; return 1; }
      else
        _fill || return
      fi
      for _file in ${lock}/*.alive; do [ "$_file" = ${sign} ] || rm -f "$_file"; done
      case $_was in ''|*[!0-9a-f]*) ;; *) rm -rf ${fake}/"$_was";; esac
    }
    # One after another: by a flock on the directory above; where there is none, by a directory with the name of the dead.
    _break() {
      if command -v flock >/dev/null; then
        { { flock -xn 7 || { sleep 1; flock -xn 7; } || { sleep 1; flock -xn 7; }; } && _replace; } 7<${fake}
        return
      fi
      _right=${fake}/breaking-\${_holder:-nobody}
      if mkdir "$_right" 2>/dev/null; then
        _replace
        _code=$?
        rmdir "$_right"
        return $_code
      fi
      # Who had it has died as well: the next one gets it.
      ! _is_old "$_right" || rmdir "$_right" 2>/dev/null
      return ${LOCKED}
    }
    _take() {
      _life= _holder=
      [ -d ${fake} ] || mkdir -p ${fake} || return 1
      if [ ! -d ${lock} ]; then
        # Ended in between, as when the connection is lost, it would leave a lock of which nobody can tell for a minute whether its owner lives.
        trap '' TERM
        if mkdir ${lock} 2>/dev/null || { [ ! -d ${lock} ] && mkdir ${lock}; }; then _fill; _code=$?; trap - TERM; return $_code; fi
        trap - TERM
        [ -d ${lock} ] || return 1
      fi
      [ -s ${file} ] || sleep 1
      if ${isOwnedBy(paths, owner.run)}; then
        ${hasLine(file, `host ${escapeField(owner.host)}`)} || return ${SHARED}
        return 0
      fi
      if ${script(isInside)}; then : >${sign}; return; fi
      _check_holder
      case $_life in 'dead '*) _break; return;; esac
      return ${LOCKED}
    }
  `);
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
function tellLock(paths: DeployPaths): Script {
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
  return sh`
    [ ! -e ${workPath(paths, run)} ] || rm -rf ${workPath(paths, run)}
    [ ! -e ${note} ] || { cat ${note}; rm -f ${note}; }
    ${isOwnedBy(paths, run)} || { [ ! -e ${sign} ] || rm -f ${sign}; exit 0; }
    ${removeLock(paths, gone)}
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

/** Where a machine has two names in a run, the other may have removed it in this moment. */
function removeLock(paths: DeployPaths, gone: string): Script {
  return script(sh`
    mv ${paths.lock} ${gone} 2>/dev/null || [ ! -d ${paths.lock} ] || mv ${paths.lock} ${gone} || exit 1
    rm -rf ${gone}
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
function hasLine(file: string | Script, line: string): Script {
  return script(
    sh`{ _found=; while IFS= read -r _line; do [ "$_line" != ${line} ] || _found=1; done <${file}; [ -n "$_found" ]; } 2>/dev/null`,
  );
}
