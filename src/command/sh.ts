import { quote } from "./quote.ts";

/** Stands for itself wherever it stands. Most of what is in a script is paths, and each level of quoting makes four characters of a quote. */
const PLAIN_PATH = /^\/[A-Za-z0-9_./@%+,-]*$/;

/**
 * Shell text that is put into a script as it is. Made by `script()`.
 * @example
 * const makeRoom: Script = script(sh`rm -rf ${t.env.releasePath}/tmp`);
 * const text: string = sh`[ -d ${t.env.sharedPath} ] || { ${makeRoom}; }`;
 */
export interface Script {
  readonly script: string;
}

/**
 * What may stand in `sh`.
 * @example
 * const values: ShValue[] = ["one word", 5, ["several", "words"], script("exit 1")];
 */
export type ShValue = string | number | Script | readonly string[];

/** A template is written on hundreds of hosts. */
const dedented = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * A POSIX shell script as text: each value is one word, quoted where it needs that, an array several, another script stands as it is.
 * The indentation that all lines share is taken off, so that scripts can be indented like the code around them. `\\${` is the
 * shell's own.
 * @example
 * const text = sh`
 *   cd ${t.env.releasePath} || exit 1
 *   rm -rf ${["tmp", "log"]}
 * `;
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShValue[]): string {
  const literals = dedented.get(strings) ?? dedent(strings.raw.map((text) => text.replaceAll("\\${", "${")));
  dedented.set(strings, literals);
  return literals.map((literal, index) => (index < values.length ? literal + toText(values[index] ?? "") : literal)).join("");
}

/**
 * Makes lines of shell text stand in `sh` as they are; empty ones are left out.
 * @example
 * const text = sh`cd ${t.env.releasePath} && ${script("make install")}`;
 */
export function script(...lines: readonly string[]): Script {
  return { script: lines.filter((line) => line !== "").join("\n") };
}

function toText(value: ShValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && "script" in value) return value.script;
  return typeof value === "object" && "map" in value ? value.map(quotePath).join(" ") : quotePath(value);
}

function quotePath(value: string): string {
  return typeof value === "string" && PLAIN_PATH.test(value) ? value : quote(value);
}

function dedent(strings: readonly string[]): readonly string[] {
  const margins = strings.flatMap((text, index) => {
    // A line break at the end of a literal is followed by a value: that line has text in it.
    const lines = text.split("\n").slice(1);
    const last = index === strings.length - 1;
    return lines
      .filter((line, at) => line.trim() !== "" || (at === lines.length - 1 && !last))
      .map((line) => line.search(/\S|$/));
  });
  const margin = margins.length === 0 ? 0 : Math.min(...margins);
  const cut = strings.map((text) => text.replaceAll(new RegExp(`\\n {${margin}}`, "g"), "\n"));
  cut[0] = (cut[0] ?? "").replace(/^\n/, "");
  cut[cut.length - 1] = (cut[cut.length - 1] ?? "").trimEnd();
  return cut;
}
