/**
 * Text that a host keeps, so that it is sent once and not with each run: one file of the login user for what is written to a shell at a time, in
 * `~/.cache/fake-deploy`, named by a hash of it. It assigns the text to a variable. What varies from run to run (ids, markers), and the
 * text of commands that are not to be kept, are variables in it, which the client assigns in front.
 *
 *   <marker> K      the host has it now, and goes on
 *   <marker> N      the host has not got it: nothing was run, and the shell waits for the text itself
 *
 * The file is read only where it and its directory belong to the login user, and it counts only when its last line says so: a power cut may
 * have cut it short. It is never written where others may write into the directory, or the one above.
 */
import { createHash } from "node:crypto";
import { quote } from "../../command/quote.ts";
import type { ScriptPart } from "./script.ts";

/** Ids of runs, releases and commits, and what is random in the marker of a flight. */
const VARYING = /[0-9a-f]{14,}/g;

/** Also where a machine that deploys has its clones: nothing else in it is ours. */
const FOLDER = ".cache/fake-deploy";
/** For find: names of ours, drafts among them, and not what is in other directories. */
const OURS = `! -name fake-deploy -prune -type f -name '${"?".repeat(24)}*' ! -name '*[!0-9a-f.]*'`;
const KEPT_DAYS = 30;

/** A text as a host keeps it. */
export interface KeptText {
  /** Hash of what is in the file: 96 bits in hexadecimal. */
  readonly id: string;
  /** What is written to the shell where the host has the file. */
  short(): string;
  /** The same, where it may not have it: makes it. */
  whole(): string;
}

/**
 * All of the text is looked at to know its id, and put together only for a host that may not have it: thousands of hosts are told it at a time.
 * @param parts written with this marker
 */
export function toKeptText(parts: readonly ScriptPart[], marker: string): KeptText {
  const names = new Map<string, string>();
  const hash = createHash("sha256");
  let words = "";
  let count = 0;
  walk(parts, names, {
    literal: (text) => hash.update(text),
    variable: (name) => hash.update(`\0${name}\0`),
    begin: () => hash.update("\0'"),
    end: () => hash.update("\0."),
    word(text) {
      count += 1;
      words += ` _fake_word${count}=${quote(text)}`;
      hash.update("\0\0");
    },
  });
  const id = hash.digest("hex").slice(0, 24);
  const ids = Array.from(names, ([value, name]) => `${name}=${value}`).join(" ");
  const values = `${ids}${words}`;
  const find = writeFind(id);
  return {
    id,
    short: () => `${values}\n${find}\nif [ "$_fake_kept" = ${id} ]; then eval "$_fake_text"; else echo "${marker} N"; fi\n`,
    whole: () => `${values}\n${find}
if [ "$_fake_kept" != ${id} ]; then
${writeSave(id, writeContent(parts))}
${find}
fi
if [ "$_fake_kept" = ${id} ]; then echo "${marker} K"; eval "$_fake_text"; else echo "${marker} N"; fi
`,
  };
}

/** What a text is made of, in order. */
interface PieceTaker {
  literal(text: string): void;
  /** Something that varies. */
  variable(name: string): void;
  /** A command that is kept: as one word. */
  begin(): void;
  end(): void;
  /** A command that is not. */
  word(text: string): void;
}

/** @param names of what varies, by its value: in the order in which it is met */
function walk(parts: readonly ScriptPart[], names: Map<string, string>, take: PieceTaker): void {
  const look = (text: string): void => {
    let from = 0;
    VARYING.lastIndex = 0;
    for (let found = VARYING.exec(text); found !== null; found = VARYING.exec(text)) {
      const [value] = found;
      const name = names.get(value) ?? `_fake_${names.size + 1}`;
      names.set(value, name);
      if (found.index > from) take.literal(text.slice(from, found.index));
      take.variable(name);
      from = VARYING.lastIndex;
    }
    if (from < text.length) take.literal(from === 0 ? text : text.slice(from));
  };
  for (const part of parts) {
    if (typeof part === "string") look(part);
    else if (part.keep !== true) take.word(part.word);
    else {
      take.begin();
      look(part.word);
      take.end();
    }
  }
}

/** The file: assigns the text. */
function writeContent(parts: readonly ScriptPart[]): string {
  let content = "_fake_text='";
  let count = 0;
  let isWord = false;
  const quoted = (text: string): string => text.replaceAll("'", "'\\''");
  walk(parts, new Map(), {
    literal(text) {
      content += isWord ? quoted(quoted(text)) : quoted(text);
    },
    variable(name) {
      content += `'"$${name}"'`;
    },
    begin() {
      content += quoted("'");
      isWord = true;
    },
    end() {
      content += quoted("'");
      isWord = false;
    },
    word() {
      count += 1;
      content += `"$_fake_word${count}"`;
    },
  });
  return `${content}'\n`;
}

function writeFind(id: string): string {
  // posh knows no -O.
  const isOurs = (what: string, path: string): string =>
    `[ -${what} "${path}" ] && [ ! -L "${path}" ] && { [ -O "${path}" ] || env test -O "${path}"; }`;
  const file = `$_fake_at/${id}`;
  return `{ _fake_kept= _fake_at=$HOME/${FOLDER}; ${isOurs("d", "$_fake_at")} && ${isOurs("f", file)} && . "${file}"; } 2>/dev/null`;
}

/** In a subshell, whose end is all that is heard of it. */
function writeSave(id: string, content: string): string {
  const draft = `${FOLDER}/${id}.$$`;
  return `( umask 077
cd "$HOME" && { [ -d ${FOLDER} ] || mkdir -p ${FOLDER}; } && [ -z "$(find .cache ${FOLDER} -prune \\( -perm -020 -o -perm -002 \\))" ] || exit
find ${FOLDER} ${OURS} -mtime +${KEPT_DAYS} -exec rm -f {} +
cat >${draft} <<'@fake:${id}' && mv -f ${draft} ${FOLDER}/${id} || rm -f ${draft}
${content}_fake_kept=${id}
@fake:${id}
) </dev/null >/dev/null 2>&1`;
}

/** For a file at which a shell has died: one that was cut short can have an error in it that no shell outlives. */
export function removeText({ id }: Pick<KeptText, "id">): string {
  return `rm -f "$HOME/${FOLDER}/${id}" 2>/dev/null\n`;
}

/** What the client remembers of the texts that a host keeps. Wrong or lost, it costs a turn, or bytes. */
export interface KeptNotes {
  /** It could not keep one, the last time: it is not asked to. */
  readonly refused: boolean;
  has(id: string): boolean;
  add(id: string): void;
  remove(id: string): void;
  refuse(): void;
}
