/** docs/elsewhere.md: written by the run of test/elsewhere, and read back by the test that it is what the run writes. */

/** In the order of the page. */
const TABLES = {
  shells: {
    heading: "Shells",
    text: "What a host has as `/bin/sh`. The suite's own tests of scripts for hosts are each run in that shell: passed / all.",
  },
  servers: {
    heading: "Servers",
    text: "What a host answers with, each started on this machine.",
  },
  become: {
    heading: "As another user",
    text: "What `becomeMethod` may name, over OpenSSH, for a user who has to say a password (`doas`: who has not to).",
  },
  runtimes: {
    heading: "Runtimes",
    text: "What runs the command line. `npm test` does all that with the Node that it is run by.",
  },
  managers: {
    heading: "Package managers",
    text: "What installs it. `npm test` does so with the npm that is there.",
  },
  compilers: {
    heading: "TypeScript",
    text: "What checks a deployfile in an editor, with `strict` and `exactOptionalPropertyTypes`, by `module` and `moduleResolution`.",
  },
} as const;

export type TableName = keyof typeof TABLES;

/** One test: the cell in a row and a column. */
export interface Outcome {
  readonly table: TableName;
  /** Of the part that it was tried on, and its version: the column. */
  readonly name: string;
  readonly version: string;
  /** The row. */
  readonly tried: string;
  /** What the cell says. */
  readonly says: string;
  /** Whether `npm test` tries that too, in a word or some. */
  readonly inSuite: string;
}

/** Begins a cell of what does not work. */
export const FAILS = "**fails**";

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

What \`fake\` runs on, and how far: each cell is a test that was run for real, on the versions named. *yes*: it works; *not tried*: that
part was not on the machine; **fails**: with the reason; other words say what happens in its place. \`npm test\` runs against OpenSSH, dash
and Node, and says in the second column what it tries of the rest, where that is on the machine.
`;

const ABOUT = /^Commit (\S+), (\S+), (.*)\.$/m;

export function writeDocument({ commit, date, machine, outcomes }: Report): string {
  const tables = Object.entries(TABLES).flatMap(([table, words]) => {
    const own = outcomes.filter((outcome) => outcome.table === table);
    return own.length === 0 ? [] : [`\n## ${words.heading}\n\n${words.text}\n\n${writeTable(own)}`];
  });
  return [HEAD, `\nCommit ${commit}, ${date}, ${machine}.\n`, ...tables].join("");
}

/** Rows in the order in which they come first, and columns in the order in which rows have them. */
function writeTable(outcomes: readonly Outcome[]): string {
  const rows = [...new Set(outcomes.map(({ tried }) => tried))].map((row) => outcomes.filter(({ tried }) => tried === row));
  const parts = [...new Set(rows.flat().map(toPart))];
  const lines = rows.map((own) => {
    const says = new Map(own.map((outcome) => [toPart(outcome), outcome.says]));
    return [own[0]?.tried ?? "", own[0]?.inSuite ?? "", ...parts.map((part) => says.get(part) ?? "")];
  });
  const cells = [["", "in `npm test`", ...parts], ["---", "---", ...parts.map(() => "---")], ...lines];
  return cells.map((line) => `| ${line.map(toCell).join(" | ")} |\n`).join("");
}

const BREAK = "<br>";
const toPart = ({ name, version }: Outcome): string => `${name}${BREAK}${version}`;
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
    const [[, , ...parts] = [], , ...rows] = lines.map((line) => line.slice(2, -2).split(" | ").map(ofCell));
    return rows.flatMap(([tried = "", inSuite = "", ...cells]) =>
      parts.flatMap((part, at) => {
        const [says = "", [name = "", version = ""]] = [cells[at], part.split(BREAK)];
        return says === "" ? [] : [{ table: table as TableName, name, version, tried, says, inSuite }];
      }),
    );
  });
  return { commit, date, machine, outcomes };
}
