/** How hosts take an archive. */
import { hostPath } from "./paths.ts";
import { chooseSum, END_BY_SIGNAL, type FilePlace, meanwhile, PRELUDE, REMOVE_LEFT } from "./script.ts";
import { SUM_COMMANDS, type SumTool, sumFilter } from "./sum.ts";
import { ARCHIVE } from "./tar-stream.ts";

const SYNC_TREE = `sync -f "$s" 2>/dev/null || sync`;

/** Goes into a directory, which is made where there is none. @param word of shell text */
export function openDirectory(word: string): readonly string[] {
  return [
    PRELUDE,
    `p=${word}`,
    `[ -e "$p" ] || [ -h "$p" ] || (umask 022; mkdir -p "$p") || say "the directory $p cannot be made"`,
    `[ -d "$p" ] || say "$p is a file, where a directory is needed"`,
    `cd -P "$p" && d=$PWD || say "$p cannot be entered"`,
  ];
}

/** Makes sure that an archive can be unpacked there. */
export const beforeTree: readonly string[] = [
  `[ -w . ] || say "$d cannot be written to"`,
  `command -v tar >/dev/null || say "there is no tar: directories need it"`,
  chooseSum(true),
  REMOVE_LEFT,
];

/** Says the tool for sums, and the whole path of the directory that a word of shell text names. */
export function treePlaceScript(word: string): string {
  return [...openDirectory(word), ...beforeTree, `printf '%s\\n%s\\n' "$S" "$d"`].join("\n");
}

/** Unpacks an archive beside the destination, compares the sums, and moves it into place; where directories are there, file by file. */
export function receiveTreeScript({ path, into }: Omit<FilePlace, "name">, tool: SumTool, fsync: boolean): string {
  return [
    PRELUDE,
    `p=${hostPath(path)}`,
    into ? "d=$p" : "d=${p%/*}; d=${d:-/}",
    ...unpackLines(`xargs -0 ${SUM_COMMANDS[tool]} | ${sumFilter(tool)}`, fsync),
    "X=",
    MERGE_INTO,
    "exit 0",
  ].join("\n");
}

/** Unpacks what comes into a stage in `$d`, and compares it. @param sums shell text that makes them, of names each with a NUL behind it */
export function unpackLines(sums: string, fsync: boolean): readonly string[] {
  return [
    "s=$d/.fake-tree.$N.$$.stage",
    `trap 'chmod -R u+rwx "$s" 2>/dev/null; rm -rf "$s"' EXIT; ${END_BY_SIGNAL}`,
    `mkdir "$s" "$s/${ARCHIVE.files}" || exit 1`,
    `tar -xpof - -C "$s" || say "what was sent cannot be unpacked in $d"`,
    // A stream that ends too early leaves the lists out, whatever tar says.
    `[ -f "$s/${ARCHIVE.sums}" ] && cd "$s/${ARCHIVE.files}" || say "only a part of it arrived"`,
    ...meanwhile(fsync, SYNC_TREE, [compareLines(sums)]),
  ];
}

function compareLines(make: string): string {
  const { names, sums } = ARCHIVE;
  return [
    ": >../g",
    `[ ! -s ../${names} ] || { ${make}; } <../${names} >../g`,
    `if ! cmp -s ../g ../${sums}; then`,
    `  n=0; while read -r a <&3; do n=$((n+1)); read -r b <&4 || b=; [ "$a" = "$b" ] || printf 'damaged %s\\n' "$n"; done 3<../${sums} 4<../g`,
    `  say "what has arrived is not what was sent"`,
    "fi",
  ].join("\n");
}

/** Each file in one rename, many in one mv. Subshells for the variables of each level. Where `$X` is not empty, no link is followed. */
export const MERGE_INTO = `merge() (
  w=$1; a=$2; z=$3; set --
  for e in "$a"/* "$a"/.[!.]* "$a"/..?*; do
    [ -e "$e" ] || [ -h "$e" ] || continue
    o=$z/\${e##*/}
    if [ -d "$e" ] && ! [ -h "$e" ]; then
      if [ -d "$o" ] && ! { [ -n "$X" ] && [ -h "$o" ]; }; then merge $w "$e" "$o" || exit 1; continue; fi
      { [ -e "$o" ] || [ -h "$o" ]; } && say "$o is a file, where a directory is to be"
    elif [ -d "$o" ] && ! [ -h "$o" ]; then say "$o is a directory, where a file is to be"
    elif [ -e "$o" ] && ! [ -f "$o" ] && ! [ -h "$o" ]; then say "$o is neither a file nor a directory: it is left as it is"
    fi
    [ $w = move ] || continue
    set -- "$@" "$e"
    if [ $# -ge 200 ]; then mv -f "$@" "$z"/ || exit 1; set --; fi
  done
  [ $# -eq 0 ] || mv -f "$@" "$z"/
)

merge check "$s/${ARCHIVE.files}" "$d" && merge move "$s/${ARCHIVE.files}" "$d" || exit 1`;
