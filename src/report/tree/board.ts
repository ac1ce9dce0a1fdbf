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

/** How events name the control machine. */
const LOCAL = "local";
const FAILURES_SHOWN = 8;
const TAIL = 300;
const STAGES = 50;

/** What the screen shows, as numbers: its size depends on hosts and tasks, never on output. */
export class Board {
  title = "";
  hosts = 0;
  since = 0;
  readonly connecting = new Set<string>();
  readonly lost = new Set<string>();
  interrupted: string | undefined;
  /** Nothing more will happen. */
  over = false;
  readonly stages: StageBoard[] = [];
  /** Stages that were done long ago: with `--batch` there may be thousands. */
  forgotten = 0;
  /** Names of stages that have not begun. */
  ahead: readonly string[] = [];
  readonly running = new Map<string, ActiveTask>();

  openStage(name: string, hosts: number, tasks: readonly string[], now: number): StageBoard {
    const place = this.ahead.indexOf(name);
    // Stages that were passed by had nothing to do; after a failure they are not reached.
    const kept = this.stages.every(({ ok }) => ok) ? [] : this.ahead.slice(0, place);
    if (place !== -1) this.ahead = [...kept, ...this.ahead.slice(place + 1)];
    const stage: StageBoard = { name, hosts, since: now, tasks: new Map(), duration: undefined, ok: true };
    for (const task of tasks) taskOf(stage, task);
    this.stages.push(stage);
    // More than a screen can show.
    if (this.stages.length > STAGES && this.stages[0]?.duration !== undefined) {
      this.forgotten++;
      this.stages.shift();
    }
    return stage;
  }

  /** The stage of that name that is under way. */
  findStage(name: string): StageBoard | undefined {
    const named = this.stages.filter((stage) => stage.name === name);
    return named.findLast(({ duration }) => duration === undefined) ?? named.at(-1);
  }

  startTask({ host, task, stage }: EventOf<"taskStarted">, now: number): void {
    const key = keyOf(host, task);
    if (this.running.has(key)) return;
    this.running.set(key, { host, task, stage, since: now, command: undefined, tail: "" });
    const found = this.findStage(stage);
    if (found === undefined) return;
    const row = taskOf(found, task);
    row.running++;
    row.local = host === LOCAL;
  }

  finishTask({ host, task: name, stage, outcome, error }: EventOf<"taskFinished">): void {
    const wasRunning = this.running.delete(keyOf(host, name));
    const found = this.findStage(stage);
    if (found === undefined) return;
    const task = taskOf(found, name);
    if (wasRunning) task.running = Math.max(0, task.running - 1);
    if (outcome === "failed") {
      task.failed++;
      const reason = error === undefined ? "failed" : describeError(error);
      if (task.failures.length < FAILURES_SHOWN) task.failures.push({ host, reason });
    } else if (outcome === "skipped") task.skipped++;
    else task.ok++;
  }

  startCommand({ host, task, id, quiet, command }: EventOf<"commandStarted">, now: number): void {
    const running = this.running.get(keyOf(host, task));
    if (running === undefined) return;
    const text = quiet ? "" : (linesOf(command.slice(0, 4 * TAIL))[0] ?? "").slice(0, TAIL);
    running.command = { id, text, since: now };
    running.tail = "";
  }

  hearCommand({ host, task, id, quiet, text }: EventOf<"commandOutput">): void {
    const running = this.running.get(keyOf(host, task));
    if (quiet || running?.command?.id !== id) return;
    const last = linesOf(text.slice(-4 * TAIL)).findLast((line) => line.trim() !== "");
    if (last !== undefined) running.tail = last.trim().slice(0, TAIL);
  }

  finishCommand({ host, task, id }: EventOf<"commandFinished">): void {
    const running = this.running.get(keyOf(host, task));
    if (running?.command?.id === id) running.command = undefined;
  }
}

export function taskOf(stage: StageBoard, name: string): TaskBoard {
  const known = stage.tasks.get(name);
  if (known !== undefined) return known;
  const task: TaskBoard = { name, local: false, running: 0, ok: 0, failed: 0, skipped: 0, failures: [] };
  stage.tasks.set(name, task);
  return task;
}

function keyOf(host: string, task: string): string {
  return `${host}\0${task}`;
}
