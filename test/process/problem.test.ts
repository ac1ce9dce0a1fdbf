import { expect, test } from "vitest";
import { type Accept, isTold, PROBLEM_KINDS, type ProcessFacts, problemsOf } from "../../src/process/problem.ts";

const NONE: ProcessFacts = {
  hasEnded: false,
  error: undefined,
  exitCode: undefined,
  timedOut: false,
  killed: false,
  expectFailed: false,
  writeFailed: false,
};
const ended = (more: Partial<ProcessFacts>): ProcessFacts => ({ ...NONE, hasEnded: true, exitCode: 0, ...more });

const error = new Error("no such host");

/** Each state, and what counts against it where nothing is accepted. */
const STATES: readonly (readonly [name: string, outcome: ProcessFacts, problems: string])[] = [
  ["not started, or running", NONE, ""],
  ["running, an expect failed", { ...NONE, expectFailed: true }, "expect"],
  ["running, its input failed", { ...NONE, writeFailed: true }, "write"],
  ["ended with 0", ended({}), ""],
  ["ended with 3", ended({ exitCode: 3 }), "exitCode"],
  ["killed", ended({ exitCode: 143, killed: true }), ""],
  ["killed, and ended with 1", ended({ exitCode: 1, killed: true }), ""],
  ["timed out", ended({ exitCode: 143, timedOut: true }), "timeout exitCode"],
  ["timed out, and ended with 0", ended({ timedOut: true }), "timeout"],
  ["timed out and killed", ended({ exitCode: 137, timedOut: true, killed: true }), "timeout"],
  ["not to be started", ended({ exitCode: undefined, error }), "error"],
  ["lost", ended({ exitCode: undefined, error, timedOut: true }), "error timeout"],
  ["killed, an expect failed", ended({ exitCode: 143, killed: true, expectFailed: true }), "expect"],
  ["ended with 0, its input failed", ended({ writeFailed: true }), "write"],
];

const ACCEPTED: Readonly<Record<(typeof PROBLEM_KINDS)[number], Accept>> = {
  exitCode: { exitCodes: "any" },
  timeout: { timeout: true },
  error: { error: true },
  expect: { expect: true },
  write: { write: true },
};

/** All sets of kinds. */
const SETS = Array.from({ length: 2 ** PROBLEM_KINDS.length }, (_, bits) => PROBLEM_KINDS.filter((_, at) => bits & (1 << at)));

test.each(STATES)("%s: nothing but what is accepted is taken from what counts against it", (_, outcome, problems) => {
  const all = problems.split(" ").filter((kind) => kind !== "");
  expect(problemsOf(outcome, {}).toSorted()).toEqual(all.toSorted());
  for (const set of SETS) {
    const accept = Object.assign({}, ...set.map((kind) => ACCEPTED[kind])) as Accept;
    // The exit code is what the kill has caused.
    const without = new Set<string>([...set, ...(set.includes("timeout") && outcome.timedOut ? ["exitCode"] : [])]);
    expect(problemsOf(outcome, accept).toSorted(), set.join(" ")).toEqual(all.filter((kind) => !without.has(kind)).toSorted());
  }
});

test.each([
  [0, [], true],
  [1, [1], true],
  [2, [1], false],
  [255, "any", true],
] as const)("exit code %i where %j are accepted", (exitCode, exitCodes, isOk) => {
  expect(problemsOf(ended({ exitCode }), { exitCodes }).length === 0).toBe(isOk);
});

test.each([
  [undefined, false, true],
  [undefined, true, false],
  [true, true, true],
  [false, false, false],
  [{ timeout: false }, false, false],
  [{ timeout: true }, true, true],
  [{ write: false }, false, true],
] as const)("log %j: a timeout that is accepted (%s) is told (%s)", (log, isAccepted, isThere) => {
  expect(isTold(log, "timeout", isAccepted)).toBe(isThere);
});
