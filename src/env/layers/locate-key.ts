import type { SourceLocation } from "../../errors.ts";
import type { Provenance } from "../settings.ts";
import type { LayerValue } from "./layers.ts";

/** Where a value comes from, to the line. */
export type Locate = (source: Pick<LayerValue, "key" | "provenance">) => Provenance;

/** A layer knows the call that set it; this finds the key inside that call, where the file can be read. */
export function createLocate(readSource: ((file: string) => string | undefined) | undefined): Locate {
  const texts = new Map<string, string | undefined>();
  return ({ key, provenance }) => {
    const { layer, name, where } = provenance;
    if (where === undefined) return provenance;
    const text = texts.has(where.file) ? texts.get(where.file) : readSource?.(where.file);
    texts.set(where.file, text);
    if (text === undefined) return provenance;
    return { ...provenance, where: locateKey(where, text, key, layer === "host" ? name : undefined) };
  };
}

/**
 * The line of `key` in what was written at `where`: a call with an object, or a YAML or JSON file. `where` itself when it is not found.
 * `beside`: text that stands in the same object, for a list of objects.
 */
export function locateKey(where: SourceLocation, text: string, key: string, beside?: string): SourceLocation {
  const lines = text.split("\n").slice(where.line - 1);
  const below = /\.ya?ml$/i.test(where.file)
    ? lines.findIndex((line) => keyInYaml(line) === key)
    : linesAbove(lines.join("\n").slice((where.column ?? 1) - 1), key, beside);
  return below > 0 ? { file: where.file, line: where.line + below } : where;
}

function keyInYaml(line: string): string | undefined {
  const [, quoted, plain] = /^[\s-]*(?:(["'][^"']*["'])|([^\s"'#:][^:]*?))\s*:(?:\s|$)/.exec(line) ?? [];
  return quoted?.slice(1, -1) ?? plain;
}

/** Comments, strings and templates, words, marks. */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`)|(?<word>[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)|(?<mark>[^\s])/gu;

/**
 * How many lines stand above the property `key` in the first bracketed piece of some code, on the outermost level that has one; 0 where
 * there is none.
 * With `beside`, the one in the same object as a string with that text goes first. A reading aid: it looks at tokens and knows no grammar.
 */
function linesAbove(code: string, key: string, beside: string | undefined): number {
  const open: { readonly at: number; readonly mark: string }[] = [];
  const found: { readonly at: number; readonly depth: number; readonly object: number }[] = [];
  const besides = new Set<number>();
  let before = "";
  for (const { 0: token, index: at, groups: { string, word, mark = "" } = {} } of code.matchAll(TOKEN)) {
    if (/^\/[/*]/.test(token)) continue;
    if (/[([{]/.test(mark)) open.push({ at, mark });
    if (/[)\]}]/.test(mark)) open.pop();
    if (/[)\]}]/.test(mark) && open.length === 0) break;
    const object = open.at(-1);
    if (object?.mark === "{") {
      const isKey = (string?.slice(1, -1) ?? word) === key && /^(?:[{,*]|async)$/.test(before);
      if (isKey && /^\s*[:,}(]/.test(code.slice(at + token.length))) found.push({ at, depth: open.length, object: object.at });
      if (beside !== undefined && string?.includes(beside) === true) besides.add(object.at);
    }
    before = token;
  }
  const first = found.find(({ object }) => besides.has(object)) ?? found.sort((a, b) => a.depth - b.depth || a.at - b.at)[0];
  return code.slice(0, first?.at ?? 0).split("\n").length - 1;
}
