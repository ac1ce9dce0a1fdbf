import { type Script, script, sh } from "../../../index.ts";
import { releasePath, workPath } from "../paths.ts";
import type { GitSource } from "./repository.ts";
import type { StrategyCommand } from "./strategy.ts";
import { extractSubmodules } from "./submodules.ts";
import { DAMAGED, defineTake } from "./take-tree.ts";

/**
 * Fills a release from the repository on the host, and looks whether it is what git says it is. When git cannot read the commit, `repair` runs
 * once and it is tried again: what that starts may stay, without the flock of the lock (descriptor 9).
 */
export function extractRevision(source: GitSource, id: string, repair: Script): StrategyCommand {
  const { paths, revision, repoTree } = source;
  const release = releasePath(paths, id);
  const work = `${workPath(paths, source.run)}/source`;
  const text = sh`
    ${refuseMissingTree(source)}
    { [ ! -e ${work} ] || rm -rf ${work}; } && mkdir -p ${work} || exit 1
    repo=${paths.repo} commit=${revision} tree=${repoTree} depth=${repoTree.split("/").length} into=${release} work=${work}
    ${defineTake(source)}
    take
    case $? in
    0) ;;
    ${DAMAGED})
      printf 'The repository %s is damaged.\n' "$repo" >&2
      (
        ${repair}
      ) 9>&- || exit 1
      rm -rf ${release} && mkdir ${release} && take || exit 1 ;;
    *) exit 1 ;;
    esac
    ${source.submodules === true ? extractSubmodules(source) : script()}
    :
  `;
  return { title: `extract ${revision.slice(0, 12)} into releases/${id}`, text, contained: source.submodules !== true };
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
