import type { EventOf } from "../../runner/events.ts";
import { describeError } from "../failures.ts";
import { linesOf } from "../lines.ts";

/** A task at work on a host. */
export interface ActiveTask {
  readonly host: string;
  readonly task: string;
  readonly stage: string;
  readonly since: number;
  command: { readonly id: number; readonly text: string; readonly since: number } | undefined;
  /** The last line that its command printed, cut to what a row can show. */
  tail: string;
}

/** How far a task of a stage has come, over all hosts. */
export interface TaskBoard {
  readonly name: string;
  /** It runs on the control machine. */
  local: boolean;
  running: number;
  ok: number;
  failed: number;
  skipped: number;
  /** The first hosts on which it failed, and why. */
  readonly failures: { readonly host: string; readonly reason: string }[];
}

/** One time that a stage is gone through: with `--batch` there are several of the same name. */
export interface StageBoard {
  readonly name: string;
  readonly hosts: number;
  readonly since: number;
  readonly tasks: Map<string, TaskBoard>;
  duration: number | undefined;
  ok: boolean;
}

/** What the screen shows, as numbers: its size depends on hosts and tasks, never on output. */
export interface Board {
  title: string;
  hosts: number;
  since: number;
  readonly connecting: Set<string>;
  readonly lost: Set<string>;
  interrupted: string | undefined;
  /** Nothing more will happen. */
  over: boolean;
  readonly stages: StageBoard[];
  /** Stages that were done long ago: with `--batch` there may be thousands. */
  forgotten: number;
  /** Names of stages that have not begun. */
  ahead: string[];
  readonly running: Map<string, ActiveTask>;
}

/** How events name the control machine. */
const LOCAL = "local";
const FAILURES_SHOWN = 8;
const TAIL = 300;
const STAGES = 50;

export function createBoard(): Board {
  return {
    title: "",
    hosts: 0,
    since: 0,
    connecting: new Set(),
    lost: new Set(),
    interrupted: undefined,
    over: false,
    stages: [],
    forgotten: 0,
    ahead: [],
    running: new Map(),
  };
}

export function openStage(board: Board, name: string, hosts: number, tasks: readonly string[], now: number): StageBoard {
  const place = board.ahead.indexOf(name);
  // Stages that were passed by had nothing to do; after a failure they are not reached.
  const kept = board.stages.every(({ ok }) => ok) ? [] : board.ahead.slice(0, place);
  if (place !== -1) board.ahead = [...kept, ...board.ahead.slice(place + 1)];
  const stage: StageBoard = { name, hosts, since: now, tasks: new Map(), duration: undefined, ok: true };
  for (const task of tasks) taskOf(stage, task);
  board.stages.push(stage);
  return stage;
}

/** Leaves out the oldest stage, when there are more than a screen can show and it is done. */
export function forgetStage(board: Board): void {
  if (board.stages.length <= STAGES || board.stages[0]?.duration === undefined) return;
  board.forgotten++;
  board.stages.shift();
}

/** The stage of that name that is under way. */
export function findStage(board: Board, name: string): StageBoard | undefined {
  return (
    board.stages.findLast((stage) => stage.name === name && stage.duration === undefined) ??
    board.stages.findLast((stage) => stage.name === name)
  );
}

export function taskOf(stage: StageBoard, name: string): TaskBoard {
  const known = stage.tasks.get(name);
  if (known !== undefined) return known;
  const task: TaskBoard = { name, local: false, running: 0, ok: 0, failed: 0, skipped: 0, failures: [] };
  stage.tasks.set(name, task);
  return task;
}

export function startTask(board: Board, event: EventOf<"taskStarted">, now: number): void {
  const { host, task, stage } = event;
  const key = keyOf(host, task);
  if (board.running.has(key)) return;
  board.running.set(key, { host, task, stage, since: now, command: undefined, tail: "" });
  const found = findStage(board, stage);
  if (found === undefined) return;
  const row = taskOf(found, task);
  row.running++;
  row.local = host === LOCAL;
}

export function finishTask(board: Board, event: EventOf<"taskFinished">): void {
  const wasRunning = board.running.delete(keyOf(event.host, event.task));
  const stage = findStage(board, event.stage);
  if (stage === undefined) return;
  const task = taskOf(stage, event.task);
  if (wasRunning) task.running = Math.max(0, task.running - 1);
  if (event.outcome === "failed") {
    task.failed++;
    const reason = event.error === undefined ? "failed" : describeError(event.error);
    if (task.failures.length < FAILURES_SHOWN) task.failures.push({ host: event.host, reason });
  } else if (event.outcome === "skipped") task.skipped++;
  else task.ok++;
}

export function startCommand(board: Board, event: EventOf<"commandStarted">, now: number): void {
  const running = board.running.get(keyOf(event.host, event.task));
  if (running === undefined) return;
  const text = event.quiet ? "" : (linesOf(event.command.slice(0, 4 * TAIL))[0] ?? "").slice(0, TAIL);
  running.command = { id: event.id, text, since: now };
  running.tail = "";
}

export function hearCommand(board: Board, event: EventOf<"commandOutput">): void {
  const running = board.running.get(keyOf(event.host, event.task));
  if (event.quiet || running === undefined || running.command?.id !== event.id) return;
  const last = linesOf(event.text.slice(-4 * TAIL)).findLast((line) => line.trim() !== "");
  if (last !== undefined) running.tail = last.trim().slice(0, TAIL);
}

export function finishCommand(board: Board, event: EventOf<"commandFinished">): void {
  const running = board.running.get(keyOf(event.host, event.task));
  if (running?.command?.id === event.id) running.command = undefined;
}

function keyOf(host: string, task: string): string {
  return `${host}\0${task}`;
}
