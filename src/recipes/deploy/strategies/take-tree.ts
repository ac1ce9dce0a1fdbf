import { type Script, script, sh } from "../../../index.ts";
import { defineProof } from "./prove-tree.ts";
import type { GitSource } from "./repository.ts";

/** Status of `take` in the shell when git could not read the commit: the repository is damaged. */
export const DAMAGED = 2;

/**
 * What a commit comes to must not depend on the host's configuration; of its umask the archive knows, as not every tar asks for it. From LFS
 * there are pointers, or none.
 */
const OPTIONS = [
  ...["core.attributesFile=/dev/null", "core.autocrlf=false", "core.eol=lf", "core.hooksPath=/dev/null", "tar.umask=user"],
  ...["filter.lfs.process=", "filter.lfs.smudge=", "filter.lfs.required=false"],
].flatMap((setting) => ["-c", setting]);

/**
 * Defines `take`, which fills the empty directory `$into` with what the commit `$commit` of the repository `$repo` has, or with what is in its
 * directory `$tree`, by the attributes of the whole commit; then it looks whether that came, and whether it is all. `$work` is a
 * directory for notes: `gitlinks` names those where submodules belong.
 */
export function defineTake({ submodules, lfsPointers }: Pick<GitSource, "submodules" | "lfsPointers">): Script {
  return script(sh`
    LC_ALL=C GIT_ATTR_NOSYSTEM=1 GIT_NO_REPLACE_OBJECTS=1
    export LC_ALL GIT_ATTR_NOSYSTEM GIT_NO_REPLACE_OBJECTS
    tab=${"\t"}
    own_git() { git ${OPTIONS} --literal-pathspecs --git-dir="$repo" "$@"; }
    ${WITHOUT_FILTERS}
    ${EXTRACT}
    ${defineProof(OPTIONS)}
    ${LIST}
    ${LOOK_FOR_NAMES}
    ${LOOK_FOR_ALL}
    ${LOOK_AT_LINKS}
    ${lookForFilters(lfsPointers)}
    ${lookForSubmodules(submodules)}
    take() {
      # What git cannot list it cannot archive either, which tells whether it is damaged.
      survey || { extract && return 1; return; }
      [ "$names" = plain ] || { list && look_for_names; } || return 1
      extract || return
      ! prove || return 0
      [ "$names" != plain ] || list || return 1
      wrong=0
      look_for_all || return 1
      look_at_links
      look_for_filters
      look_for_submodules
      return $wrong
    }
  `);
}

/** Defines `without_filters`: git, with all filters off that the host has. */
export const WITHOUT_FILTERS = script(sh`
  without_filters() (
    set -f
    for key in $(git \${repo:+"--git-dir=$repo"} config --name-only --get-regexp '^filter[.]' 2>/dev/null); do
      case $key in
      *=*) ;;
      filter.*.required) set -- -c "$key=false" "$@" ;;
      filter.*.*) set -- -c "$key=" "$@" ;;
      esac
    done
    git "$@"
  )
`);

/**
 * Both sides of the pipe are looked at, though a pipe in sh has the status of its last command: git's goes into a file, for which the shell
 * waits, as ksh93 waits for the last command of a pipe alone. Git fails in the same way for a commit that it cannot read as for a filter of
 * the host that fails: without filters, it tells.
 */
const EXTRACT = script(sh`
  archive() { "$@" archive --format=tar "$commit" \${tree:+"$tree"}; }
  unfiltered() { without_filters --literal-pathspecs --git-dir="$repo" "$@"; }
  extract() {
    [ ! -e "$work/status" ] || rm -f "$work/status"
    { archive own_git; echo $? >"$work/status"; } | tar -xf - -C "$into" \${tree:+"--strip-components=$depth"} >&2
    tar=$? git= turns=1
    [ $tar != 0 ] || turns=9
    until { read -r git <"$work/status"; } 2>/dev/null || [ $turns = 0 ]; do turns=$((turns - 1)); sleep 1; done
    case $git-$tar in
    0-0) return 0 ;;
    -0) echo 'git on this host was ended before it had made the archive.' >&2; return 1 ;;
    # On a full disk, not even its status can be written.
    0-*|141-*|-*) return 1 ;;
    esac
    archive unfiltered >/dev/null 2>&1 || return ${DAMAGED}
    echo 'A filter of this revision (.gitattributes) failed in git on this host.' >&2
    return 1
  }
`);

/** What git says is there, an entry in a line as MODE TYPE ID, a tab and the name; and the attributes that it has for names. */
const LIST = script(sh`
  list() {
    mkdir -p "$work/tree/$tree" && own_git ls-tree -r -t -z "$commit:$tree" >"$work/listed" &&
      tr '\000\n' '\n\001' <"$work/listed" >"$work/entries" && tr '\000' '\n' <"$work/listed" | cut -f 2- | sort >"$work/names" &&
      ( export GIT_INDEX_FILE="$work/index" && own_git read-tree "$commit" )
  }
  attributes() {
    ( export GIT_INDEX_FILE="$work/index" && cd "$work/tree/$tree" && tr '\n' '\000' |
      own_git --work-tree="$work/tree" check-attr --cached --stdin -z "$1" | tr '\000' '\n' )
  }
`);

/** A directory and a link of one name would put what belongs into the directory where the link points. */
const LOOK_FOR_NAMES = script(sh`
  look_for_names() {
    twice=$(cut -f 2- <"$work/entries" | sort | uniq -d) && [ -n "$twice" ] || return 0
    printf 'The tree of this revision is broken, git fsck says the same: it has this twice:\n%s\n' "$twice" >&2
    return 1
  }
`);

/** A name is missing rightly where its attributes, or those of a directory above, say export-ignore. */
const LOOK_FOR_ALL = script(sh`
  look_for_all() {
    if [ -s "$work/names" ] && [ -z "$(ls -A "$into")" ]; then
      echo 'Nothing of this revision is for releases: .gitattributes says export-ignore of all that would be deployed.' >&2
      return 1
    fi
    ( cd "$into" && find . ! -name . -print ) | sed 's,^\./,,' | sort >"$work/found" && comm -23 "$work/names" "$work/found" >"$work/lacking" || return 1
    while IFS= read -r path; do
      case $path in */*) [ -d "$into/\${path%/*}" ] || continue ;; esac
      [ -e "$into/$path" ] || [ -L "$into/$path" ] || printf '%s\n%s/\n' "$path" "$path"
    done <"$work/lacking" >"$work/asked"
    attributes export-ignore <"$work/asked" >"$work/ignored" || return 1
    while IFS= read -r path; do
      read -r _name && read -r file && read -r _path && read -r _name && read -r directory || return 1
      case $file-$directory in set-*|*-set) continue ;; esac
      printf 'tar on this host did not make %s of the archive that git made: install GNU tar there.\n' "$path" >&2
      wrong=1
      break
    done <"$work/ignored"
  }
`);

/** Not every tar knows how git writes a long target. */
const LOOK_AT_LINKS = script(sh`
  look_at_links() {
    grep '^120000 ' "$work/entries" >"$work/links"
    while IFS= read -r entry; do
      path=\${entry#*"$tab"} id=\${entry%%"$tab"*}
      [ -e "$into/$path" ] || [ -L "$into/$path" ] || continue
      printf '%s\n' "\${id##* }" >&3
      printf '%s\n%s\n' "\${id##* }" "$(readlink "$into/$path")"
    done <"$work/links" 3>"$work/ids" >"$work/targets"
    own_git cat-file --batch='%(objectname)' <"$work/ids" | cmp -s - "$work/targets" && return
    while IFS= read -r entry; do
      path=\${entry#*"$tab"} id=\${entry%%"$tab"*}
      [ -e "$into/$path" ] || [ -L "$into/$path" ] || continue
      [ "$(readlink "$into/$path")" != "$(own_git cat-file blob "\${id##* }")" ] || continue
      printf 'tar on this host made a link %s that does not point where the revision says: install GNU tar there.\n' "$path" >&2
      wrong=1
      break
    done <"$work/links"
  }
`);

/** Files with a filter that the host has not are what git stores, not what the revision means; those in LFS always are. Each filter is told once. */
function lookForFilters(lfsPointers: boolean): Script {
  const lfs =
    "%s is kept in Git LFS (.gitattributes), which releases only get as pointers. Set lfsPointers: true if that is enough.\\n";
  const other =
    "%s goes through the filter %s (.gitattributes), which git on this host does not have. Install it there; or, to deploy what is stored, run there: git config --global filter.%s.smudge cat\\n";
  return script(sh`
    has_filter() {
      for part in smudge process clean; do ! own_git config --get "filter.$1.$part" >/dev/null || return 0; done
      return 1
    }
    look_for_filters() {
      attributes filter <"$work/names" | sed -e 'N;N' -e '/\nunspecified$/d' -e '/\nunset$/d' -e '/\nset$/d' -e 's/^\(.*\)\n.*\n\(.*\)$/\2 \1/' >"$work/filters"
      told=' '
      while IFS= read -r line; do
        filter=\${line%% *} path=\${line#* }
        case $told in *" $filter "*) continue ;; esac
        [ -f "$into/$path" ] && [ ! -L "$into/$path" ] || continue
        told="$told$filter "
        case $filter in
        lfs) ${script(lfsPointers ? "continue" : sh`printf ${lfs} "$path" >&2`)} ;;
        *)
          ! has_filter "$filter" || continue
          case $filter in *[!A-Za-z0-9._-]*) word=NAME ;; *) word=$filter ;; esac
          printf ${other} "$path" "$filter" "$word" >&2 ;;
        esac
        wrong=1
      done <"$work/filters"
    }
  `);
}

/** Git leaves an empty directory where a submodule belongs, with an entry in .gitmodules or without. */
function lookForSubmodules(submodules: GitSource["submodules"]): Script {
  const refusal =
    "This revision has submodules (%s). Set submodules: true to deploy them, or submodules: false to deploy without them.\\n";
  return script(sh`
    look_for_submodules() {
      grep '^160000 ' "$work/entries" >"$work/modules"
      while IFS= read -r entry; do
        path=\${entry#*"$tab"}
        [ -d "$into/$path" ] || continue
        ${script(submodules === "fail" ? sh`printf ${refusal} "$path" >&2; wrong=1; break` : sh`printf '%s\n' "$into/$path" >>"$work/gitlinks"`)}
      done <"$work/modules"
    }
  `);
}
