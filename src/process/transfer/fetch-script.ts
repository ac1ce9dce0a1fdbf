/** What hosts run to send files. */
import { quote } from "../../command/quote.ts";
import { SAYS } from "./host-run.ts";
import { hostPath, hostPattern, isPattern, trimSlashes } from "./paths.ts";
import { chooseSum, END_BY_SIGNAL } from "./script.ts";
import { SUM_COMMANDS, type SumTool, sumFilter } from "./sum.ts";

const PRELUDE = [`LC_ALL=C; export LC_ALL`, `say() { printf '${SAYS}%s\\n' "$1" >&2; }`].join("\n");

/** In front of the sum, on stderr: stdout is the content. */
const SUM_MARK = "fake-sum ";

const CHOOSE_STAT = "if stat -c %s / >/dev/null 2>&1; then z='-c %s'; else z='-f %z'; fi";

/** Bytes and number of the files in a directory; nothing where the host cannot tell. @param directory for double quotes */
function countFiles(directory: string): string {
  return `find "${directory}/." -type f -exec stat $z {} + 2>/dev/null | awk '{n++; s+=$1} END {printf "%.0f %d", s, n}'`;
}

/**
 * Says of each path what is there: kind, size and number of files, mode and time (of a link that leads nowhere and that a pattern matches: where to), and the path,
 * each with a NUL behind it. All that is wrong is said.
 */
export function surveyScript(paths: readonly string[]): string {
  return [
    PRELUDE,
    "r=0",
    chooseSum(false),
    `printf '%s\\0' "$S"`,
    CHOOSE_STAT,
    `look() {`,
    `  if [ -d "$1" ]; then k=directory; [ -r "$1" ] && [ -x "$1" ] || { say "$1 cannot be read"; r=1; return; }`,
    `  elif [ -f "$1" ]; then k=file; [ -r "$1" ] || { say "$1 cannot be read"; r=1; return; }`,
    `  elif [ -h "$1" ] && ! [ -e "$1" ]; then [ -n "$2" ] || { say "$1 is a link that leads nowhere"; r=1; return; }`,
    `    l=$(readlink "$1"; echo .); printf '%s\\0' link '0 0' "\${l%??}" "$1"; return`,
    `  elif [ -e "$1" ]; then say "$1 is neither a file nor a directory"; r=1; return`,
    `  else say "$1 does not exist"; r=1; return; fi`,
    `  if [ $k = directory ] && ! command -v tar >/dev/null; then say "there is no tar: $1 is a directory, and needs it"; r=1; return; fi`,
    `  a=$(stat -Lc '%a %Y' "$1" 2>/dev/null || stat -Lf '%Lp %m' "$1" 2>/dev/null) || a='644 0'`,
    `  if [ $k = file ]; then n="$(($(wc -c <"$1"))) 1"`,
    // Only progress needs it.
    `  else n=$(${countFiles("$1")}); fi`,
    `  printf '%s\\0' "$k" "$n" "$a" "$1"`,
    `}`,
    ...paths.flatMap((path) =>
      isPattern(path)
        ? [
            `p=${hostPath(path)}`,
            `if [ -e "$p" ]; then look "$p"; else`,
            `  set -- ${hostPattern(path)}`,
            `  if [ $# -eq 1 ] && ! [ -e "$1" ] && ! [ -h "$1" ]; then say "nothing matches "${quote(trimSlashes(path))}; r=1; else for f in "$@"; do look "$f" matched; done; fi`,
            "fi",
          ]
        : [`look ${hostPath(path)}`],
    ),
    "exit $r",
  ].join("\n");
}

export interface FoundFile {
  readonly kind: "file" | "directory" | "link";
  /** Of all files in a directory. */
  readonly size: number;
  /** Of files. Undefined for a directory whose host cannot tell, nor its size. */
  readonly count: number | undefined;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly path: string;
  /** Of a link that leads nowhere. */
  readonly target?: string | undefined;
}

export function readSurvey(output: string): { readonly tool: SumTool; readonly found: readonly FoundFile[] } {
  const [tool, ...fields] = output.split("\0");
  const found: FoundFile[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [kind, sizes = "", about = "", path = ""] = fields.slice(at, at + 4);
    if (kind === "link") {
      found.push({ kind, size: 0, count: 0, mode: 0o777, mtime: 0, path, target: about });
      continue;
    }
    const [size = 0, count] = sizes === "" ? [] : sizes.split(" ").map(Number);
    const [mode = "644", mtime = "0"] = about.split(" ");
    const rest = { mode: Number.parseInt(mode, 8) & 0o777, mtime: Number(mtime) };
    found.push({ kind: kind === "directory" ? "directory" : "file", size, count, path, ...rest });
  }
  return { tool: tool as SumTool, found };
}

/** The sum of the beginning of a file. */
export function prefixScript(path: string, size: number, tool: SumTool): string {
  return `head -c ${size} <${quote(path)} | ${SUM_COMMANDS[tool]} | ${sumFilter(tool)}`;
}

/** A file from an offset on, as long as it was. */
export function sendFileScript(path: string, offset: number, size: number, tool: SumTool): string {
  const from =
    offset === 0 ? `head -c ${size} <${quote(path)}` : `tail -c +${offset + 1} <${quote(path)} | head -c ${size - offset}`;
  return withSum(`${from}; e=$?`, sumOf(tool));
}

/** A directory, from `./` on; or files of a directory, links followed. */
export function sendTreeScript(directory: string, names: readonly string[] | undefined, tool: SumTool): string {
  const where = quote(directory);
  const what =
    names === undefined
      ? `tar -cf - -C ${where} .`
      : `tar -chf - -C ${where} ${names.map((name) => quote(`./${name}`)).join(" ")}`;
  return withSum(`${what}; e=$?`, sumOf(tool));
}

/** For its log: what is none has sent nothing. */
const NO_DIRECTORY = "fake: no directory";

/**
 * The directory that a word of shell text names, in one flight: the tool for its sum and the bytes of its files in a line, and the archive. What is no directory
 * sends nothing. What others write to meanwhile arrives as it was read.
 */
export function sendDirectoryScript(word: string): string {
  const work = [
    `tar -cf - -C "$p" . 2>"$w/log"; e=$?; cat "$w/log" >&2`,
    `if [ $e = 1 ] && ! grep -Eivq '${HARMLESS}' "$w/log"; then e=0; fi`,
  ].join("\n");
  return [
    PRELUDE,
    `p=${word}`,
    `[ -d "$p" ] || { echo '${NO_DIRECTORY}' >&2; exit 0; }`,
    `command -v tar >/dev/null || { say "there is no tar: directories need it"; exit 1; }`,
    chooseSum(false),
    CHOOSE_STAT,
    `printf '%s %s\\n' "$S" "$(${countFiles("$p")} | cut -d ' ' -f 1)"`,
    withSum(work, "sum"),
  ].join("\n");
}

function sumOf(tool: SumTool): string {
  return `{ ${SUM_COMMANDS[tool]} | ${sumFilter(tool)}; }`;
}

/** Hashes what goes out, in the same pass: what is written to meanwhile has no other sum than that. */
function withSum(work: string, sum: string): string {
  return [
    PRELUDE,
    `w=$(mktemp -d) || exit 1`,
    `trap 'rm -rf "$w"' EXIT; ${END_BY_SIGNAL}`,
    `mkfifo "$w/p" || exit 1`,
    `${sum} <"$w/p" >"$w/s" &`,
    `{ ${work}; echo $e >"$w/e"; } | tee "$w/p" || exit 1`,
    "wait",
    `printf '${SUM_MARK}%s\\n' "$(cat "$w/s")" >&2`,
    `read -r e <"$w/e"; exit "$e"`,
  ].join("\n");
}

export function sumIn(stderr: string): string | undefined {
  return new RegExp(`^${SUM_MARK}(.*)$`, "m").exec(stderr)?.[1];
}

/** Of tar. */
const HARMLESS = "file changed as we read it|socket ignored|exiting with failure status";

/** What tar says of files that somebody writes to: they arrive as they were read. */
export function isOnlyChange(stderr: string): boolean {
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith(SUM_MARK));
  return lines.length > 0 && lines.every((line) => new RegExp(HARMLESS, "i").test(line));
}
