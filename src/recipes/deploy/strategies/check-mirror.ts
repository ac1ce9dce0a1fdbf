import { type Script, script, sh } from "../../../index.ts";
import { word } from "../check-findings.ts";
import { hasRevision } from "./mirror.ts";
import type { GitSource } from "./repository.ts";

/**
 * Part of the check: what is at repoPath and is not ours to fetch into. Fetching removes what the repository does not have: a repository of
 * somebody's own would lose its branches. No program is started for a mirror as it should be.
 */
export function checkMirror(source: GitSource): Script {
  const { paths, repository } = source;
  const { repo } = paths;
  const free = "Set repoPath to a path that is free.";
  const hasIt = source.revision === "" ? script("false") : hasRevision(source);
  return script(sh`
    foreign() { say 'problem %s is %s.\n' ${repo} "$1"; say 'mend %s\n' ${free}; }
    if [ -e ${repo}/.git ]; then foreign 'the work tree of a repository, and no mirror'
    elif [ ! -e ${repo}/HEAD ] && [ ! -d ${repo}/objects ]; then
      [ ! -e ${repo} ] || { [ -d ${repo} ] && [ -z "$(ls -A ${repo} 2>/dev/null)" ]; } || foreign 'not a git repository'
    else
      bare= url= section=
      while read -r key equals value; do
        case $key in
        '['*) section="$key $equals" ;;
        bare) bare=$value ;;
        url) [ "$section" != '[remote "origin"]' ] || url=$value ;;
        esac
      done 2>/dev/null <${repo}/config
      if [ "$bare" = false ]; then foreign 'the repository of a work tree, and no mirror'
      elif [ -z "$url" ] && { [ -n "$(ls -A ${repo}/refs/heads 2>/dev/null)" ] || grep -q ' refs/heads/' ${repo}/packed-refs 2>/dev/null; }; then
        foreign 'a repository of its own, and no mirror'
      else
        if [ -n "$url" ] && [ "$url" != ${repository.url} ]; then
          # As git writes it, it may be quoted.
          url=$(git --git-dir=${repo} config --get remote.origin.url)
          case $url in *://*@*) shown="\${url%%://*}://\${url#*@}" ;; *) shown=$url ;; esac
          [ "$url" = ${repository.url} ] || printf 'remark %s is a mirror of %s: from now on it follows repoUrl.\n' ${repo} "$shown"
        fi
        for part in ${repo} ${repo}/config ${repo}/packed-refs ${repo}/objects ${repo}/objects/* ${repo}/refs ${repo}/refs/*; do
          [ -e "$part" ] && [ ! -w "$part" ] || continue
          ${hasIt} || unwritable "$part" ${word(repo)}
          break
        done
      fi
    fi
  `);
}
