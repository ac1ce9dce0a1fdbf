import { type Script, script, sh } from "../../index.ts";
import { type DeployPaths, releasePath } from "./paths.ts";
import { readTagged } from "./tagged-lines.ts";

/** Links a file or directory of `shared` into a release. */
export interface SharedLink {
  /** Relative path, the same in `shared` and in the release. */
  readonly path: string;
  readonly kind: "file" | "directory";
}

/** The links that the settings ask for. */
export function linksOf(env: {
  readonly linkedDirs: readonly string[];
  readonly linkedFiles: readonly string[];
}): readonly SharedLink[] {
  return [
    ...env.linkedDirs.map((path) => ({ path, kind: "directory" as const })),
    ...env.linkedFiles.map((path) => ({ path, kind: "file" as const })),
  ];
}

/**
 * Links the shared files or directories into a release, with absolute links. A link that the tree brought along is kept; a
 * directory or file in its place makes room. A parent that is a link is refused: what lies behind it is not the release's.
 */
export function linkShared(paths: DeployPaths, id: string, links: readonly SharedLink[]): string {
  const release = releasePath(paths, id);
  const parents = [...new Set(links.flatMap((link) => parentsOf(link.path)))];
  return sh`
    cd ${release} || exit 1
    ${parents.length === 0 ? script() : refuseLinkedParents(parents)}
    for path in ${links.map((link) => link.path)}; do
      if [ -L "./$path" ]; then
        [ "$(readlink "./$path")" = ${paths.shared}/"$path" ] || printf 'kept %s -> %s\n' "$path" "$(readlink "./$path")"
        continue
      fi
      [ ! -e "./$path" ] || rm -rf "./$path" || exit 1
      ln -s ${paths.shared}/"$path" "./$path" || exit 1
    done
  `;
}

/** Paths that `linkShared` left alone, because the tree has links of its own there. */
export function parseKept(output: string): readonly string[] {
  return readTagged(output)("kept");
}

function refuseLinkedParents(parents: readonly string[]): Script {
  return script(sh`
    for parent in ${parents}; do
      if [ -L "./$parent" ]; then
        printf '%s is a symbolic link in this revision: nothing can be linked below it.\n' "$parent" >&2
        exit 1
      fi
      [ -d "./$parent" ] || mkdir -p "./$parent" || exit 1
    done
  `);
}

/** `a/b/c` has the parents `a` and `a/b`, in this order. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
