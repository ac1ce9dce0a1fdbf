import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesGlob } from "../../../glob.ts";

/** One thing that a Host or Match line asks for. Of a kind that only ssh can tell, it does not hold. */
export interface Criterion {
  /** As behind Match; `originalhost` is what Host asks for. */
  readonly kind: string;
  readonly patterns: readonly string[];
}

/** One option as it is written. */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string;
  /** Words, without their quotes. */
  readonly words: readonly string[];
  /** All of these must hold: of the section, and for an included file of the sections around its Include. */
  readonly criteria: readonly Criterion[];
}

export interface ConfigText {
  readonly lines: readonly ConfigLine[];
  /** False: it holds something that only ssh understands, or that ssh has to complain about in its own words. */
  readonly isPlain: boolean;
}

/** A file of ssh's, and where the relative paths of its Include lines begin. */
export interface ConfigFile {
  readonly path: string;
  readonly folder: string;
  /** Refused by ssh when somebody else can write to it. */
  readonly checked: boolean;
}

/** As in ssh. */
const DEEPEST_INCLUDE = 16;
/** What stands behind these is one piece, for a shell; only whether they are set matters here. */
const FREE_TEXT = new Set(["proxycommand", "localcommand", "remotecommand", "knownhostscommand"]);
/** Quotes within words, escapes and comments behind a value: versions of ssh differ in these. */
const PLAIN_WORDS = /^(?:"[^"\\#']*"|[^\s"'\\#]+)(?:\s+(?:"[^"\\#']*"|[^\s"'\\#]+))*$/;

/** All options of a file and of those that it includes, in order. A file that is not there is empty. */
export async function readConfigLines(file: ConfigFile, home: string): Promise<ConfigText> {
  const lines: ConfigLine[] = [];
  let isPlain = true;
  const doubt = (): void => {
    isPlain = false;
  };

  async function read({ path, folder, checked }: ConfigFile, around: ConfigLine["criteria"], depth: number): Promise<void> {
    if (depth > DEEPEST_INCLUDE) return doubt();
    let criteria = around;
    for (const text of (await readText(path, checked, doubt)).split("\n")) {
      const line = parseLine(text, doubt);
      if (line === undefined) continue;
      const { keyword, words } = line;
      if (keyword === "host") criteria = [...around, { kind: "originalhost", patterns: words }];
      else if (keyword === "match") criteria = [...around, ...parseMatch(words, doubt)];
      else if (keyword === "include") {
        for (const included of await findIncluded(words, folder, home, doubt)) {
          await read({ path: included, folder, checked }, criteria, depth + 1);
        }
      } else lines.push({ keyword, words, criteria });
    }
  }

  await read(file, [], 0);
  return { lines, isPlain };
}

async function readText(path: string, checked: boolean, doubt: () => void): Promise<string> {
  try {
    const { uid, mode } = await stat(path);
    if (checked && ((uid !== 0 && uid !== process.getuid?.()) || (mode & 0o022) !== 0)) doubt();
    const text = await readFile(path, "utf8");
    if (text.includes("\0")) doubt();
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") doubt();
    return "";
  }
}

function parseLine(text: string, doubt: () => void): Pick<ConfigLine, "keyword" | "words"> | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.startsWith("#")) return undefined;
  const match = /^(\w+)(?:\s*=\s*|\s+)(\S.*)$/.exec(trimmed);
  const [keyword, rest] = [match?.[1]?.toLowerCase(), match?.[2]];
  if (keyword === undefined || rest === undefined) {
    doubt();
    return undefined;
  }
  if (FREE_TEXT.has(keyword)) return { keyword, words: [rest] };
  if (!PLAIN_WORDS.test(rest)) doubt();
  const words = rest.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith("#"));
  return { keyword, words: words.slice(0, comment === -1 ? undefined : comment).map((word) => word.replaceAll('"', "")) };
}

function parseMatch(words: readonly string[], doubt: () => void): readonly Criterion[] {
  if (words.length === 1 && words[0]?.toLowerCase() === "all") return [];
  doubt();
  const kinds = words.filter((_, index) => index % 2 === 0);
  return kinds.map((kind, index) => ({ kind: kind.toLowerCase(), patterns: words[2 * index + 1]?.split(",") ?? [] }));
}

/** Files that an Include line names, in the order in which ssh reads them. */
async function findIncluded(
  words: readonly string[],
  folder: string,
  home: string,
  doubt: () => void,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const word of words) {
    const path = word.startsWith("~/") ? join(home, word.slice(2)) : isAbsolute(word) ? word : join(folder, word);
    if (/[$%[\]{}]/.test(word) || /^~[^/]/.test(word) || /[*?]/.test(dirname(path))) doubt();
    else found.push(...(/[*?]/.test(path) ? await listMatching(path) : [path]));
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
