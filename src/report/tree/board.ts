import type { EventOf } from "../../runner/events.ts";
import { commandRow } from "../command-lines.ts";
import { describeError } from "../failures.ts";
import { linesOf } from "../lines.ts";
import type { Amounts } from "../progress.ts";
import { shortenPaths } from "../shorten-paths.ts";

/** A task at work on a host. */
export interface ActiveTask {
  readonly host: string;
  readonly task: string;
  readonly stage: string;
  readonly since: number;
  command: { readonly id: number; readonly text: string; readonly since: number } | undefined;
  /** Of what its command sends or fetches. */
  progress: Amounts | undefined;
  /** The last line that its command printed, cut to what a row can show. */
  tail: string;
}

/** How a task stands on a host. */
export type TaskState = "running" | EventOf<"taskFinished">["outcome"];

/** How far a task of a stage has come, over all hosts. */
export interface TaskBoard {
  readonly name: string;
  /** Hosts that it is to run on, none on the control machine; undefined where nobody has said so: another task executes it. */
  readonly planned: number | undefined;
  /** How it stands on each host that it has begun on, or was skipped on. */
  readonly hosts: Map<string, TaskState>;
  /** The first hosts on which it failed or was stopped, and why. */
  readonly failures: { readonly host: string; readonly reason: string }[];
}

/** One time that a stage is gone through: with `--batch` there are several of the same name. */
export interface StageBoard {
  readonly name: string;
  readonly group: EventOf<"stageStarted">["group"];
  readonly since: number;
  readonly tasks: Map<string, TaskBoard>;
  duration: number | undefined;
  outcome: EventOf<"stageFinished">["outcome"];
  /** Its tasks found nothing to do. */
  passedBy: boolean;
}

interface StageAhead {
  readonly name: string;
  readonly tasks: readonly string[];
}

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
  /** Stages that have not begun. */
  ahead: readonly StageAhead[] = [];
  readonly running = new Map<string, ActiveTask>();
  #broken = false;

  /** What is ahead does not come any more: only what a failure or an interruption calls. */
  get isEnding(): boolean {
    return this.#broken || this.interrupted !== undefined;
  }

  openStage({ stage: name, tasks, group }: EventOf<"stageStarted">, now: number): StageBoard {
    this.#reach(
      name,
      tasks.map((task) => task.name),
    );
    const stage: StageBoard = {
      name,
      group,
      since: now,
      tasks: new Map(),
      duration: undefined,
      outcome: "ok",
      passedBy: false,
    };
    for (const { name: task, hosts } of tasks) taskOf(stage, task, hosts);
    this.stages.push(stage);
    // More than a screen can show.
    if (this.stages.length > STAGES && this.stages[0]?.duration !== undefined) {
      this.forgotten++;
      this.stages.shift();
    }
    return stage;
  }

  #reach(name: string, tasks: readonly string[]): void {
    const place = this.ahead.findIndex((stage) => stage.name === name);
    // A run that cannot connect to all its hosts does not begin: its first stage is one of hooks that always run.
    const isUnbegun = this.lost.size > 0 && this.stages.length === 0;
    // Stages that were passed by had nothing to do; after a failure they are not reached.
    if (place !== -1)
      this.ahead = [...(this.isEnding || isUnbegun ? this.ahead.slice(0, place) : []), ...this.ahead.slice(place + 1)];
    // Hooks that a failure calls have a stage of their own: of the one that they were planned in, what is left is not reached.
    else {
      this.ahead = this.ahead
        .map((stage) => ({ ...stage, tasks: stage.tasks.filter((task) => !tasks.includes(task)) }))
        .filter((stage) => stage.tasks.length > 0);
    }
  }

  closeStage({ stage: name, outcome, duration }: EventOf<"stageFinished">): void {
    this.#broken ||= outcome !== "ok";
    const stage = this.findStage(name);
    if (stage === undefined) return;
    stage.duration = duration;
    stage.outcome = outcome;
    const states = [...stage.tasks.values()].flatMap(({ hosts }) => [...hosts.values()]);
    stage.passedBy = outcome === "ok" && states.length > 0 && states.every((state) => state === "skipped");
    stage.tasks.clear();
  }

  /** The stage of that name that is under way. */
  findStage(name: string): StageBoard | undefined {
    const named = this.stages.filter((stage) => stage.name === name);
    return named.findLast(({ duration }) => duration === undefined) ?? named.at(-1);
  }

  startTask({ host, task, stage }: EventOf<"taskStarted">, now: number): void {
    const key = keyOf(host, task);
    if (this.running.has(key)) return;
    this.running.set(key, { host, task, stage, since: now, command: undefined, progress: undefined, tail: "" });
    const found = this.findStage(stage);
    if (found !== undefined) taskOf(found, task).hosts.set(host, "running");
  }

  finishTask({ host, task: name, stage, outcome, error }: EventOf<"taskFinished">): void {
    this.running.delete(keyOf(host, name));
    const found = this.findStage(stage);
    if (found === undefined) return;
    const { hosts, failures } = taskOf(found, name);
    hosts.set(host, outcome);
    if (outcome !== "failed" && outcome !== "stopped") return;
    if (failures.length < FAILURES_SHOWN) failures.push({ host, reason: error === undefined ? outcome : describeError(error) });
  }

  startCommand({ host, task, id, quiet, command }: EventOf<"commandStarted">, now: number): void {
    const running = this.running.get(keyOf(host, task));
    if (running === undefined) return;
    const text = quiet ? "" : commandRow(command.slice(0, 4 * TAIL));
    running.command = { id, text, since: now };
    running.progress = undefined;
    running.tail = "";
  }

  hearCommand({ host, task, id, quiet, text }: EventOf<"commandOutput">): void {
    const running = this.running.get(keyOf(host, task));
    if (quiet || running?.command?.id !== id) return;
    const last = linesOf(text.slice(-4 * TAIL)).findLast((line) => line.trim() !== "");
    if (last !== undefined) running.tail = shortenPaths(last.trim()).slice(0, TAIL);
  }

  hearProgress(event: EventOf<"transferProgress">): void {
    const running = this.running.get(keyOf(event.host, event.task));
    if (running?.command?.id === event.id) running.progress = event;
  }

  finishCommand({ host, task, id }: EventOf<"commandFinished">): void {
    const running = this.running.get(keyOf(host, task));
    if (running?.command?.id !== id) return;
    running.command = undefined;
    running.progress = undefined;
    running.tail = "";
  }
}

export function taskOf(stage: StageBoard, name: string, planned?: number): TaskBoard {
  const known = stage.tasks.get(name);
  if (known !== undefined) return known;
  const task: TaskBoard = { name, planned, hosts: new Map(), failures: [] };
  stage.tasks.set(name, task);
  return task;
}

function keyOf(host: string, task: string): string {
  return `${host}\0${task}`;
}
