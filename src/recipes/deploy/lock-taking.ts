import { type Script, script, sh } from "../../index.ts";
import { escapeField } from "./journal.ts";
import { defineHolderCheck } from "./liveness.ts";
import { hasLine, isOwnedBy, LOCKED, readLock, SHARED, tellLock } from "./lock.ts";
import { defineMoment } from "./lock-moment.ts";
import { type NewOwner, ownerLines } from "./lock-owner.ts";
import type { DeployPaths } from "./paths.ts";

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
