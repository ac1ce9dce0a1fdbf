import { describe, expect, it } from "vitest";
import { Board, taskOf } from "../../../src/report/tree/board.ts";
import type { RunEvent } from "../../../src/runner/events.ts";

const started = (host: string): Extract<RunEvent, { kind: "taskStarted" }> => ({
  kind: "taskStarted",
  task: "t",
  host,
  stage: "s",
});
const finished = (host: string): Extract<RunEvent, { kind: "taskFinished" }> => ({
  kind: "taskFinished",
  task: "t",
  host,
  stage: "s",
  outcome: "failed",
  duration: 1,
  error: undefined,
});

describe("the board", () => {
  it("forgets stages that were done long ago, but none that is under way", () => {
    const board = new Board();
    for (let group = 0; group < 500; group++) {
      board.openStage("s", 1, ["t"], group).duration = 1;
    }
    expect(board.stages.length).toBeLessThanOrEqual(51);
    expect(board.stages.length + board.forgotten).toBe(500);
    const open = new Board();
    for (let stage = 0; stage < 100; stage++) open.openStage(`s${stage}`, 1, [], 0);
    expect([open.stages.length, open.forgotten]).toEqual([100, 0]);
  });

  it("passes by stages that had nothing to do", () => {
    const board = new Board();
    board.ahead = ["a", "b", "c"];
    board.openStage("b", 1, [], 0);
    expect(board.ahead).toEqual(["c"]);
    board.openStage("unplanned", 1, [], 0);
    expect(board.ahead).toEqual(["c"]);
  });

  it("keeps the stages that were not reached when a failure is followed by hooks", () => {
    const board = new Board();
    board.ahead = ["build", "publish", "always: unlock"];
    board.openStage("build", 1, [], 0).ok = false;
    board.openStage("on failure: discard", 1, [], 0);
    board.openStage("always: unlock", 1, [], 0);
    expect(board.ahead).toEqual(["publish"]);
  });

  it("counts a task on a host once, and forgets the host when it is through", () => {
    const board = new Board();
    const stage = board.openStage("s", 2, ["t"], 0);
    board.startTask(started("app1"), 0);
    board.startTask(started("app1"), 1);
    expect(taskOf(stage, "t").running).toBe(1);
    board.finishTask(finished("app1"));
    board.finishTask(finished("app2"));
    expect(taskOf(stage, "t")).toMatchObject({ running: 0, failed: 2 });
    expect(board.running.size).toBe(0);
  });

  it("keeps the reasons of the first failures only", () => {
    const board = new Board();
    const stage = board.openStage("s", 1000, ["t"], 0);
    for (let host = 0; host < 1000; host++) board.finishTask(finished(`app${host}`));
    expect(taskOf(stage, "t").failed).toBe(1000);
    expect(taskOf(stage, "t").failures.length).toBeLessThan(20);
  });
});
