import { sh } from "../../index.ts";
import { type DeployPaths, releasePath } from "./paths.ts";

/**
 * Links the shared files or directories into a release, with absolute links. A link that the tree brought along is kept; a
 * directory or file in its place makes room. A parent that is a link is refused: what lies behind it is not the release's.
 */
export function linkShared(paths: DeployPaths, id: string, links: readonly string[]): string {
  const release = releasePath(paths, id);
  const parents = [...new Set(links.flatMap(parentsOf))];
  return sh`
    cd ${release} || exit 1
    for parent in ${parents}; do
      if [ -L "./$parent" ]; then
        printf '%s is a symbolic link in this revision: nothing can be linked below it.\n' "$parent" >&2
        exit 1
      fi
      [ -d "./$parent" ] || mkdir -p "./$parent" || exit 1
    done
    for path in ${links}; do
      if [ -L "./$path" ]; then
        [ "$(readlink "./$path")" = ${paths.shared}/"$path" ] || printf 'kept %s -> %s\n' "$path" "$(readlink "./$path")"
        continue
      fi
      [ ! -e "./$path" ] || rm -rf "./$path" || exit 1
      ln -s ${paths.shared}/"$path" "./$path" || exit 1
    done
  `;
}

/** `a/b/c` has the parents `a` and `a/b`, in this order. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
