/** What hosts run for a sync beside what they run for any transfer. */
import { posix } from "node:path";
import { quote } from "../../command/quote.ts";
import { type Changes, type FarEntry, modeOf } from "./changes.ts";
import { hostPath } from "./paths.ts";
import { PRELUDE, touchTime } from "./script.ts";
import { SUM_COMMANDS, type SumTool, sumFilter } from "./sum.ts";
import { ARCHIVE } from "./tar-stream.ts";
import type { TreeEntry } from "./tree.ts";
import { beforeTree, MERGE_INTO, openDirectory, unpackLines } from "./tree-script.ts";

const FIND = "find . -mindepth 1 -ignore_readdir_race";

/** For find that cannot print: one program for each file. */
const LOOK = `for f; do
  l=
  if [ -h "$f" ]; then t=l; l=$(readlink "$f"; echo .); l=\${l%??}; elif [ -d "$f" ]; then t=d; elif [ -f "$f" ]; then t=f; else t=o; fi
  a=$(stat -c "%s %a %Y" "$f" 2>/dev/null || stat -f "%z %Lp %m" "$f") || exit 1
  printf "%s %s %s\\0%s\\0" "$t" "$a" "\${f#./}" "$l"
done`;

/**
 * Lists a directory, which is made where there is none: its whole path, the tool for sums, and of each entry "type size mode time path" and where a link leads, each
 * with a NUL behind it. Links are not followed, but the directory itself may be one.
 */
export function listScript(path: string, mayDelete: boolean): string {
  return [
    ...openDirectory(hostPath(path)),
    ...(mayDelete
      ? [
          `h=$(cd -P "$HOME" && pwd); case $h/ in "\${d%/}"/*) say "nothing is deleted in all of $d: name a directory in it";; esac`,
        ]
      : []),
    ...beforeTree,
    `printf '%s\\0%s\\0' "$d" "$S"`,
    `if ${FIND} -prune -printf '' 2>/dev/null; then ${FIND} -printf '%y %s %m %T@ %P\\0%l\\0'`,
    `else find . ! -name . -exec sh -c ${quote(LOOK)} sh {} +; fi || say "$d cannot be listed"`,
  ].join("\n");
}

/** Goes into a directory of the destination, unless it has become a link meanwhile, or is in one. */
export const ENTER = `at() { cd -P "$d\${1:+/$1}" && [ "$PWD" = "\${d%/}\${1:+/$1}" ] || say "$d/$1 is not what it was"; }`;

/** Behind the list. */
const END = "\0.\0\0";

/** The same, and then takes an archive of what differs: all on one way there and back. An input without one changes nothing. */
export function syncScript(path: string, mayDelete: boolean, fsync: boolean): string {
  return [
    listScript(path, mayDelete),
    // Behind the NUL of what is in front of it.
    "printf '.\\0\\0'",
    `read -r go || exit 0`,
    ...unpackLines(`sum "xargs -0"`, fsync),
    "X=1",
    ENTER,
    `. "$s/${ARCHIVE.before}"`,
    MERGE_INTO,
    `. "$s/${ARCHIVE.after}"`,
    "exit 0",
  ].join("\n");
}

/** In front of the archive. */
export const GO = Buffer.from("go\n");

/** Where a list ends in what has come last. */
export function findListEnd(output: Buffer): number | undefined {
  const at = output.indexOf(END, 0, "latin1");
  return at === -1 ? undefined : at + END.length;
}

const TYPES: Readonly<Record<string, FarEntry["type"]>> = { f: "file", d: "directory", l: "link" };

/** Of other transfers, which may be at work. */
const PARTS = /(?:^|\/)\.fake-[^/]*\.(?:part|stage)(?:\/|$)/;

export interface Listing {
  readonly root: string;
  readonly tool: SumTool;
  readonly entries: readonly FarEntry[];
}

export function readListing(output: string): Listing {
  const [root = "", tool, ...fields] = output.split("\0");
  const entries: FarEntry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, type = "", size, mode = "", mtime, path = ""] =
      /^(.) (\d+) ([0-7]+) (-?\d+)(?:\.\d+)? (.*)$/s.exec(fields[at] ?? "") ?? [];
    if (path === "" || PARTS.test(path)) continue;
    const rest = { size: Number(size), mode: Number.parseInt(mode, 8) & 0o777, mtime: Number(mtime) };
    entries.push({ path, type: TYPES[type] ?? "other", ...rest, target: fields[at + 1] ?? "" });
  }
  return { root, tool: tool as SumTool, entries };
}

/** The sums of the files that its input names, each with a NUL behind it. */
export function sumsScript(root: string, tool: SumTool): string {
  return [PRELUDE, `cd ${quote(root)} || exit 1`, `xargs -0 ${SUM_COMMANDS[tool]} | ${sumFilter(tool)}`].join("\n");
}

/** Shell lines: before anything is moved into place, and behind it. */
export function changeLines({ clear, remove, mend }: Changes): {
  readonly before: readonly string[];
  readonly after: readonly string[];
} {
  return {
    before: removeLines(clear),
    after: [...removeLines(remove), ...inDirectories(mend, (entry) => [mendWords(entry)], " && ")],
  };
}

function removeLines(paths: readonly string[]): readonly string[] {
  const words = (path: string): readonly string[] => [quote(`./${posix.basename(path)}`)];
  return inDirectories(
    paths.map((path) => ({ path })),
    ({ path }) => words(path),
    " ",
    "rm -rf ",
  );
}

function mendWords(entry: TreeEntry): string {
  const name = quote(`./${posix.basename(entry.path)}`);
  const time = entry.type === "file" ? ` && TZ=UTC0 touch -t ${touchTime(entry.mtime)} ${name}` : "";
  return `[ ! -h ${name} ] && chmod ${modeOf(entry).toString(8)} ${name}${time}`;
}

/** Of one directory at once, and not more than a command line takes. */
const AT_ONCE = 100;

function inDirectories<Entry extends { readonly path: string }>(
  entries: readonly Entry[],
  words: (entry: Entry) => readonly string[],
  between: string,
  verb = "",
): readonly string[] {
  const folders = new Map<string, string[]>();
  for (const entry of entries) {
    const folder = posix.dirname(entry.path) === "." ? "" : posix.dirname(entry.path);
    folders.set(folder, [...(folders.get(folder) ?? []), ...words(entry)]);
  }
  return [...folders].flatMap(([folder, all]) =>
    Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, index) => {
      const some = all.slice(index * AT_ONCE, (index + 1) * AT_ONCE).join(between);
      return `(at ${folder === "" ? '""' : quote(folder)} && ${verb}${some}) || exit 1`;
    }),
  );
}
