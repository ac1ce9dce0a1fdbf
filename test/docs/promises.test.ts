/** What these guides say is shown by tests: each paragraph, item and table names some, in a comment behind it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { guides } from "../support/guides.ts";
import { expectTest } from "./named-test.ts";

const MARK = /^ *<!-- shown by /;
/** `path "title"`, several in one comment. */
const NAMED = /(test\/[\w/.-]+) "(.*?)"(?= *(?:\n|-->))/g;

interface Told {
  /** Line where it begins, from 1. */
  readonly line: number;
  readonly text: string;
  /** The comment behind it. */
  readonly mark: string;
}

/** Paragraphs, items and tables of a guide. */
function readTold(markdown: string): readonly Told[] {
  const told: Told[] = [];
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ""));
  const lines = prose.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (MARK.test(line)) {
      const end = lines.findIndex((candidate, index) => index >= at && candidate.includes("-->"));
      const mark = lines.slice(at, end + 1).join("\n");
      const last = told.pop();
      // A comment behind nothing would be a promise that nobody makes any more.
      expect(last?.mark, `line ${at + 1}: ${mark}`).toBe("");
      if (last !== undefined) told.push({ ...last, mark });
      at = end;
    } else if (line.trim() !== "" && !/^(?:#|<!-- \/?\w+ -->$)/.test(line) && startsBlock(line, lines[at - 1] ?? "")) {
      told.push({ line: at + 1, text: line.trim(), mark: "" });
    }
  }
  return told;
}

function startsBlock(line: string, before: string): boolean {
  if (line.startsWith("|")) return !before.startsWith("|");
  return /^(?:- |\d+\. )/.test(line) || before.trim() === "" || before.startsWith("#") || before.includes("-->");
}

const GUIDES = [
  "README",
  "tasks-and-hooks",
  "processes",
  "json-events",
  "speed",
  "rehearse",
  "deploy-flow",
  "security",
  "env-and-roles",
  "hosts-and-ssh",
  "from-fabric",
  "from-execo",
  "from-capistrano",
  "from-other-tools",
  "writing-a-recipe",
  "recipes",
  ...guides.flatMap((path) => (path.startsWith("docs/recipes/") ? [path.slice("docs/".length, -".md".length)] : [])),
];
const pathOf = (name: string): string => join(import.meta.dirname, "../..", name === "README" ? "" : "docs", `${name}.md`);

/** Of a heading, as GitHub makes it. */
const anchorsIn = (markdown: string): readonly string[] =>
  [...markdown.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

describe.each(GUIDES)("%s.md", (name) => {
  const text = readFileSync(pathOf(name), "utf8");
  const told = readTold(text);

  it("says nothing that no test shows", () => {
    expect(told.length).toBeGreaterThan(name === "recipes" ? 1 : 5);
    expect(told.filter(({ mark }) => mark === "").map(({ line, text }) => `line ${line}: ${text}`)).toEqual([]);
  });

  it.each(told.map(({ line, text, mark }) => [line, text.slice(0, 60), mark]))(
    "line %i names tests that are there: %s",
    (_line, _text, mark) => {
      const named = [...mark.matchAll(NAMED)];
      expect(named.length).toBe(mark.split("\n").length);
      for (const [, file = "", title = ""] of named) expectTest(file, title);
    },
  );

  it("leads to files and headings that are there", () => {
    const wrong = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(([, file = "", anchor]) => {
      const path = file === "" ? pathOf(name) : join(dirname(pathOf(name)), file);
      return !existsSync(path) || (anchor !== undefined && !anchorsIn(readFileSync(path, "utf8")).includes(anchor));
    });
    expect(wrong.map(([link]) => link)).toEqual([]);
  });
});
