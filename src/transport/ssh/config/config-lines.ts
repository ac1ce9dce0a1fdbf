import { readdir, readFile, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { matchesGlob } from "../../../glob.ts";
import { replaceHome, replaceVariables, type SshConfigScope } from "./tokens.ts";

/** One thing that a Host or Match line asks for. Of a kind that only ssh can tell, it does not hold. */
export interface Criterion {
  /** As behind Match; `originalhost` is what Host asks for. */
  readonly kind: string;
  readonly patterns: readonly string[];
  /** Behind a `!`: it must not match. */
  readonly negated?: boolean;
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
/** Behind Match, with nothing to compare. */
const ALONE = new Set(["all", "canonical", "final"]);
/** Quotes within words, escapes and comments behind a value: versions of ssh differ in these. */
const PLAIN_WORDS = /^(?:"[^"\\#']*"|[^\s"'\\#]+)(?:\s+(?:"[^"\\#']*"|[^\s"'\\#]+))*$/;

/** All options of a file and of those that it includes, in order. A file that is not there is empty. */
export async function readConfigLines(file: ConfigFile, scope: Omit<SshConfigScope, "name">): Promise<ConfigText> {
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
        for (const included of await findIncluded(words, folder, scope, doubt)) {
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
  return { keyword, words: splitWords(rest) };
}

/** Words as ssh takes them: quotes of both kinds keep blanks, a backslash keeps a quote, itself or a blank; a `#` begins a comment. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const word = /\s*((?:\\['"\\ ]|"(?:\\['"\\]|[^"])*"|'(?:\\['"\\]|[^'])*'|[^\s"'])+)/y;
  for (let found = word.exec(text); found !== null; found = word.exec(text)) {
    const [, raw = ""] = found;
    if (raw.startsWith("#")) break;
    words.push(unquote(raw));
  }
  return words;
}

function unquote(raw: string): string {
  const pieces = raw.matchAll(/"((?:\\['"\\]|[^"])*)"|'((?:\\['"\\]|[^'])*)'|(\\['"\\ ]|[^"'])/g);
  return Array.from(pieces, ([, double, single, bare = ""]) => {
    const quoted = double ?? single;
    return quoted === undefined ? bare.replace(/^\\(.)$/s, "$1") : quoted.replace(/\\(['"\\])/g, "$1");
  }).join("");
}

/** What a Match line asks for: a kind, and most often what it is compared with. */
function parseMatch(words: readonly string[], doubt: () => void): readonly Criterion[] {
  if (words.length === 1 && words[0]?.toLowerCase() === "all") return [];
  doubt();
  const criteria: Criterion[] = [];
  const rest = words.flatMap((word) => /^(!?\w+)=(.+)$/.exec(word)?.slice(1) ?? [word]);
  while (rest.length > 0) {
    const [, not, kind = ""] = /^(!?)(.*)$/s.exec((rest.shift() ?? "").toLowerCase()) ?? [];
    const patterns = ALONE.has(kind) ? [] : (rest.shift()?.split(",") ?? []);
    if (kind !== "all") criteria.push({ kind, patterns, negated: not === "!" });
  }
  return criteria;
}

/** Files that an Include line names, in the order in which ssh reads them. */
async function findIncluded(
  words: readonly string[],
  folder: string,
  { home, localUser, env }: Omit<SshConfigScope, "name">,
  doubt: () => void,
): Promise<readonly string[]> {
  const found: string[] = [];
  /** Undefined: of a user who is not known, which ssh has to say. */
  const findPath = (word: string): string | undefined => {
    try {
      return replaceHome(word, home, localUser);
    } catch {
      return void doubt();
    }
  };
  for (const word of words) {
    const path = findPath(replaceVariables(word, env));
    if (path === undefined) continue;
    const whole = isAbsolute(path) ? path : join(folder, path);
    // What versions of ssh differ in, and what they have from the system: who a user is, where a folder is.
    if (/[$%[\]{}]/.test(word) || /^~[^/]/.test(word) || /[*?].*\//.test(whole)) doubt();
    found.push(...(await listMatching(whole)));
  }
  return found;
}

/** As glob(3): in any part of the path, in order, and the pattern itself where nothing matches. */
async function listMatching(pattern: string): Promise<readonly string[]> {
  let paths = ["/"];
  for (const part of pattern.split("/").filter(Boolean)) {
    if (!/[*?[]/.test(part)) paths = paths.map((path) => join(path, part));
    else paths = (await Promise.all(paths.map((path) => listNames(path, part)))).flat();
  }
  return paths.length === 0 ? [pattern] : paths.sort();
}

async function listNames(folder: string, glob: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const pieces = glob.match(/\[!?\]?[^\]]*\]|./gs) ?? [];
  const isShown = (name: string): boolean => !name.startsWith(".") || glob.startsWith(".");
  return names.filter((name) => isShown(name) && matchesGlob(pieces, name)).map((name) => join(folder, name));
}
