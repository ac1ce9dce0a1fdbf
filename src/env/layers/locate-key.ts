import type { SourceLocation } from "../../errors.ts";
import type { LayerValue } from "../resolve/state.ts";
import type { Provenance } from "../settings.ts";

/** Where a value comes from, to the line. */
export type Locate = (source: Pick<LayerValue, "key" | "provenance">) => Provenance;

/** A layer knows the call that set it; this finds the key inside that call, where the file can be read. */
export function createLocate(readSource: ((file: string) => string | undefined) | undefined): Locate {
  const texts = new Map<string, string | undefined>();

  function textOf(file: string): string | undefined {
    if (!texts.has(file)) texts.set(file, readSource?.(file));
    return texts.get(file);
  }

  return ({ key, provenance }) => {
    const { layer, name, where } = provenance;
    const text = where === undefined ? undefined : textOf(where.file);
    if (where === undefined || text === undefined) return provenance;
    return { ...provenance, where: locateKey(where, text, key, layer === "host" ? name : undefined) };
  };
}

/**
 * The line of `key` in what was written at `where`: a call with an object, or a YAML or JSON file. `where` itself when it is not found.
 * `beside`: text that stands in the same object, for a list of objects.
 */
export function locateKey(where: SourceLocation, text: string, key: string, beside?: string): SourceLocation {
  const line = /\.ya?ml$/i.test(where.file) ? yamlLine(text, where.line, key) : codeLine(text, where, key, beside);
  return line === undefined || line === where.line ? where : { file: where.file, line };
}

function codeLine(text: string, where: SourceLocation, key: string, beside: string | undefined): number | undefined {
  const start = offsetOf(text, where.line, where.column ?? 1);
  const at = start === undefined ? undefined : findProperty(text.slice(start), key, beside);
  if (start === undefined || at === undefined) return undefined;
  let line = 1;
  for (let index = text.indexOf("\n"); index !== -1 && index < start + at; index = text.indexOf("\n", index + 1)) line += 1;
  return line;
}

function yamlLine(text: string, from: number, key: string): number | undefined {
  const found = text
    .split("\n")
    .slice(from - 1)
    .findIndex((line) => {
      const [, quoted, plain] = /^[\s-]*(?:(["'][^"']*["'])|([^\s"'#:][^:]*?))\s*:(?:\s|$)/.exec(line) ?? [];
      return (quoted?.slice(1, -1) ?? plain) === key;
    });
  return found === -1 ? undefined : from + found;
}

function offsetOf(text: string, line: number, column: number): number | undefined {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const end = text.indexOf("\n", start);
    if (end === -1) return undefined;
    start = end + 1;
  }
  return start + column - 1;
}

/** A word, a string or a mark of JavaScript; everything else is passed over. */
interface Token {
  readonly text: string;
  readonly at: number;
  readonly kind: "word" | "string" | "mark";
}

/** Comments, strings, templates, words, marks. */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*|[^\s]/gu;

const OPENING = "([{";
const CLOSING = ")]}";

interface Candidate {
  readonly at: number;
  readonly depth: number;
  /** Where the object begins that it is in. */
  readonly object: number;
}

/**
 * Offset of the property `key` in the first bracketed piece of some source text, on the outermost level that has one.
 * With `beside`, the one in the same object as a string with that text goes first. A reading aid: it looks at tokens and knows no grammar.
 */
export function findProperty(text: string, key: string, beside?: string): number | undefined {
  const open: { readonly at: number; readonly mark: string }[] = [];
  const found: Candidate[] = [];
  const besides = new Set<number>();
  const tokens = tokenise(text);
  for (const [index, token] of tokens.entries()) {
    if (isMark(token, OPENING)) open.push({ at: token.at, mark: token.text });
    else if (isMark(token, CLOSING)) open.pop();
    const object = open.at(-1);
    if (object?.mark !== "{" || token.kind === "mark") continue;
    if (isProperty(tokens, index, key)) found.push({ at: token.at, depth: open.length, object: object.at });
    if (beside !== undefined && token.kind === "string" && token.text.includes(beside)) besides.add(object.at);
  }
  const first = found.find((one) => besides.has(one.object));
  return first?.at ?? found.sort((a, b) => a.depth - b.depth || a.at - b.at)[0]?.at;
}

/** Tokens up to where the first bracket that opens is closed again. */
function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    if (token.startsWith("//") || token.startsWith("/*")) continue;
    const quoted = /^["'`]./s.test(token);
    const kind = quoted ? "string" : /^[\p{ID_Start}$_]/u.test(token) ? "word" : "mark";
    const found: Token = { text: quoted ? token.slice(1, -1) : token, at: match.index, kind };
    tokens.push(found);
    if (isMark(found, OPENING)) depth += 1;
    if (isMark(found, CLOSING)) depth -= 1;
    if (isMark(found, CLOSING) && depth <= 0) break;
  }
  return tokens;
}

function isMark(token: Token | undefined, marks: string): boolean {
  return token?.kind === "mark" && marks.includes(token.text);
}

function isProperty(tokens: readonly Token[], index: number, key: string): boolean {
  if (tokens[index]?.text !== key) return false;
  const before = tokens[index - 1];
  const after = tokens[index + 1];
  return (isMark(before, "{,*") || before?.text === "async") && isMark(after, ":,}(");
}
