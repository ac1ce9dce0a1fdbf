import { posix } from "node:path";
import { type Script, script, sh } from "../../../index.ts";
import { releasePath } from "../paths.ts";
import type { GitSource } from "./repository.ts";
import type { StrategyCommand } from "./strategy.ts";
import { extractSubmodules } from "./submodules.ts";

const { join } = posix;

/** Exit code of `extract` in the shell when git could not read the commit: the repository is damaged. */
const DAMAGED = 2;

/**
 * Fills a release from the repository on the host. Both sides of the pipe are looked at: when git cannot read the
 * commit, `repair` runs once and it is tried again.
 */
export function extractRevision(source: GitSource, id: string, repair: Script): StrategyCommand {
  const { paths, revision } = source;
  const release = releasePath(paths, id);
  const text = sh`
    ${refuseMissingTree(source)}
    ${defineExtract(source, release)}
    extract
    case $? in
    0) ;;
    ${DAMAGED})
      printf 'The repository %s is damaged.\n' ${paths.repo} >&2
      (
        ${repair}
      ) || exit 1
      rm -rf ${release} && mkdir ${release} && extract || exit 1 ;;
    *) exit 1 ;;
    esac
    ${lookForFiles(source)}
    ${refuseParts(source)}
    ${source.submodules === true ? extractSubmodules(source, id) : script()}
  `;
  return { title: `extract ${revision.slice(0, 12)} into releases/${id}`, text };
}

/** A pipe in sh has the status of its last command: the statuses of both go through descriptor 3. */
function defineExtract(source: GitSource, release: string): Script {
  const tree = source.repoTree === "" ? source.revision : `${source.revision}:${source.repoTree}`;
  return script(sh`
    extract() {
      statuses=$( {
        { git --git-dir=${source.paths.repo} archive --format=tar ${tree} 3>&-; echo "git=$?" >&3; } |
        { tar -xf - -C ${release} >&2 3>&-; echo "tar=$?" >&3; }
      } 3>&1 )
      case $statuses in *git=0*tar=0*|*tar=0*git=0*) return 0 ;; *git=0*|*git=141*) return 1 ;; esac
      return ${DAMAGED}
    }
  `);
}

/** Which files of the revision speak of submodules or of Git LFS, asked in one question. Below `repoTree`, or above it. */
function lookForFiles({ paths, revision, repoTree, submodules, lfsPointers }: GitSource): Script {
  if (submodules !== "fail" && lfsPointers) return script();
  const parents = repoTree.split("/").map((_, index, names) => names.slice(0, index).join("/"));
  const below = repoTree.replaceAll(/[\\*?[]/g, "\\$&");
  const attributes = repoTree === "" ? [] : parents.map((name) => `:(literal)${join(name, ".gitattributes")}`);
  const files = [":(literal).gitmodules", ...attributes, `:(glob)${join(below, "**/.gitattributes")}`];
  return script(sh`
    files=$(git --git-dir=${paths.repo} grep -lG --threads=1 -e '\[submodule' -e '^[^#].*filter=lfs' ${revision} -- ${files} 2>/dev/null)
  `);
}

/** `git archive` leaves submodules out, and files in LFS as pointers: a release without them is only made when somebody said so. */
function refuseParts({ submodules, lfsPointers }: GitSource): Script {
  const hasSubmodules =
    "This revision has submodules. Set submodules: true to deploy them, or submodules: false to deploy without them.";
  const hasLfs =
    "This revision keeps files in Git LFS, which releases only get as pointers. Set lfsPointers: true if that is enough.";
  return script(
    submodules === "fail" ? sh`case $files in *:.gitmodules*) echo ${hasSubmodules} >&2; exit 1 ;; esac` : "",
    lfsPointers ? "" : sh`case $files in *.gitattributes*) echo ${hasLfs} >&2; exit 1 ;; esac`,
  );
}

/** Git fails the same way for a directory that the commit does not have as for one that it cannot read. */
function refuseMissingTree(source: GitSource): Script {
  if (source.repoTree === "") return script();
  const tree = `${source.revision}:${source.repoTree}`;
  return script(sh`
    if [ "$(git --git-dir=${source.paths.repo} cat-file -t ${tree} 2>/dev/null)" != tree ] &&
       git --git-dir=${source.paths.repo} ls-tree -r -t --name-only ${source.revision} >/dev/null 2>&1; then
      printf 'The commit %s has no directory %s (repoTree).\n' ${source.revision} ${source.repoTree} >&2
      exit 1
    fi
  `);
}
