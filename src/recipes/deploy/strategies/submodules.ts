import { type Script, script, sh } from "../../../index.ts";
import { releasePath, workPath } from "../paths.ts";
import { remoteGit, sshWithoutQuestions } from "./mirror.ts";
import { findLocalPath, type GitSource, PROTOCOLS } from "./repository.ts";

/**
 * Submodules: a clone with a work tree beside the mirror, sharing its objects, keeps the submodules' repositories from
 * one deploy to the next. Each is brought to its pinned commit, and taken into the release with `git archive` like the rest.
 */
export function updateSubmodules(source: GitSource): string {
  const tree = workTree(source);
  const old = `${tree}.old`;
  return sh`
    ${sshWithoutQuestions()}
    ${allowProtocols(source)}
    # A run that was killed while it made them anew.
    [ ! -d ${old} ] || { rm -rf ${tree} && mv ${old} ${tree}; } || exit 1
    update() {
      [ -d ${tree}/.git ] || git clone --quiet --shared --no-checkout ${source.paths.repo} ${tree} || return 1
      git -C ${tree} config remote.origin.url ${source.repository.url} &&
        git -C ${tree} checkout --quiet --force --detach ${source.revision} &&
        git -C ${tree} submodule --quiet sync --recursive >/dev/null &&
        ( cd ${tree} && ${remoteGit(source)} submodule --quiet update --init --recursive --force )
    }
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

/** Adds the submodules to a release that has the rest. */
export function extractSubmodules(source: GitSource, id: string): Script {
  const below = source.repoTree === "" ? "" : `${source.repoTree}/`;
  return script(sh`
    cd ${workTree(source)} || exit 1
    mkdir -p ${workPath(source.paths, source.run)} || exit 1
    FAKE_RELEASE=${releasePath(source.paths, id)} FAKE_TAR=${workPath(source.paths, source.run)}/submodule.tar FAKE_TREE=${below} \
      git submodule --quiet foreach --recursive ${TAKE}
  `);
}

/** Run by git in each submodule, which is told where it lies: only what is below `repoTree` is wanted. */
const TAKE = sh`
  case $displaypath in
  "$FAKE_TREE"*) place=${script('${displaypath#"$FAKE_TREE"}')} ;;
  *) exit 0 ;;
  esac
  git archive --format=tar -o "$FAKE_TAR" HEAD && mkdir -p "$FAKE_RELEASE/$place" && tar -xf "$FAKE_TAR" -C "$FAKE_RELEASE/$place" && rm -f "$FAKE_TAR"
`;

/** A repository from elsewhere must not reach into the host's own directories through its submodules. */
function allowProtocols(source: GitSource): Script {
  const protocols = findLocalPath(source.repository.url) === undefined ? PROTOCOLS.filter((name) => name !== "file") : PROTOCOLS;
  return script(sh`GIT_ALLOW_PROTOCOL=${protocols.join(":")}; export GIT_ALLOW_PROTOCOL`);
}

function workTree(source: GitSource): string {
  return `${source.paths.fake}/submodules`;
}
