/**
 * Text that a host keeps, so that it is sent once and not with each run: one file of the login user for what is written to a shell at a time, in
 * `~/.cache/fake-deploy`, named by the hash of its content. It assigns the text to a variable. What varies from run to run (ids, markers), and the
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

/** Ids of runs, releases and commits, and the marker of a flight. */
const VARYING = /\0|[0-9a-f]{14,}/g;

/** Stands for the marker, which no two flights share, where the text is compared with those of other hosts. It is in no shell text. */
const ANY_MARKER = "\0";

/** Also where a machine that deploys has its clones: nothing else in it is ours. */
const FOLDER = ".cache/fake-deploy";
/** For find: names of ours, drafts among them, and not what is in other directories. */
const OURS = `! -name fake-deploy -prune -type f -name '${"?".repeat(24)}*' ! -name '*[!0-9a-f.]*'`;
const KEPT_DAYS = 30;

/** A text as a host keeps it. */
export interface KeptText {
  /** Hash of the file's content: 96 bits in hexadecimal. */
  readonly id: string;
  /** What is written to the shell where the host has the file. */
  short(): string;
  /** The same, where it may not have it: makes it. */
  whole(): string;
}

/**
 * @param parts written with this marker
 */
export function toKeptText(parts: readonly ScriptPart[], marker: string): KeptText {
  let text = "";
  let words = "";
  let count = 0;
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else {
      count += 1;
      text += `"$_fake_word${count}"`;
      words += ` _fake_word${count}=${quote(part.word)}`;
    }
  }
  const { id, content, ids } = compile(text.replaceAll(marker, ANY_MARKER));
  const values = ids.replace(ANY_MARKER, marker) + words;
  const find = writeFind(id);
  return {
    id,
    short: () => `${values}\n${find}\nif [ "$_fake_kept" = ${id} ]; then eval "$_fake_text"; else echo "${marker} N"; fi\n`,
    whole: () => `${values}\n${find}
if [ "$_fake_kept" != ${id} ]; then
${writeSave(id, content)}
${find}
fi
if [ "$_fake_kept" = ${id} ]; then echo "${marker} K"; eval "$_fake_text"; else echo "${marker} N"; fi
`,
  };
}

interface Compiled {
  readonly id: string;
  readonly content: string;
  /** Assigns what varies. */
  readonly ids: string;
}

/** The hosts of a run are told the same, as a rule. */
const compiled = new Map<string, Compiled>();
const MOST_COMPILED = 32;

function compile(text: string): Compiled {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const names = new Map<string, string>();
  const nameOf = (value: string): string => {
    const name = names.get(value) ?? `_fake_${names.size + 1}`;
    names.set(value, name);
    return name;
  };
  const quoted = `'${text.replaceAll("'", "'\\''")}'`;
  const content = `_fake_text=${quoted.replaceAll(VARYING, (value) => `'"$${nameOf(value)}"'`)}\n`;
  const id = createHash("sha256").update(content).digest("hex").slice(0, 24);
  const made = { id, content, ids: Array.from(names, ([value, name]) => `${name}=${value}`).join(" ") };
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(text, made);
  return made;
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
