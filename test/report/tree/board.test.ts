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

const stage = (name: string, tasks: readonly string[] = [], hosts = 1): Extract<RunEvent, { kind: "stageStarted" }> => ({
  kind: "stageStarted",
  stage: name,
  hosts: [],
  tasks: tasks.map((task) => ({ name: task, hosts })),
});
const ended = (name: string, outcome: "ok" | "failed" = "ok"): Extract<RunEvent, { kind: "stageFinished" }> => ({
  kind: "stageFinished",
  stage: name,
  ok: outcome === "ok",
  outcome,
  duration: 1,
});
const ahead = (...names: string[]) => names.map((name) => ({ name, tasks: [name] }));

describe("the board", () => {
  it("forgets stages that were done long ago, but none that is under way", () => {
    const board = new Board();
    for (let group = 0; group < 500; group++) {
      board.openStage(stage("s"), group);
      board.closeStage(ended("s"));
    }
    expect(board.stages.length).toBeLessThanOrEqual(51);
    expect(board.stages.length + board.forgotten).toBe(500);
    const open = new Board();
    for (let each = 0; each < 100; each++) open.openStage(stage(`s${each}`), 0);
    expect([open.stages.length, open.forgotten]).toEqual([100, 0]);
  });

  it("passes by stages that had nothing to do", () => {
    const board = new Board();
    board.ahead = ahead("a", "b", "c");
    board.openStage(stage("b"), 0);
    expect(board.ahead.map(({ name }) => name)).toEqual(["c"]);
    board.openStage(stage("unplanned"), 0);
    expect(board.ahead.map(({ name }) => name)).toEqual(["c"]);
  });

  it("keeps the stages that were not reached when a failure is followed by hooks", () => {
    const board = new Board();
    board.ahead = [...ahead("build", "publish"), { name: "always: tell, unlock", tasks: ["tell", "unlock"] }];
    board.openStage(stage("build"), 0);
    board.closeStage(ended("build", "failed"));
    board.openStage(stage("on failure: discard", ["discard"]), 0);
    for (const hook of ["tell", "unlock"]) {
      expect(board.ahead.map(({ name }) => name)).toEqual(["publish", "always: tell, unlock"]);
      board.openStage(stage(`always: ${hook}`, [hook]), 0);
    }
    expect(board.ahead.map(({ name }) => name)).toEqual(["publish"]);
  });

  it("counts a task on a host once, and forgets the host when it is through", () => {
    const board = new Board();
    const open = board.openStage(stage("s", ["t"], 2), 0);
    board.startTask(started("app1"), 0);
    board.startTask(started("app1"), 1);
    expect([...taskOf(open, "t").hosts]).toEqual([["app1", "running"]]);
    board.finishTask(finished("app1"));
    board.finishTask(finished("app2"));
    expect([...taskOf(open, "t").hosts.values()]).toEqual(["failed", "failed"]);
    expect(board.running.size).toBe(0);
  });

  it("keeps the reasons of the first failures only", () => {
    const board = new Board();
    const open = board.openStage(stage("s", ["t"], 1000), 0);
    for (let host = 0; host < 1000; host++) board.finishTask(finished(`app${host}`));
    expect(taskOf(open, "t").hosts.size).toBe(1000);
    expect(taskOf(open, "t").failures.length).toBeLessThan(20);
  });
});
