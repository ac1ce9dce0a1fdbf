import type { SettingDeclaration } from "../settings.ts";
import { toCode } from "./code-text.ts";
import { typeInWords } from "./type-words.ts";

/** Settings by key, in the order in which they are listed. */
export type Declarations = Iterable<readonly [key: string, declaration: SettingDeclaration]>;

/** The reference of a recipe's settings, in Markdown: a table of what can be set, and one of what tasks state. */
export function drawReference(declarations: Declarations): string {
  const all = [...declarations];
  const settings = all.filter(([, { kind }]) => kind === "setting");
  const facts = all.filter(([, { kind }]) => kind === "fact");
  const parts = [
    drawTable(
      "Settings",
      ["Setting", "Takes", "Default", "What it is", "Example"],
      settings.map(([key, declaration]) => [
        code(key),
        plain(typeInWords(declaration.schema)),
        describeDefault(declaration),
        plain(declaration.desc),
        declaration.example === undefined ? "" : code(declaration.example),
      ]),
    ),
    drawTable(
      "Facts",
      ["Fact", "Until a task states it", "What it is"],
      facts.map(([key, declaration]) => [code(key), describeUnstated(declaration), plain(declaration.desc)]),
    ),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function describeDefault(declaration: SettingDeclaration): string {
  if (declaration.default !== undefined) return showDefault(declaration.default);
  return declaration.required ? "none: **must be set**" : "none";
}

function describeUnstated(declaration: SettingDeclaration): string {
  return declaration.default === undefined ? "cannot be read" : showDefault(declaration.default);
}

function showDefault(value: unknown): string {
  const text = toCode(value);
  return text === undefined ? "worked out" : code(text);
}

function drawTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = [head, head.map(() => "---"), ...rows];
  return `## ${title}\n\n${lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}`;
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
