/**
 * How long the way of one command is: the functions of ours that `` await t.run`true` `` goes through on an open connection, by file.
 *
 *   npm run bench:chain
 */
import { type Called, followOneCommand } from "../test/support/chain.ts";
import { startSshdFleet } from "../test/support/sshd.ts";

const fleet = await startSshdFleet(1);
try {
  show(followOneCommand(fleet));
} finally {
  await fleet.stop();
}

function show(called: readonly Called[]): void {
  const own = called.filter(({ file }) => file.startsWith("src/"));
  const libraries = called.filter(({ file }) => file.includes("node_modules/"));
  const byFile = groupByFile(own);
  for (const [file, functions] of [...byFile].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`${String(functions.length).padStart(4)} ${String(callsOf(functions)).padStart(5)}  ${file}  ${namesOf(functions)}`);
  say(
    `${own.length} functions of ours in ${byFile.size} files, ${callsOf(own)} calls; ${libraries.length} of libraries, ${callsOf(libraries)} calls`,
  );
}

function groupByFile(called: readonly Called[]): Map<string, Called[]> {
  const groups = new Map<string, Called[]>();
  for (const one of called) groups.set(one.file, [...(groups.get(one.file) ?? []), one]);
  return groups;
}

function callsOf(called: readonly Called[]): number {
  return called.reduce((sum, { calls }) => sum + calls, 0);
}

function namesOf(called: readonly Called[]): string {
  return [...new Set(called.map(({ name }) => name))].sort().join(", ");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
