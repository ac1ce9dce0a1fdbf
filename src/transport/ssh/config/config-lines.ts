import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesGlob } from "../../../glob.ts";

/** One option as it is written, with the Host lines that it stands under. */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string;
  /** Words, without their quotes. */
  readonly words: readonly string[];
  /** All of these must match: the section, and for an included file the sections around its Include. */
  readonly sections: readonly (readonly string[])[];
}

/** A file of ssh's, and where the relative paths of its Include lines begin. */
export interface ConfigFile {
  readonly path: string;
  readonly folder: string;
  /** Refused by ssh when somebody else can write to it. */
  readonly checked: boolean;
}

/** Something that only ssh understands, or that it has to complain about in its own words. */
export class NotPlainError extends Error {}

/** As in ssh. */
const DEEPEST_INCLUDE = 16;
/** What stands behind these is one piece, for a shell; only whether they are set matters here. */
const FREE_TEXT = new Set(["proxycommand", "localcommand", "remotecommand", "knownhostscommand"]);

/**
 * All options of a file and of those that it includes, in order. A file that is not there is empty.
 * @throws NotPlainError
 */
export async function readConfigLines(file: ConfigFile, home: string): Promise<readonly ConfigLine[]> {
  return readFileLines(file, home, [], 0);
}

async function readFileLines(
  file: ConfigFile,
  home: string,
  around: ConfigLine["sections"],
  depth: number,
): Promise<readonly ConfigLine[]> {
  if (depth > DEEPEST_INCLUDE) throw new NotPlainError("Include goes in a circle");
  const lines: ConfigLine[] = [];
  let sections = around;
  for (const text of (await readText(file)).split("\n")) {
    const line = parseLine(text);
    if (line === undefined) continue;
    const { keyword, words } = line;
    if (keyword === "host") sections = [...around, words];
    else if (keyword === "match" && words.length === 1 && words[0]?.toLowerCase() === "all") sections = [...around, ["*"]];
    else if (keyword === "include") {
      for (const path of await findIncluded(file, home, words)) {
        lines.push(...(await readFileLines({ ...file, path }, home, sections, depth + 1)));
      }
    } else lines.push({ keyword, words, sections });
  }
  return lines;
}

async function readText(file: ConfigFile): Promise<string> {
  try {
    if (file.checked && isWritableByOthers(await stat(file.path))) throw new NotPlainError("bad owner or permissions");
    const text = await readFile(file.path, "utf8");
    if (text.includes("\0")) throw new NotPlainError("binary");
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error instanceof NotPlainError ? error : new NotPlainError("unreadable");
  }
}

function isWritableByOthers({ uid, mode }: Stats): boolean {
  return (uid !== 0 && uid !== process.getuid?.()) || (mode & 0o022) !== 0;
}

function parseLine(text: string): Pick<ConfigLine, "keyword" | "words"> | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.startsWith("#")) return undefined;
  const match = /^(\w+)(?:\s*=\s*|\s+)(\S.*)$/.exec(trimmed);
  const [keyword, rest] = [match?.[1]?.toLowerCase(), match?.[2]];
  if (keyword === undefined || rest === undefined) throw new NotPlainError("not a keyword and a value");
  if (FREE_TEXT.has(keyword)) return { keyword, words: [rest] };
  // Quotes within words, escapes and comments behind a value: versions of ssh differ in these.
  if (!/^(?:"[^"\\#']*"|[^\s"'\\#]+)(?:\s+(?:"[^"\\#']*"|[^\s"'\\#]+))*$/.test(rest)) throw new NotPlainError("quotes");
  return { keyword, words: Array.from(rest.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? "") };
}

/** Files that an Include line names, in the order in which ssh reads them. */
async function findIncluded({ folder }: ConfigFile, home: string, words: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const word of words) {
    if (/[$%[\]{}]/.test(word) || /^~[^/]/.test(word)) throw new NotPlainError("a pattern in Include");
    const path = word.startsWith("~/") ? join(home, word.slice(2)) : isAbsolute(word) ? word : join(folder, word);
    if (/[*?]/.test(dirname(path))) throw new NotPlainError("a pattern in Include");
    found.push(...(/[*?]/.test(path) ? await listMatching(path) : [path]));
  }
  return found;
}

async function listMatching(pattern: string): Promise<readonly string[]> {
  const names = await readdir(dirname(pattern)).catch(() => []);
  const glob = basename(pattern);
  const isShown = (name: string): boolean => !name.startsWith(".") || glob.startsWith(".");
  return names
    .filter((name) => isShown(name) && matchesGlob(glob, name))
    .sort()
    .map((name) => join(dirname(pattern), name));
}
