import type { SourceLocation } from "../../errors.ts";
import type { LayerValue } from "../resolve/state.ts";
import type { Provenance } from "../settings.ts";
import { findProperty } from "./find-property.ts";

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
