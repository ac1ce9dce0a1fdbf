/** What hosts run for a transfer: POSIX sh, with tar and a program for sums. */
import { quote } from "../../command/quote.ts";
import { SAYS } from "./host-run.ts";
import { hostPath } from "./paths.ts";
import { SUM_COMMANDS, type SumTool, sumFilter } from "./sum.ts";

/** Partial files of fewer bytes are not worth to be continued. */
export const RESUME_FROM = 1024 * 1024;

/** Ends as by itself, so that what is left behind is removed: also when it speaks to nobody any more, the link being gone. */
export const END_BY_SIGNAL = "trap 'exit 1' HUP INT PIPE TERM";

/** Says why, and ends. Its processes are known by this host's name and the shell's number: a directory may be shared by hosts. */
export const PRELUDE = [
  "umask 077",
  "LC_ALL=C; export LC_ALL",
  `say() { printf '${SAYS}%s\\n' "$1" >&2; exit 1; }`,
  "N=$(uname -n)",
  // Left by a transfer of this host that is gone.
  `isleft() { x=\${1%.*}; q=\${x##*.}; x=\${x%.*}; case $x in *".$N") ! kill -0 "$q" 2>/dev/null;; *) false;; esac; }`,
].join("\n");

/** Writes what was written through to the disk: of one file where the host can. */
const SYNC_FILE = `sync "$t" 2>/dev/null || sync`;

/** What the disk has to do is no work for the processor, which makes the sums. */
export function meanwhile(fsync: boolean, sync: string, lines: readonly string[]): readonly string[] {
  return fsync ? [`{ ${sync}; } >/dev/null &`, ...lines, "wait"] : lines;
}

export interface Destination {
  readonly path: string;
  /** Several sources, or a slash behind it: it is a directory. */
  readonly isDirectory: boolean;
  /** A slash behind it: made where there is none. */
  readonly isMade: boolean;
}

/** A large file that goes by itself, and can be continued. */
export interface FileUnit {
  /** Stands for the path that it comes from. */
  readonly ident: string;
  /** Stands for its size and time. */
  readonly version: string;
  readonly size: number;
}

/**
 * Finds out what the destination is: "into" or "exact"; what the host has; and what an earlier transfer has left of each unit.
 * @param hasDirectory a directory is among the sources
 */
export function lookScript(
  { path, isDirectory, isMade }: Destination,
  hasDirectory: boolean,
  units: readonly FileUnit[],
  needsTar: boolean,
): string {
  return [
    PRELUDE,
    `p=${hostPath(path)}`,
    `if [ -d "$p" ]; then k=into; d=$p`,
    `elif [ -e "$p" ]; then`,
    isDirectory ? `say "$p is a file, where a directory is needed"` : "k=exact",
    ...(hasDirectory ? [`say "$p is a file, where a directory is to be"`] : []),
    `elif [ -h "$p" ]; then say "$p is a link that leads nowhere"`,
    isMade
      ? `else k=into; d=$p; (umask 022; mkdir -p "$p") || say "the directory $p cannot be made"; fi`
      : isDirectory
        ? `else say "there is no directory $p to put several in: a slash behind it has it made"; fi`
        : "else k=exact; fi",
    `if [ $k = exact ]; then d=\${p%/*}; [ ! -e "\${d:=/}" ] || [ -d "$d" ] || say "$d is a file, where a directory is needed"; fi`,
    `if [ $k = exact ] && [ ! -d "$d" ]; then (umask 022; mkdir -p "$d") || say "the directory $d cannot be made"; fi`,
    `[ -w "$d" ] || say "$d cannot be written to"`,
    ...(needsTar ? [`command -v tar >/dev/null || say "there is no tar: directories and several files need it"`] : []),
    chooseSum(needsTar),
    `printf '%s\\n' "$k" "$S"`,
    REMOVE_LEFT,
    ...units.flatMap((unit, index) => findPart(unit, index)),
    "exit 0",
  ].join("\n");
}

/** What is left of a unit: how much, where, and its sum. */
export interface PartFound {
  readonly offset: number;
  readonly name: string;
  readonly sum: string;
}

/** What the host has said: the parts by their units. */
export function readLook(stdout: string): {
  readonly into: boolean;
  readonly tool: SumTool;
  readonly found: Readonly<Record<number, PartFound>>;
} {
  const [kind, tool, ...lines] = stdout.trimEnd().split("\n") as [string, SumTool, ...string[]];
  const found: Record<number, PartFound> = {};
  for (const line of lines) {
    const [, index, offset, name, sum] = /^part (\d+) (\d+) ([^ |/]+)\|(.*)$/.exec(line) ?? [];
    if (name !== undefined && sum !== undefined) found[Number(index)] = { offset: Number(offset), name, sum };
  }
  return { into: kind === "into", tool, found };
}

/** What transfers that are gone have left in the directory. */
export const REMOVE_LEFT = `for f in "$d"/.fake-*.stage; do [ -d "$f" ] && isleft "$f" && rm -rf "$f"; done`;

/** openssl is several times as fast, where the processor has instructions for it, but some write names with line ends as they are. */
export function chooseSum(hasNames: boolean): string {
  const order: readonly SumTool[] = hasNames
    ? ["sha256sum", "shasum", "openssl", "cksum"]
    : ["openssl", "sha256sum", "shasum", "cksum"];
  const works = (tool: SumTool): string => `${SUM_COMMANDS[tool]} </dev/null >/dev/null 2>&1`;
  return [
    ...order.map((tool, at) => `${at === 0 ? "if" : "elif"} ${works(tool)}; then S=${tool}`),
    `else say "there is no ${order.slice(0, -1).join(", ")} or cksum to verify files with"; fi`,
    `sum() { case $S in ${order.map((tool) => `${tool}) $1 ${SUM_COMMANDS[tool]} | ${sumFilter(tool)};;`).join(" ")} esac; }`,
  ].join("\n");
}

/** Says the largest one; what is left of another version goes. */
function findPart({ ident, version, size }: FileUnit, index: number): readonly string[] {
  return [
    "b=; n=0",
    `for f in "$d"/.fake-${ident}-*.part; do`,
    `  [ -f "$f" ] && ! [ -h "$f" ] && isleft "$f" || continue`,
    `  case $f in *-${version}.*) m=$(wc -c <"$f") && [ "$m" -gt "$n" ] && [ "$m" -le ${size} ] && { b=$f; n=$m; };; *) rm -f "$f";; esac`,
    "done",
    `[ -z "$b" ] || printf 'part %s %s %s|%s\\n' ${index} "$((n))" "\${b##*/}" "$(sum <"$b")"`,
  ];
}

/** Where a unit goes: into the destination by its name, or in its place; a link there is followed. */
export interface FilePlace {
  readonly path: string;
  readonly into: boolean;
  readonly name: string;
}

function placeLines({ path, into, name }: FilePlace): readonly string[] {
  return [
    `p=${hostPath(path)}`,
    into ? `f=$p/${quote(name)}` : "f=$p",
    `if [ -h "$f" ] && [ -f "$f" ]; then f=$(readlink -f "$f") || say "cannot follow the link"; fi`,
    `[ ! -d "$f" ] || say "$f is a directory, where a file is to be"`,
    // A device or a pipe that is replaced is gone for all that use it.
    `[ ! -e "$f" ] || [ -f "$f" ] || say "$f is neither a file nor a directory: it is left as it is"`,
    "d=${f%/*}",
  ];
}

/** Takes a file from its input, behind what is there of it: says the name of the part, and the sum of all. */
export function receiveFileScript(
  place: FilePlace,
  unit: FileUnit,
  tool: SumTool,
  { from, fsync }: { from: { name: string; offset: number } | undefined; fsync: boolean },
): string {
  const { ident, version, size } = unit;
  return [
    PRELUDE,
    ...placeLines(place),
    `t=$d/.fake-${ident}-${version}.$N.$$.part`,
    // One that is ended leaves what is worth to be continued.
    `left() { [ ! -f "$t" ] || [ "$(($(wc -c <"$t")))" -ge ${RESUME_FROM} ] || rm -f "$t"; }`,
    `trap left EXIT; ${END_BY_SIGNAL}`,
    ...(from === undefined
      ? []
      : [
          `mv "$d"/${quote(from.name)} "$t" || say "what was there of it is gone"`,
          `[ "$(($(wc -c <"$t")))" -eq ${from.offset} ] || say "what was there of it has changed"`,
        ]),
    `cat >>"$t" || { rm -f "$t"; say "$f cannot be written"; }`,
    `n=$(($(wc -c <"$t")))`,
    `[ "$n" -eq ${size} ] || say "only $n of ${size} bytes of $f arrived"`,
    "trap - EXIT",
    `printf '%s\\n' "\${t##*/}"`,
    ...meanwhile(fsync, SYNC_FILE, [`${SUM_COMMANDS[tool]} <"$t" | ${sumFilter(tool)}`]),
  ].join("\n");
}

/** Gives a part its mode and its time, and puts it in its place. */
export function commitFileScript(place: FilePlace, part: string, { mode, mtime }: { mode: number; mtime: number }): string {
  return [
    PRELUDE,
    ...placeLines(place),
    `t=$d/${quote(part)}`,
    `trap 'rm -f "$t"' EXIT; ${END_BY_SIGNAL}`,
    `chmod ${mode.toString(8)} "$t" && TZ=UTC0 touch -t ${touchTime(mtime)} "$t" || exit 1`,
    `mv -f "$t" "$f"`,
  ].join("\n");
}

/** What has arrived is not what was sent. */
export function dropPartScript(place: FilePlace, part: string): string {
  return [PRELUDE, ...placeLines(place), `rm -f "$d"/${quote(part)}`].join("\n");
}

/** As touch -t has it, in UTC. */
export function touchTime(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString();
  return `${text.slice(0, 16).replaceAll(/[-T:]/g, "")}.${text.slice(17, 19)}`;
}
