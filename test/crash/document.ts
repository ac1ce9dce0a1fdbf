/** docs/reliability.md: written by the harness, and read back by the test that it is what the harness writes. */
import { FAULTS } from "../../src/rehearse/faults.ts";
import { type Count, type Matrix, type Row, runsOf, sumOf } from "../../src/rehearse/matrix.ts";

export interface Report {
  /** Cases that there are: fewer may have been played. */
  readonly cases: number;
  readonly matrices: readonly Matrix[];
  /** Faults that the machine could not make. */
  readonly left: readonly string[];
}

/** What is promised, and how that is tested. */
const PROMISES = `# Reliability

<!-- Written by \`npm run test:crash\`: change test/crash/document.ts instead. -->

A deploy can end in the middle: the laptop sleeps, the link goes down, the disk is full, somebody presses ctrl-C. This page says what
holds then, and what it was tested with.

## What is promised

Whatever happens to a run, at whatever step:

1. \`current\` is absent or a link to a complete release.
2. That is the release from before the run or the one of the run, never a third.
3. The next plain \`fake deploy\` succeeds, once the disk has room again or the rights are back. Nothing else has to be repaired.
4. The next \`fake rollback\` reaches the last good release.
5. The lock is free, or can be proven stale: then the next run breaks it and says so.
6. The exit code is 0 only if all hosts are on the target: 1 after a failure, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.
7. No secret is in what the run printed, in its log file, or in what it keeps on the hosts.
8. No process that the run started is left on a host: they end within 20 seconds of a link that ends, within 90 seconds of one that falls silent.

And what is said is so: unless the client itself was killed, the summary says of every host which release is live there, or that
it is not known because the host could not be reached any more.

| signal | what it does |
|---|---|
| the first ctrl-C, SIGTERM or SIGHUP | No task begins any more. The command at hand ends, a function that is under way comes to its end, what was built is removed; hosts that have switched are switched back while others have not. |
| the second | What is running on the hosts is ended. Hosts may be left on different releases: the summary says which. |
| the third | Nothing is waited for any longer. |
`;

const METHOD = `## How it is tested

\`npm run test:crash\` deploys to two OpenSSH servers, from a real git repository, with hooks of every kind, linked files and directories,
secrets, and an old release to be removed. A run without any fault lists its steps: every command on every host, and every place
where the client is about to send some. Then the run is repeated for each step and each fault, from the same beginning: it is held
exactly there, the fault happens, and when the run has ended all of the above is looked at. For points 3 and 4 \`fake deploy\` and
\`fake rollback\` are run.

The client is a process of its own, so that it can be killed. A command is held on the host, before it runs or after it has: so the
link can be cut while nobody knows whether it ran. The normal test suite plays a sample.
`;

const LEGEND = `## Outcomes

Each cell counts runs: as before / on the new release / on different releases, which the run has said. Hosts are on different
releases only where one of them could not be reached any more, could not be switched back, or a second ctrl-C came in between.
`;

export function writeDocument({ matrices, left, cases }: Report): string {
  const total = sumOf(matrices.flatMap(({ rows }) => rows.flatMap(({ counts }) => counts)));
  const outcome = `${runsOf(total)} of ${cases} cases were played, ${total.violations} with violations.`;
  const leftOut = left.length === 0 ? [] : [`Not played, because the machine could not: ${left.join(", ")}.\n`];
  return [PROMISES, METHOD, LEGEND, `${outcome}\n`, ...leftOut, ...matrices.map(writeMatrix)].join("\n");
}

function writeMatrix({ scenario, stages, rows }: Matrix): string {
  const titles = ["fault", ...stages, "runs", "violations"];
  const lines = [titles, titles.map((_, index) => (index === 0 ? "---" : "---:")), ...rows.map(toCells)];
  return `### ${scenario}\n\n${lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}`;
}

function toCells({ fault, counts }: Row): readonly string[] {
  const sum = sumOf(counts);
  return [fault, ...counts.map(toCell), String(runsOf(sum)), String(sum.violations)];
}

function toCell(count: Count | undefined): string {
  return count === undefined ? "-" : `${count.before} / ${count.after} / ${count.mixed}`;
}

/** The counts of a document that was written. Violations stand in the first cell that has runs: only their sum is in the text. */
export function readDocument(text: string): Report {
  const left = /^Not played, because the machine could not: (.*)\.$/m.exec(text)?.[1]?.split(", ") ?? [];
  const sections = text.split(/^### /m).slice(1);
  const cases = Number(/^\d+ of (\d+) cases were played/m.exec(text)?.[1]);
  return { cases, left, matrices: sections.map(readMatrix) };
}

function readMatrix(section: string): Matrix {
  const [scenario = "", ...lines] = section.split("\n");
  const [titles = [], , ...rows] = lines
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return { scenario, stages: titles.slice(1, -2), rows: rows.map(readRow) };
}

function readRow(cells: readonly string[]): Row {
  const [fault = ""] = cells;
  let violations = Number(cells.at(-1));
  const counts = cells.slice(1, -2).map((cell): Count | undefined => {
    if (cell === "-") return undefined;
    const [before = 0, after = 0, mixed = 0] = cell.split(" / ").map(Number);
    const count = { before, after, mixed, violations };
    violations = 0;
    return count;
  });
  return { fault, counts };
}

/** Names of the faults that a document should have, in order. */
export function expectedFaults(left: readonly string[]): readonly string[] {
  return FAULTS.map(({ name }) => name).filter((name) => !left.includes(name));
}
