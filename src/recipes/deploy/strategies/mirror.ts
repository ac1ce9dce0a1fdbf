import { type Script, script, sh } from "../../../index.ts";
import { credentialOptions, type GitSource } from "./repository.ts";

/**
 * The mirror: a bare clone of the repository on the host, from which releases are taken. When the commit is there,
 * nobody is contacted. A mirror that is damaged is cloned again beside itself and swapped in one rename.
 */

/** True in the shell when the mirror, or another clone, has the commit. */
export function hasRevision(source: GitSource, directory = source.paths.repo): Script {
  return script(sh`git --git-dir=${directory} cat-file -e ${`${source.revision}^{commit}`} 2>/dev/null`);
}

/**
 * Makes sure that the mirror has the commit, or all that there is now while the commit is not known: fetches, or clones where there is no
 * mirror.
 */
export function updateMirror(source: GitSource): string {
  const { paths, repository, revision } = source;
  return sh`
    ${sshWithoutQuestions()}
    ${removeLeftovers(source)}
    if [ -f ${paths.repo}/HEAD ]; then
      ${hasRevision(source)} && exit 0
      # What is fetched from the old address is not what was asked for.
      if { [ "$(git --git-dir=${paths.repo} config --get remote.origin.url)" = ${repository.url} ] ||
        git --git-dir=${paths.repo} config remote.origin.url ${repository.url}; } &&
        ${remoteGit(source)} --git-dir=${paths.repo} fetch --quiet --prune origin '+refs/*:refs/*'; then
        ${isAll(source)} && exit 0
        ${remoteGit(source)} --git-dir=${paths.repo} fetch --quiet origin ${revision} 2>/dev/null && ${hasRevision(source)} && exit 0
        ${noSuchCommit(source)}
      fi
      ${refuseFullDisk(source)}
      ${remoteGit(source)} ls-remote --quiet ${repository.url} HEAD >/dev/null 2>&1 || exit 1
      printf 'The mirror %s is damaged: it is cloned again.\n' ${paths.repo} >&2
    fi
    ${cloneBeside(source)}
  `;
}

/** Clones the repository beside the mirror and puts the clone in its place. Templates of the host's user could bring attributes and hooks. */
export function cloneBeside(source: GitSource): Script {
  const { paths, repository, revision } = source;
  const fresh = `${paths.repo}.new-${source.run}`;
  const old = `${paths.repo}.old-${source.run}`;
  return script(sh`
    ${refuseForeign(source)}
    ${removeLeftovers(source)}
    if ! ${remoteGit(source)} clone --quiet --mirror --template= -- ${repository.url} ${fresh}; then rm -rf ${fresh}; exit 1; fi
    if ! ${isAll(source, fresh)} &&
       ! ${remoteGit(source)} --git-dir=${fresh} fetch --quiet origin ${revision}; then
      rm -rf ${fresh}
      ${noSuchCommit(source)}
    fi
    [ ! -e ${paths.repo} ] || mv ${paths.repo} ${old} || exit 1
    mv ${fresh} ${paths.repo} || exit 1
    rm -rf ${old}
  `);
}

/** True in the shell when what the repository gave by itself is enough. */
function isAll(source: GitSource, directory?: string): Script {
  return source.revision === "" ? script(":") : hasRevision(source, directory);
}

/** What runs that were killed while they cloned have left: the lock is ours. */
function removeLeftovers({ paths }: GitSource): Script {
  return script(sh`for left in ${paths.repo}.new-* ${paths.repo}.old-*; do [ ! -e "$left" ] || rm -rf "$left"; done`);
}

/** A mirror that cannot be fetched into because nothing can be written is not damaged, and a clone of it would not fit. */
function refuseFullDisk({ paths, run }: GitSource): Script {
  const probe = `${paths.repo}.new-${run}`;
  return script(sh`
    if ! { echo probe >${probe}; } 2>/dev/null; then
      rm -f ${probe}
      printf 'Nothing can be written beside %s: is the disk full?\n' ${paths.repo} >&2
      exit 1
    fi
    rm -f ${probe}
  `);
}

/** What is no repository, not even a broken one, is somebody's: it is not replaced. */
export function refuseForeign({ paths }: GitSource): Script {
  return script(sh`
    if [ -e ${paths.repo} ] && [ ! -e ${paths.repo}/HEAD ] && [ ! -d ${paths.repo}/objects ] && ! rmdir ${paths.repo} 2>/dev/null; then
      printf '%s is not a git repository. Set repoPath to a path that is free.\n' ${paths.repo} >&2
      exit 1
    fi
  `);
}

/** git, allowed to contact the repository. */
export function remoteGit(source: GitSource): Script {
  return script(sh`git ${remoteOptions(source)}`);
}

/** Options of such a git. It must not leave a collector behind that keeps the channel open. */
export function remoteOptions(source: GitSource): readonly string[] {
  return ["-c", "gc.autoDetach=false", ...credentialOptions(source.repository)];
}

function noSuchCommit(source: GitSource): Script {
  return script(sh`
    printf 'The commit %s is not in %s.\n' ${source.revision} ${source.repository.url} >&2
    exit 1
  `);
}

/**
 * Lets ssh fail where it would ask: nobody is there to answer. Which ssh is the host's own matter, in git's order; only OpenSSH is known to
 * take the option.
 */
export function sshWithoutQuestions(): Script {
  return script(`
    fake_ssh=\${GIT_SSH_COMMAND:-$(git config --get core.sshCommand)}
    fake_ssh=\${fake_ssh:-\${GIT_SSH:-ssh}}
    case \${GIT_SSH_VARIANT:-$(git config --get ssh.variant)}:\${fake_ssh%% *} in
    :ssh | :*/ssh | ssh:ssh | ssh:*/ssh) GIT_SSH_COMMAND="$fake_ssh -o BatchMode=yes"; export GIT_SSH_COMMAND ;;
    esac
  `);
}
