import { describe, expect, it } from "vitest";
import {
  type Ending,
  findSignal,
  isAccepted,
  skippedResult,
  toResult,
  unknownResult,
} from "../../src/transport/command-result.ts";
import type { CommandResult } from "../../src/transport/transport.ts";
import { command } from "./framing/shells.ts";

const lost = new Error("lost");

function result(ending: Ending, acceptError = true): CommandResult {
  return toResult(command("x", { acceptError }), ending, { stdout: "", stderr: "", truncated: false }, 0);
}

describe("toResult", () => {
  it.each<[Ending, string, string | undefined]>([
    [{ exitStatus: 0 }, "ok", undefined],
    [{ exitStatus: 1 }, "failed", undefined],
    [{ exitStatus: 128 }, "failed", undefined],
    [{ exitStatus: 137 }, "failed", "SIGKILL"],
    [{ exitStatus: 255 }, "failed", undefined],
    [{ exitStatus: undefined, cause: lost }, "unknown", undefined],
    [{ exitStatus: 143, stopped: { status: "timed-out" } }, "timed-out", "SIGTERM"],
    [{ exitStatus: 0, stopped: { status: "timed-out" } }, "timed-out", undefined],
    [{ exitStatus: undefined, stopped: { status: "killed" } }, "killed", undefined],
    [{ exitStatus: undefined, stopped: { status: "killed" }, cause: lost }, "unknown", undefined],
  ])("takes %o for %s", (ending, status, signal) => {
    expect(result(ending)).toMatchObject({ status, signal, exitCode: ending.exitStatus });
  });

  it("gives the cause where it says something", () => {
    expect(result({ exitStatus: undefined, cause: lost }).cause).toBe(lost);
    expect(result({ exitStatus: undefined, stopped: { status: "failed", cause: lost } }).cause).toBe(lost);
    expect(result({ exitStatus: 3, cause: lost }).cause).toBeUndefined();
  });

  it("is frozen", () => {
    expect(Object.isFrozen(result({ exitStatus: 0 }))).toBe(true);
  });
});

describe("isAccepted", () => {
  it("takes exit codes of the command's own alone", () => {
    const accepted: readonly Ending[] = [{ exitStatus: 0 }, { exitStatus: 1 }, { exitStatus: 137 }];
    expect(accepted.map((ending) => isAccepted(result(ending)))).toEqual([true, true, true]);
    expect(accepted.map((ending) => isAccepted(result(ending, false)))).toEqual([true, false, false]);
    const never: readonly Ending[] = [
      { exitStatus: undefined, cause: lost },
      { exitStatus: 143, stopped: { status: "timed-out" } },
      { exitStatus: 0, stopped: { status: "failed", cause: lost } },
      { exitStatus: undefined, stopped: { status: "killed" } },
      { exitStatus: 143, stopped: { status: "killed" } },
    ];
    expect(never.map((ending) => isAccepted(result(ending)))).toEqual([false, false, false, false, false]);
    expect([skippedResult(command("x")), unknownResult(command("x"), lost)].map(isAccepted)).toEqual([false, false]);
  });
});

describe("findSignal", () => {
  it("knows signals, and no other exit codes", () => {
    expect([129, 130, 143, 159, 128, 127, 200, 0].map(findSignal)).toEqual([
      "SIGHUP",
      "SIGINT",
      "SIGTERM",
      "SIGSYS",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
