/** docs/elsewhere.md: written by the run of test/elsewhere, and read back by the test that it is what the run writes. */

/** In the order of the page. */
const TABLES = {
  shells: {
    heading: "Shells",
    first: "shell",
    text: `What a host has as \`/bin/sh\`. *Of the suite* counts the suite's own tests of scripts for hosts, each run in that shell: passed / all.`,
  },
  servers: {
    heading: "Servers",
    first: "server",
    text: "What a host answers with, each started on this machine.",
  },
  runtimes: {
    heading: "Runtimes",
    first: "runtime",
    text: "What runs the command line.",
  },
  managers: {
    heading: "Package managers",
    first: "package manager",
    text: "What installs it.",
  },
  compilers: {
    heading: "TypeScript",
    first: "compiler",
    text: "What checks a deployfile in an editor, with `strict` and `exactOptionalPropertyTypes`, by `module` and `moduleResolution`.",
  },
} as const;

export type TableName = keyof typeof TABLES;

/** One test: the cell in a row and a column. */
export interface Outcome {
  readonly table: TableName;
  readonly name: string;
  readonly version: string;
  readonly column: string;
  /** What the cell says. */
  readonly says: string;
}

/** What a run found. */
export interface Report {
  /** Of the source. */
  readonly commit: string;
  /** As in `2026-11-30`. */
  readonly date: string;
  /** In words. */
  readonly machine: string;
  readonly outcomes: readonly Outcome[];
}

const HEAD = `# Elsewhere

<!-- Written by \`npm run test:elsewhere\`: change test/elsewhere/document.ts, or the tests beside it, instead. -->

What \`fake\` runs on, and how far: each cell is a test in \`test/elsewhere\` that was run for real, on the versions named. *yes*: it works;
*not tried*: that part was not on the machine; other words say what happens in its place. The normal test suite runs against OpenSSH, dash and
Node, and tries of the rest what costs little.
`;

const ABOUT = /^Commit (\S+), (\S+), (.*)\.$/m;

export function writeDocument({ commit, date, machine, outcomes }: Report): string {
  const tables = Object.entries(TABLES).flatMap(([table, words]) => {
    const own = outcomes.filter((outcome) => outcome.table === table);
    return own.length === 0 ? [] : [`\n## ${words.heading}\n\n${words.text}\n\n${writeTable(words.first, own)}`];
  });
  return [HEAD, `\nCommit ${commit}, ${date}, ${machine}.\n`, ...tables].join("");
}

/** Rows and columns in the order in which they come first. */
function writeTable(first: string, outcomes: readonly Outcome[]): string {
  const columns = [...new Set(outcomes.map(({ column }) => column))];
  const rows = [...new Map(outcomes.map((outcome) => [`${outcome.name}\n${outcome.version}`, outcome])).values()];
  const lines = rows.map(({ name, version }) => {
    const own = outcomes.filter((outcome) => outcome.name === name && outcome.version === version);
    return [name, version, ...columns.map((column) => own.find((outcome) => outcome.column === column)?.says ?? "")];
  });
  const cells = [[first, "version", ...columns], ["---", "---", ...columns.map(() => "---")], ...lines];
  return cells.map((line) => `| ${line.map(toCell).join(" | ")} |\n`).join("");
}

const toCell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const ofCell = (text: string): string => text.trim().replaceAll("\\|", "|");

/** @throws when this is no page of ours */
export function readDocument(page: string): Report {
  const [, commit, date, machine] = ABOUT.exec(page) ?? [];
  if (commit === undefined || date === undefined || machine === undefined)
    throw new Error("The page does not say of which commit it is.");
  const outcomes = Object.entries(TABLES).flatMap(([table, { heading }]) => {
    const [, part = ""] = page.split(`\n## ${heading}\n`);
    const lines = (part.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
    const [[, , ...columns] = [], , ...rows] = lines.map((line) => line.slice(2, -2).split(" | ").map(ofCell));
    return rows.flatMap(([name = "", version = "", ...cells]) =>
      columns.flatMap((column, at) => {
        const says = cells[at] ?? "";
        return says === "" ? [] : [{ table: table as TableName, name, version, column, says }];
      }),
    );
  });
  return { commit, date, machine, outcomes };
}
