import { type Script, script, sh } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";
import { RELEASE_GLOB } from "./release-id.ts";

/**
 * Releases that another tool has made under names of its own (decision 052): `releases/ID` is a link to the directory beside it. What pm2
 * deploys lies in `source`, beside `releases`, and stays there: it may hold what the application wrote.
 */

export const PM2_SOURCE = "../source";

/** Defines `adopted`, for names in the current directory: true for such a link, and `_to` is the directory then. No other link is followed. */
export const ADOPTED: Script = script(sh`
  adopted() {
    [ -L "$1" ] || return 1
    _to=$(readlink "$1")
    case $_to in
    ${PM2_SOURCE}) ;;
    ''|.*|*/*|*${"\n"}*|${script(RELEASE_GLOB)}) return 1 ;;
    esac
    [ -d "./$_to" ] && [ ! -L "./$_to" ]
  }
`);

/** In the shell, where the current directory is that of the releases: prints the commit that pm2 has there now. */
export const PM2_COMMIT: Script = script(
  sh`git -C ${`./${PM2_SOURCE}`} rev-parse HEAD 2>/dev/null || tail -n 1 ../.deploys 2>/dev/null`,
);

/** What a host is told where another tool deploys. */
const ADOPT = "fake adopt, with the same -R, takes its releases over. What is live stays as it is.";

/** What is said of a `current` that leads to no release. */
export const ELSEWHERE =
  "Is deployPath right? If it is, set currentPath to a path that is free: what that link serves is left as it is.";

/** What is said of a `current` that is a directory, or a file. */
export const NO_LINK = "Where it serves a site, set currentPath to a path that is free, and let what serves it look there.";

/** Defines `real`, which sets `_real` to the directory that `$1` leads to, empty for none. It starts nothing, and leaves the shell at `/`. */
export const REAL: Script = script(sh`
  real() {
    _real=
    cd -P "$1" 2>/dev/null && _real=$PWD
    cd /
  }
`);

/** Sets, in the shell, `_live` to the directory that `current` leads to, `_releases` to that of the releases, `_name` to the name of what is live. */
function findLive(paths: DeployPaths): Script {
  return script(sh`
    ${REAL}
    real ${paths.current}
    _live=$_real _name=\${_real##*/}
    real ${paths.releases}
    _releases=$_real
  `);
}

/** Sets, in the shell behind `findLive`, `_maker` to the tool that has made what is live, by what only that one leaves; empty for one that is not known. */
function findMaker({ root, current, releases }: DeployPaths): Script {
  return script(sh`
    _maker=
    real ${root}/source
    if [ -n "$_live" ] && [ "$_live" = "$_real" ]; then _maker='pm2 deploy' _name=${PM2_SOURCE}
    elif [ -d ${root}/.dep ]; then _maker=Deployer
    elif [ -f ${root}/last_version ] || [ -d ${root}/scm ] || [ -f "$_live/.mina_git_revision" ]; then _maker=Mina
    else
      case $_name in
      ${script(RELEASE_GLOB)}Z) _maker=Ansistrano ;;
      ${script(RELEASE_GLOB)}) case $(readlink ${current}) in releases/*) _maker=Shipit ;; ./releases/*) _maker=Ansistrano ;; esac ;;
      esac
      # Of what it has left, whoever has deployed since.
      [ -n "$_maker" ] || for _entry in ${releases}/${script(RELEASE_GLOB)}Z; do [ ! -d "$_entry" ] || _maker=Ansistrano; done
    fi
  `);
}

/** Part of the check: whether what is live is a release of ours, or whose it is. */
export function checkLive(paths: DeployPaths, kind: "deploy" | "rollback"): Script {
  const unrecorded = script(sh`
    if [ ! -e ${paths.revisionsLog} ] && [ ! -e ${paths.journal} ]; then
      ${findMaker(paths)}
      printf 'remark %s deploys here, and has left no word on which releases were good: fake adopt, with the same -R, notes that what is live is.\n' "\${_maker:-Another tool}"
    fi
  `);
  return script(sh`
    ${findLive(paths)}
    _known=
    case $_name in
    ${script(RELEASE_GLOB)}) [ "\${_live%/*}" != "$_releases" ] || _known=1 ;;
    *)
      [ -z "$_live" ] || for _link in ${paths.releases}/${script(RELEASE_GLOB)}; do
        [ -L "$_link" ] && real "$_link" && [ "$_real" = "$_live" ] && _known=1
      done ;;
    esac
    if [ -n "$_known" ]; then
      ${kind === "deploy" ? unrecorded : script(":")}
    elif [ -n "$_live" ]; then
      ${findMaker(paths)}
      _target=$(readlink ${paths.current} | head -n 1)
      echo 'told elsewhere'
      if [ "\${_live%/*}" = "$_releases" ] || [ "$_name" = ${PM2_SOURCE} ]; then
        say 'problem %s points to %s: %s deploys here, and calls its releases otherwise.\n' ${paths.current} "$_target" "\${_maker:-another tool}"
        say 'mend %s\n' ${ADOPT}
      else
        say 'problem %s points to %s, which is not one of the releases in %s.\n' ${paths.current} "$_target" ${paths.releases}
        say 'mend %s\n' ${ELSEWHERE}
      fi
    fi
  `);
}

/**
 * Prints what may be adopted: `maker TOOL`, `busy FILE` for a lock of its own, `found TIME REVISION STATE NAME` for each directory in
 * `releases`, `live NAME`, and what its log says. Changes nothing.
 */
export function surveyTree(paths: DeployPaths): string {
  const { root } = paths;
  return sh`
    ${findLive(paths)}
    ${findMaker(paths)}
    printf 'maker %s\n' "\${_maker:-another tool}"
    for _file in ${root}/.dep/deploy.lock ${root}/deploy.lock; do [ ! -e "$_file" ] || printf 'busy %s\n' "$_file"; done
    found() {
      _time=$(date -u -r "$2" +%Y%m%d%H%M%S 2>/dev/null) || _time=-
      _revision=
      for _file in "$1/REVISION" "$1/.mina_git_revision"; do [ ! -f "$_file" ] || { read -r _revision _rest <"$_file"; break; }; done
      case $1 in ./${PM2_SOURCE}) _revision=$(${PM2_COMMIT}) ;; esac
      _state=-
      [ ! -f "$1/BAD_RELEASE" ] || _state=bad
      { [ ! -f "$1/DIRTY_RELEASE" ] && [ "$(cd -P "$1" && pwd -P)" != "$_unfinished" ]; } || _state=unfinished
      printf 'found %s %s %s %s\n' "$_time" "\${_revision:--}" "$_state" "\${1#./}"
      [ -z "$_live" ] || [ "$(cd -P "$1" && pwd -P)" != "$_live" ] || printf 'live %s\n' "\${1#./}"
    }
    # Deployer points to what it is building.
    _unfinished=
    [ ! -L ${root}/release ] || _unfinished=$(cd -P ${root}/release 2>/dev/null && pwd -P)
    if cd ${paths.releases} 2>/dev/null; then
      for _entry in *; do
        case $_entry in *${"\n"}*) continue ;; esac
        [ ! -d "./$_entry" ] || [ -L "./$_entry" ] || found "./$_entry" "./$_entry"
      done
    fi
    if [ "$_name" = ${PM2_SOURCE} ] && { cd ${paths.releases} 2>/dev/null || cd ${root}/shared; } && [ -d ./${PM2_SOURCE} ]; then
      _file=../.deploys
      [ -f "$_file" ] || _file=./${PM2_SOURCE}
      found ./${PM2_SOURCE} "$_file"
    fi
    # Deployer 6 has the second.
    for _file in ${root}/.dep/releases_log ${root}/.dep/releases; do
      [ ! -f "$_file" ] || { tail -c 49152 "$_file" | sed 's/^/dep /'; echo; break; }
    done
  `;
}
