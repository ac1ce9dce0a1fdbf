import type { SettingDeclaration } from "../../src/env/settings.ts";
import { toCode } from "../../src/env/values/describe.ts";
import { typeInWords } from "./type-words.ts";

/** Settings by key, in the order in which they are listed. */
export type Declarations = Iterable<readonly [key: string, declaration: SettingDeclaration]>;

/** A table of what can be set, in Markdown. */
export function drawSettings(declarations: Declarations): string {
  const rows = [...declarations].map(([key, declaration]) => [
    code(key),
    plain(typeInWords(declaration.schema)),
    describeDefault(declaration),
    plain(declaration.desc),
    declaration.example === undefined ? "" : code(declaration.example),
  ]);
  return drawTable(["Setting", "Takes", "Default", "What it is", "Example"], rows);
}

/** A table of what tasks state while a run goes on, in Markdown. */
export function drawFacts(declarations: Declarations): string {
  const rows = [...declarations].map(([key, declaration]) => [code(key), describeUnstated(declaration), plain(declaration.desc)]);
  return drawTable(["Fact", "Until a task states it", "What it is"], rows);
}

function describeDefault(declaration: SettingDeclaration): string {
  if (declaration.default !== undefined) return showDefault(declaration.default);
  return declaration.required !== false ? "none: **must be set**" : "none";
}

function describeUnstated(declaration: SettingDeclaration): string {
  return declaration.default === undefined ? "cannot be read" : showDefault(declaration.default);
}

function showDefault(value: unknown): string {
  const text = toCode(value);
  return text === undefined ? "worked out" : code(text);
}

function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Text with backticks in it stands between double ones. */
function code(text: string): string {
  const marks = text.includes("`") ? "``" : "`";
  const padding = marks === "``" ? " " : "";
  return `${marks}${padding}${text.replaceAll("|", "\\|")}${padding}${marks}`;
}

function plain(text: string): string {
  return text.replaceAll(/[|<>*_`\\]/g, "\\$&").replaceAll("\n", " ");
}
