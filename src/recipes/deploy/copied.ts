import { sh } from "../../index.ts";
import { type DeployPaths, REMOVE, releasePath, workPath } from "./paths.ts";
import { parentsOf } from "./shared.ts";

/** `copy`: their own data from the start, shared by the file system where it can do that. `hardlink`: the same files until one is replaced. */
export const COPY_WAYS = ["copy", "hardlink"] as const;

export interface CopiedDirs {
  /** The new release. */
  readonly id: string;
  /** The release that is live. */
  readonly from: string;
  readonly dirs: readonly string[];
  readonly way: (typeof COPY_WAYS)[number];
}

/**
 * Copies directories from the live release into a new one, each beside its place and then moved there: half of one is never taken for it. What
 * the revision has itself is kept, and what is a link is not copied. A parent that is a link is refused: what is behind it is not the release's.
 */
export function copyFromLive(paths: DeployPaths, run: string, { id, from, dirs, way }: CopiedDirs): string {
  const work = workPath(paths, run);
  const live = releasePath(paths, from);
  const parents = [...new Set(dirs.flatMap(parentsOf))];
  return sh`
    ${REMOVE}
    cd ${releasePath(paths, id)} || exit 1
    for parent in ${parents}; do
      for place in . ${live}; do
        [ ! -L "$place/$parent" ] || { printf '%s is a symbolic link: nothing is copied from or to what is below it.\n' "$place/$parent" >&2; exit 1; }
      done
    done
    how=-a
    if [ ${way} = hardlink ]; then how=-al
    # Not every cp knows the word, or shares data without it.
    elif cp --help 2>&1 | grep -q -e --reflink; then how='-a --reflink=auto'
    fi
    for path in ${dirs}; do
      if [ -L ${live}/"$path" ]; then printf 'link %s\n' "$path"; continue; fi
      [ -d ${live}/"$path" ] || continue
      if [ -e "./$path" ] || [ -L "./$path" ]; then
        grep -qxF -e "$path" ${work}/copied 2>/dev/null || printf 'kept %s\n' "$path"
        continue
      fi
      draft=./$path.fake-${run}
      case $path in */*) mkdir -p "./\${path%/*}" || exit 1 ;; esac
      remove "$draft"
      cp $how ${live}/"$path" "$draft" || { remove "$draft"; exit 1; }
      mkdir -p ${work} && printf '%s\n' "$path" >>${work}/copied && mv "$draft" "./$path" || exit 1
      printf 'copied %s\n' "$path"
    done
  `;
}
