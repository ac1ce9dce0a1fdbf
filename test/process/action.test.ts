import { afterAll, expect, test } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { Action } from "../../src/process/action.ts";
import { parallel, sequence } from "../../src/process/compound.ts";
import { ProcessesFailed } from "../../src/process/processes-failed.ts";
import { report } from "../../src/process/report.ts";
import { emptyStats } from "../../src/process/stats.ts";
import { waitAll, waitAny } from "../../src/process/together.ts";
import { nowhere } from "../support/nowhere.ts";

const launcher = createLauncher();
afterAll(() => launcher.close());

const local = (command: string): Action => launcher.local(command, { stdin: "" });
const open = (command: string): Action => launcher.local(command);

test("starts once, and again after a reset", async () => {
  const action = local("echo ran");
  await expect(action.wait()).rejects.toMatchObject({ code: "NOT_STARTED" });
  await action.run();
  expect([action.isEnded, action.finishedOk, action.processes[0]?.stdout]).toEqual([true, true, "ran\n"]);
  expect(() => action.start()).toThrow(expect.objectContaining({ code: "STARTED_TWICE" }));
  await action.reset();
  expect([action.isStarted, action.isEnded, action.processes[0]?.isStarted]).toEqual([false, false, false]);
  await action.run();
  expect(action.finishedOk).toBe(true);
});

test.each([
  ["no host", () => launcher.remote([], "true")],
  ["no part side by side", () => parallel([])],
  ["no part in a row", () => sequence([])],
] as const)("%s: it has ended when it is started, and is ok", (_, make) => {
  const action = make();
  expect(action.isEnded).toBe(false);
  action.start();
  expect([action.isEnded, action.ok, action.finishedOk, action.processes]).toEqual([true, true, true, []]);
});

test("a sequence goes on after a part that failed, unless it is told to stop", async () => {
  const make = (): readonly Action[] => [local("exit 1"), local("echo second")];
  const [, goneOn] = (await sequence(make()).run()).processes;
  expect(goneOn?.stdout).toBe("second\n");
  const stopped = await sequence(make(), { stopOnFailure: true }).run();
  expect(stopped.processes.map(({ isStarted }) => isStarted)).toEqual([true, false]);
  expect([stopped.isEnded, stopped.ok]).toEqual([true, false]);
});

test("a sequence runs its parts one after another, parallel at the same time", async () => {
  const make = (): readonly Action[] => [local("sleep 0.2"), local("sleep 0.2")];
  const [first, second] = (await sequence(make()).run()).processes;
  expect(Number(second?.startDate)).toBeGreaterThanOrEqual(Number(first?.endDate));
  const [left, right] = (await parallel(make()).run()).processes;
  expect(Number(right?.startDate)).toBeLessThan(Number(left?.endDate));
});

test("killed, a sequence begins no other part", async () => {
  const action = sequence([parallel([local("sleep 60")]), local("echo second")]).start();
  await action.processes[0]?.waitForStart();
  await action.kill().wait();
  expect(action.processes.map(({ isStarted, ok }) => [isStarted, ok])).toEqual([
    [true, true],
    [false, true],
  ]);
});

test("waits for one of two, and for both", async () => {
  const quick = local("true").start();
  const slow = open("cat").start();
  expect(await waitAny([slow, quick])).toEqual([quick]);
  expect(await waitAll([slow, quick], { timeout: 50 })).toEqual([quick]);
  expect(await waitAny([slow], { timeout: 20 })).toEqual([]);
  expect(await waitAny([])).toEqual([]);
  await slow.end();
  expect(await waitAll([slow, quick])).toEqual([slow, quick]);
});

test("throws what failed, on request", async () => {
  const action = await parallel([local("exit 3"), local("true")]).run();
  const error = await Promise.resolve()
    .then(() => action.throwIfFailed())
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProcessesFailed);
  expect((error as ProcessesFailed).processes.map(({ exitCode }) => exitCode)).toEqual([3]);
  expect((error as Error).message).toContain("exit 3 on this machine: ended with exit code 3: exitCode");
  expect(local("true").throwIfFailed().isStarted).toBe(false);
  const why = await parallel([
    local("printf 'no \\033[31mroom\\n\\n' >&2; exit 3"),
    launcher.put("localhost", nowhere, "x"),
  ]).run();
  expect(() => why.throwIfFailed()).toThrow(/exitCode \(no room\)\n.*: error \(".*nowhere" does not exist\./);
});

test("writes to all, and expects of all, in their order", async () => {
  const action = parallel([open("read a; echo got $a; cat"), open("read a; echo other"), local("echo gone")]);
  action.start();
  await action.write("word\n");
  const found = await action.expect(/got (\w+)/, { timeout: "20s" });
  expect(found.map(({ match }) => match?.groups)).toEqual([["word"], undefined, undefined]);
  expect(found.map(({ process }) => process)).toEqual(action.processes);
  await expect(action.expect([/a/, 5 as never])).rejects.toMatchObject({
    code: "BAD_PATTERN",
    message: "5 (number 2 of 2) is no pattern to expect.",
  });
  expect(action.ok).toBe(false);
  await action.end();
  await action.wait();
});

test("tells its handlers", async () => {
  const told: string[] = [];
  const action = launcher.local("true", {
    stdin: "",
    onStart: () => told.push("start"),
    onEnd: () => told.push("end"),
    onReset: () => {
      told.push("reset");
      throw new Error("broken");
    },
  });
  await (await action.run()).reset();
  expect(told).toEqual(["start", "end", "reset"]);
});

test("a report counts, nested, as the processes are at the moment", async () => {
  const failing = local("exit 1");
  const killed = local("sleep 60").start();
  const accepted = launcher.local("exit 2", { stdin: "", accept: { exitCodes: [2] } });
  const whole = report("whole", [report("step 1", [failing, accepted]), killed]);
  expect(whole.stats()).toMatchObject({
    numProcesses: 3,
    numStarted: 1,
    numEnded: 0,
    numOk: 3,
    numFinishedOk: 0,
    endDate: undefined,
  });
  await Promise.all([failing.run(), accepted.run()]);
  await killed.processes[0]?.waitForStart();
  await killed.kill().wait();
  expect(whole.stats()).toMatchObject({
    numProcesses: 3,
    numStarted: 3,
    numEnded: 3,
    numErrors: 0,
    numTimeouts: 0,
    numForcedKills: 0,
    numNonZeroExitCodes: 3,
    numExpectFail: 0,
    numWriteError: 0,
    numOk: 2,
    numFinishedOk: 2,
  });
  const text = whole.toString();
  const lines = text.trimEnd().split("\n");
  expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(["name", "step", "exit", "exit", "sleep", "whole"]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(whole.toString({ brief: true }).trimEnd().split("\n")).toHaveLength(2);
  const wide = whole.toString({ wide: true });
  expect(wide).toContain("non-zero code");
  expect(Math.max(...wide.split("\n").map((line) => line.length))).toBeLessThanOrEqual(175);
  const json = JSON.parse(JSON.stringify(whole)) as { parts: { name: string; parts: unknown[] }[]; endDate: string };
  expect([json.parts[0]?.name, json.parts[0]?.parts.length, new Date(json.endDate)]).toEqual([
    "step 1",
    2,
    whole.stats().endDate,
  ]);
  expect(report("none").stats()).toEqual(emptyStats());
});

test("a report has rows for the parts of what is put together, unless they are hidden", () => {
  const steps = (options = {}): Action =>
    sequence([launcher.local("true", { name: "first" }), parallel([launcher.local("true", { name: "inner" })])], {
      name: "steps",
      ...options,
    });
  const names = (action: Action): readonly string[] =>
    report("all", [action])
      .toString()
      .split("\n")
      .map((line) => line.replace(/(?<=\S) .*/, ""));
  expect(names(steps())).toEqual(["name", "steps", "  first", "  parallel", "    inner", "all", ""]);
  expect(names(steps({ hideParts: true }))).toEqual(["name", "steps", "all", ""]);
  const json = (action: Action): string =>
    JSON.stringify(report("all", [action])).replaceAll(/"(?:num|start|end)\w+":\w+,?/g, "");
  expect(json(steps())).toBe(
    '{"name":"all","parts":[{"name":"steps","parts":[{"name":"first",},{"name":"parallel","parts":[{"name":"inner",}]}]}]}',
  );
  expect(json(steps({ hideParts: true }))).toBe('{"name":"all","parts":[{"name":"steps",}]}');
});

test("a report is a row for each name, whatever that is", () => {
  const odd = launcher.local("true", { name: "two\nlines \u001b[31mred\u0007" });
  for (const wide of [false, true]) {
    const [, row] = report("all", [odd]).toString({ wide }).split("\n");
    expect(row).toMatch(wide ? /^two lines red\\x07 {2}/ : /^two lines red\\x07 {2}1 {6}/);
  }
  expect(String(launcher.process("true", { name: "\u001b[31mred" }))).toBe("red on this machine: new");
});
