import { type Script, script, sh } from "../../../index.ts";
import { remoteOptions, sshWithoutQuestions } from "./mirror.ts";
import { findLocalPath, type GitSource, PROTOCOLS } from "./repository.ts";
import { defineTake, WITHOUT_FILTERS } from "./take-tree.ts";

/**
 * Submodules: a clone with a work tree beside the mirror, sharing its objects, keeps the submodules' repositories from
 * one deploy to the next. Each is brought to its pinned commit, and taken into the release with `git archive` like the rest: filters have
 * nothing to do in work trees that nobody reads.
 */
export function updateSubmodules(source: GitSource): string {
  const tree = workTree(source);
  const old = `${tree}.old`;
  return sh`
    ${sshWithoutQuestions()}
    ${allowProtocols(source)}
    # A run that was killed while it made them anew.
    [ ! -d ${old} ] || { rm -rf ${tree} && mv ${old} ${tree}; } || exit 1
    ${WITHOUT_FILTERS}
    update() (
      [ -d ${tree}/.git ] || ${makeTree(source)} || exit 1
      cd ${tree} || exit 1
      ${NAMED}
      git config remote.origin.url ${source.repository.url} &&
        without_filters checkout --quiet --force --detach ${source.revision} &&
        git submodule --quiet sync --recursive >/dev/null &&
        without_filters ${remoteOptions(source)} submodule --quiet update --init --recursive --force
    )
    update && exit 0
    # Damaged, or out of reach? Made anew beside them, they tell; what is there may be of use once they can be reached again.
    echo 'The clones of the submodules cannot be brought up to date: they are made anew.' >&2
    [ ! -d ${tree} ] || mv ${tree} ${old} || exit 1
    if update; then rm -rf ${old}; exit 0; fi
    rm -rf ${tree}
    [ ! -d ${old} ] || mv ${old} ${tree}
    exit 1
  `;
}

/**
 * Named, not found: git works in a repository of another owner then, as where two people deploy. `git clone --shared` would not take its
 * objects from one.
 */
const NAMED = script("GIT_DIR=.git; export GIT_DIR");

function makeTree(source: GitSource): Script {
  const { paths } = source;
  const tree = workTree(source);
  return script(sh`{
    GIT_DEFAULT_HASH=$(git --git-dir=${paths.repo} config extensions.objectFormat || echo sha1) git init --quiet --template= ${tree} &&
      mkdir -p ${tree}/.git/objects/info && printf '%s\n' ${paths.repo}/objects >${tree}/.git/objects/info/alternates
  }`);
}

/** Adds the submodules to the release in `$into` that has the rest: only what lies below `repoTree` is wanted. None may stay empty. */
export function extractSubmodules(source: GitSource): Script {
  const below = source.repoTree === "" ? "" : `${source.repoTree}/`;
  return script(sh`
    ( cd ${workTree(source)} && ${NAMED} && FAKE_RELEASE=$into FAKE_WORK=$work FAKE_TREE=${below} git submodule --quiet foreach --recursive ${take(source)} ) || exit 1
    [ ! -e "$work/gitlinks" ] || while IFS= read -r path; do
      [ -z "$(ls -A "$path")" ] || continue
      printf 'The submodule in %s has nothing to deploy: is it in .gitmodules, with update = checkout?\n' "$path" >&2
      exit 1
    done <"$work/gitlinks" || exit 1
  `);
}

/**
 * Run by git in each submodule, which is told where it lies. Where `export-ignore` leaves it out, nobody has made its directory. Nothing goes
 * through a link: it would end up outside of the release.
 */
function take(source: GitSource): string {
  return sh`
    case $displaypath in
    "$FAKE_TREE"*) into=$FAKE_RELEASE/\${displaypath#"$FAKE_TREE"} ;;
    *) exit 0 ;;
    esac
    [ -d "$into" ] || exit 0
    if [ "$(cd -P "$into" && pwd -P)" != "$(cd -P "$FAKE_RELEASE" && pwd -P)/\${into#"$FAKE_RELEASE/"}" ]; then
      printf 'The submodule in %s is behind a link: it is not put there.\n' "$into" >&2
      exit 1
    fi
    repo=$(cd "$(git rev-parse --git-dir)" && pwd) commit=$sha1 tree= depth=0 work=$FAKE_WORK
    ${defineTake(source)}
    take
  `;
}

/** A repository from elsewhere must not reach into the host's own directories through its submodules. */
function allowProtocols(source: GitSource): Script {
  const protocols = findLocalPath(source.repository.url) === undefined ? PROTOCOLS.filter((name) => name !== "file") : PROTOCOLS;
  return script(sh`GIT_ALLOW_PROTOCOL=${protocols.join(":")}; export GIT_ALLOW_PROTOCOL`);
}

function workTree(source: GitSource): string {
  return `${source.paths.fake}/submodules`;
}
