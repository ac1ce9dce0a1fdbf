/** What became of processes, as they and their actions tell it. */
import { inspect } from "node:util";
import { afterAll, expect, test } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { parallel, sequence } from "../../src/process/compound.ts";
import type { Log } from "../../src/process/problem.ts";
import { nowhere } from "../support/nowhere.ts";

const launcher = createLauncher();
afterAll(() => launcher.close());

test("knows when its time is up, from its start on", async () => {
  const process = launcher.process("sleep 60", { timeout: "200ms" });
  expect([process.timeoutDate, process.startDate]).toEqual([undefined, undefined]);
  process.start();
  expect(Number(process.timeoutDate) - Number(process.startDate)).toBe(200);
  await process.wait();
  expect(Number(process.endDate)).toBeGreaterThanOrEqual(Number(process.timeoutDate));
  const { startDate, endDate, ...stats } = process.stats();
  expect([startDate, endDate, stats]).toEqual([
    process.startDate,
    process.endDate,
    expect.objectContaining({ numProcesses: 1, numTimeouts: 1, numNonZeroExitCodes: 1, numForcedKills: 0, numOk: 0 }),
  ]);
  expect((await process.reset()).timeoutDate).toBeUndefined();
  expect(launcher.process("true").start().timeoutDate).toBeUndefined();
});

test.each<[Log | undefined, readonly string[]]>([
  [undefined, ["expect", "timeout", "exitCode"]],
  [{ expect: false, exitCode: false }, ["timeout"]],
  [false, []],
])("log %j: of all that counts against it, it tells %j", async (log, told) => {
  const heard: string[] = [];
  const process = launcher.process("echo one; sleep 60", { timeout: 300, log, onProblem: ({ kind }) => heard.push(kind) });
  await process.start().expect("two", { timeout: 0 });
  await process.wait();
  expect([heard, process.problems]).toEqual([told, ["expect", "timeout", "exitCode"]]);
});

test("an exit code that is accepted, and what ends one that was killed, is not told", async () => {
  const heard: string[] = [];
  const onProblem = ({ kind }: { readonly kind: string }) => heard.push(kind);
  await launcher.process("exit 3", { stdin: "", accept: { exitCodes: [3] }, onProblem }).run();
  await launcher.process("sleep 60", { timeout: 100, accept: { timeout: true }, onProblem }).run();
  const killed = launcher.process("sleep 60", { onProblem }).start();
  await killed.waitForStart();
  await killed.kill().wait();
  expect([heard, killed.exitCode]).toEqual([[], 143]);
});

test("one that could not be started has started and ended, and says why", async () => {
  const process = await launcher.process("true", { cwd: nowhere, host: "nowhere.invalid", stdin: "" }).run();
  expect([process.isStarted, process.isEnded, process.isRunning, process.exitCode]).toEqual([true, true, false, undefined]);
  expect(process.state).toMatchObject({ how: "failed", error: { name: "ConnectError" } });
  expect(process.stats()).toMatchObject({ numStarted: 1, numEnded: 1, numErrors: 1, numNonZeroExitCodes: 0 });
  const accepted = await launcher.process("true", { host: "nowhere.invalid", stdin: "", accept: { error: true } }).run();
  expect([accepted.finishedOk, accepted.stats().numErrors]).toEqual([true, 1]);
});

test("is called by the beginning of its command, in one line", () => {
  const long = launcher.process(`echo ${"x".repeat(50)}\n\n  echo two`);
  expect([long.name.length, long.name]).toEqual([39, `echo ${"x".repeat(33)}…`]);
  expect(launcher.process("echo one\n  echo two").name).toBe("echo one echo two");
  expect(inspect(launcher.process("true", { name: "mine" }))).toBe("Process(mine on this machine: new)");
});

test("actions that are left are ended, all of them, and nothing begins any more", async () => {
  const first = launcher.local("sleep 60");
  const later = launcher.local("true");
  {
    await using whole = parallel([sequence([first, later]), launcher.local("sleep 60")]).start();
    await Promise.all([whole.processes[0]?.waitForStart(), whole.processes[2]?.waitForStart()]);
    expect(whole.isRunning).toBe(true);
  }
  expect([first.isEnded, first.finishedOk, later.isStarted]).toEqual([true, true, false]);
});
