import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** One name that an entry point of the package exports. */
export interface PublicName {
  readonly name: string;
  readonly isType: boolean;
  /** The docstring before its declaration; empty when there is none. */
  readonly doc: string;
}

/** What a file that only re-exports gives, types included, as its text says. */
export function readEntryPoint(path: string): readonly PublicName[] {
  const text = readFileSync(join(root, path), "utf8");
  const exports = text.matchAll(/^export (type )?\{([^}]*)\} from "([^"]+)";$/gm);
  return [...exports].flatMap(([, allTypes, names = "", from = ""]) => {
    // What another package wrote is described where it is exported.
    const source = from.startsWith(".") ? readFileSync(resolve(root, dirname(path), from), "utf8") : text;
    const words = names.split(",").map((word) => word.trim());
    return words
      .filter((word) => word !== "")
      .map((word) => {
        const name = word.replace(/^type /, "");
        return { name, isType: allTypes !== undefined || word !== name, doc: docstringOf(source, name) };
      });
  });
}

/** The code of a docstring's example; empty when it has none. */
export function exampleIn(doc: string): string {
  return /@example\n?([\s\S]*)$/.exec(doc)?.[1]?.trim() ?? "";
}

function docstringOf(source: string, name: string): string {
  const kinds = "type|interface|function|(?:abstract )?class|const";
  const declaration = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n(?://[^\\n]*\\n)?export (?:(?:async )?(?:${kinds}) ${name}\\b|\\{ ${name} \\} from "\\w)`,
  );
  const block = declaration.exec(source)?.[1] ?? "";
  return block.replaceAll(/^ \* ?/gm, "").trim();
}
