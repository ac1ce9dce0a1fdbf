/** docs/soak.md: written by the harness, and read back by the test that it is what the harness writes. */
import { type Column, FLEET_COST, FLEET_OUTCOME, LONG_LIVED, type Row, SERIES } from "./figures.ts";

export interface Report {
  /** In words. */
  readonly machine: string;
  readonly hosts: number;
  /** Milliseconds each way to the slow host. */
  readonly delay: number;
  readonly fleet: { readonly outcome: readonly Row[]; readonly cost: readonly Row[] };
  /** Deploys in processes of their own. */
  readonly deploys: number;
  readonly series: readonly Row[];
  /** Deploys in one process. */
  readonly inOne: number;
  readonly longLived: readonly Row[];
}

const HEAD = `# Soak

<!-- Written by \`npm run test:soak\`: change test/soak/document.ts instead. -->

What a deploy to many hosts costs, and what many deploys in a row leave behind. \`npm run test:soak\` starts the hosts, OpenSSH servers
on one machine that also deploys, and writes this page; the normal test suite plays a sample. Times are those of that machine, which
does the work of all the hosts.
`;

const FLEET = `## Many hosts in one deploy

The first deploy goes to empty hosts. In the next run two hosts are lost between build and publish; in the one after they are dead
from the start: one refuses connections, the other takes them and says nothing. Then both are back.

A host is *on the new release* when all that are have the same one, of the newest commit, and *as before* when \`current\` has not
moved. While hosts are lost none may move: the others go back to what they had, nothing of the new release stays there, and the
summary says of each host what is live or that it is not known. Anything else is a fault. So are more than 100 logins at once (50
are started; a slow machine may be busy with as many that are through already), and a heap at the end of more than 24 MB and 20 kB
a host.
`;

const COST = "What that cost the machine that deploys, all in one process:\n";

const SERIES_TEXT = `Each deploys a new commit to two hosts in a process of its own. After each both hosts are on that commit and have three releases,
and all that could be left is looked for: processes and temporary files on both sides, connections, locks, descriptors that the
servers have more than before. Memory and time are medians.
`;

const LONG_LIVED_TEXT = `The same commit, deployed again and again by a program that calls \`fake\` in its own process. After the third run that has no more
open descriptors, timers, sockets or listeners than after the third; over the later half of the runs its heap at its lowest grows by
less than 8 kB a deploy.
`;

const GROWS = `## What grows

On a host, with each deploy: the journal and \`revisions.log\` by a few lines, of which a deploy reads the last 48 kB to learn what is
there, and the mirror by the objects of the new commit, which git packs when there are some thousand. All else stays as large as it is.
`;

export function writeDocument(report: Report): string {
  const { machine, hosts, delay, fleet, deploys, series, inOne, longLived } = report;
  return [
    HEAD,
    `Machine: ${machine}.\n`,
    FLEET,
    `Hosts: ${hosts}, the first of them ${delay} ms away each way.\n`,
    writeTable("run", FLEET_OUTCOME, fleet.outcome),
    COST,
    writeTable("run", FLEET_COST, fleet.cost),
    `## ${deploys} deploys in a row\n`,
    SERIES_TEXT,
    writeTable("deploys", SERIES, series),
    `## ${inOne} deploys in one process\n`,
    LONG_LIVED_TEXT,
    writeTable("deploys", LONG_LIVED, longLived),
    GROWS,
  ].join("\n");
}

function writeTable<Of>(first: string, columns: readonly Column<Of>[], rows: readonly Row[]): string {
  const titles = [first, ...columns.map(({ title }) => title)];
  const lines = [titles, titles.map((_, index) => (index === 0 ? "---" : "---:")), ...rows.map((row) => toCells(columns, row))];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function toCells<Of>(columns: readonly Column<Of>[], { name, figures }: Row): readonly string[] {
  return [name, ...columns.map(({ digits = 0 }, index) => (figures[index] ?? Number.NaN).toFixed(digits))];
}

/** The figures of a document that was written. */
export function readDocument(text: string): Report {
  const [outcome = [], cost = [], series = [], longLived = []] = readTables(text);
  const [hosts = 0, delay = 0] = numbersOf(/^Hosts: (\d+), the first of them (\d+) ms/m, text);
  const [deploys = 0] = numbersOf(/^## (\d+) deploys in a row$/m, text);
  const [inOne = 0] = numbersOf(/^## (\d+) deploys in one process$/m, text);
  const machine = /^Machine: (.*)\.$/m.exec(text)?.[1] ?? "";
  return { machine, hosts, delay, fleet: { outcome, cost }, deploys, series, inOne, longLived };
}

function numbersOf(pattern: RegExp, text: string): readonly number[] {
  return pattern.exec(text)?.slice(1).map(Number) ?? [];
}

function readTables(text: string): readonly (readonly Row[])[] {
  return text
    .split("\n\n")
    .filter((block) => block.startsWith("| "))
    .map((table) => table.trimEnd().split("\n").slice(2).map(readRow));
}

function readRow(line: string): Row {
  const [name = "", ...figures] = line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
  return { name, figures: figures.map(Number) };
}
