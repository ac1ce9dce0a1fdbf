/** What the events of a run say, worked out simply: who ran what, and how it came out. */
import type { EventOf, RunEvent, TaskOutcome } from "../../../src/runner/events.ts";
import type { HostStatus } from "../../../src/runner/result.ts";
import type { Played } from "./worlds.ts";

export interface StageSeen {
  readonly name: string;
  readonly group: { readonly number: number; readonly of: number } | undefined;
  readonly tasks: readonly { readonly name: string; readonly hosts: number }[];
  /** Of each task on each host, what was told last. */
  readonly states: Map<string, Map<string, TaskOutcome | "running">>;
  readonly hosts: readonly string[];
  outcome: "ok" | "failed" | "stopped" | undefined;
  duration: number;
}

/** Follows the events, and complains of any that comes out of turn. */
export class Oracle {
  readonly stages: StageSeen[] = [];
  readonly connecting = new Set<string>();
  /** Those that were connected to once. */
  readonly reached = new Set<string>();
  readonly lost = new Set<string>();
  readonly broken = new Set<string>();
  readonly unknown = new Set<string>();
  readonly touched = new Set<string>();
  readonly changed: { readonly host: string; readonly text: string }[] = [];
  /** Ends of tasks: those that failed or were stopped. */
  readonly ends: { readonly host: string; readonly task: string; readonly outcome: TaskOutcome }[] = [];
  /** `host task` of what has begun and not ended, in order. */
  readonly open: string[] = [];
  /** `host task` of what was begun, and came to its end well. */
  readonly done: string[] = [];
  readonly commands = new Map<number, string>();
  interrupts = 0;
  over = false;
  #begun = false;

  hear(event: RunEvent): void {
    check(this.#begun || event.kind === "runStarted", "runStarted comes first");
    check(!this.over, "nothing comes after runFinished");
    this.#begun = true;
    switch (event.kind) {
      case "hostConnecting":
        this.connecting.add(event.host);
        break;
      case "hostConnected":
        check(this.connecting.delete(event.host), `${event.host} is connected, and nobody was connecting to it`);
        this.reached.add(event.host);
        this.broken.delete(event.host);
        break;
      case "hostLost":
        this.connecting.delete(event.host);
        this.lost.add(event.host);
        break;
      case "stageStarted":
        check(this.openStage === undefined, `${event.stage} starts while ${this.openStage?.name} is open`);
        this.#openStage(event);
        break;
      case "stageFinished":
        this.#finishStage(event);
        break;
      case "taskStarted":
        check(this.openStage?.name === event.stage, `${event.task} starts in ${event.stage}, which is not open`);
        this.open.push(`${event.host} ${event.task}`);
        this.touched.add(event.host);
        this.#note(event.task, event.host, "running");
        break;
      case "taskFinished":
        this.#finishTask(event);
        break;
      case "commandStarted":
        check(this.#isOpen(event.task), `a command of ${event.task}, which is not open`);
        this.commands.set(event.id, event.host);
        this.touched.add(event.host);
        break;
      case "commandOutput":
        check(this.commands.has(event.id), "output of a command that is not open");
        break;
      case "commandFinished":
        check(this.commands.delete(event.id) && this.#isOpen(event.task), `the end of a command of ${event.task}`);
        if (event.status === "unknown") this.unknown.add(event.host);
        break;
      case "changed":
        this.changed.push(event);
        break;
      case "message":
        // That a hook does not run is said of one that has not begun.
        if (event.task !== undefined && !event.text.includes(" did not run on "))
          check(this.#isOpen(event.task) || this.over, `${event.task} speaks, and is not open`);
        if (event.text.endsWith("It is made again when it is needed next.") && event.host !== undefined)
          this.broken.add(event.host);
        break;
      case "interrupted":
        this.interrupts = event.count;
        break;
      case "runFinished":
        check(this.open.length === 0, `${this.open[0]} has not ended`);
        check(this.openStage === undefined, `${this.openStage?.name} has not finished`);
        check(this.commands.size === 0, "a command has not ended");
        this.over = true;
    }
  }

  /** All went well so far. */
  get isFine(): boolean {
    return this.ends.length === 0 && this.lost.size === 0 && this.interrupts === 0;
  }

  get openStage(): StageSeen | undefined {
    return this.stages.find(({ outcome }) => outcome === undefined);
  }

  /** Something failed, or somebody interrupted: what was planned does not come any more. */
  get isEnding(): boolean {
    return this.interrupts > 0 || this.stages.some(({ outcome }) => outcome === "failed" || outcome === "stopped");
  }

  #isOpen(task: string): boolean {
    return this.open.some((each) => each.endsWith(` ${task}`));
  }

  #finishTask({ task, host, stage, outcome }: Extract<RunEvent, { kind: "taskFinished" }>): void {
    check(this.openStage?.name === stage, `${task} ends in ${stage}, which is not open`);
    const at = this.open.lastIndexOf(`${host} ${task}`);
    check(at !== -1 || outcome === "skipped", `${task} ends on ${host}, where it has not begun`);
    if (at !== -1) this.open.splice(at, 1);
    if (at !== -1 && outcome !== "failed" && outcome !== "stopped") this.done.push(`${host} ${task}`);
    if (outcome === "failed" || outcome === "stopped") this.ends.push({ host, task, outcome });
    this.#note(task, host, outcome);
  }

  #note(task: string, host: string, state: TaskOutcome | "running"): void {
    const states = this.openStage?.states;
    states?.set(task, (states.get(task) ?? new Map()).set(host, state));
  }

  #openStage({ stage: name, group, hosts, tasks }: EventOf<"stageStarted">): void {
    this.stages.push({ name, group, hosts, tasks, states: new Map(), outcome: undefined, duration: 0 });
  }

  #finishStage({ stage: name, outcome, duration }: EventOf<"stageFinished">): void {
    const stage = this.openStage;
    check(stage?.name === name, `${name} finishes, and is not open`);
    check(this.open.length === 0, `${name} finishes before ${this.open[0]}`);
    if (stage === undefined) return;
    const all = [...stage.states.values()].flatMap((states) => [...states.values()]);
    check((outcome === "failed") === all.includes("failed"), `${name} is ${outcome}: ${all.join(", ")}`);
    const isWhole = stage.tasks.every((task) => (stage.states.get(task.name)?.size ?? 0) >= Math.max(1, task.hosts));
    if (outcome === "ok") check(isWhole && !all.includes("stopped"), `${name} is ok, and not all of it was done`);
    stage.outcome = outcome;
    stage.duration = duration;
    // What was said of it beforehand is what was done.
    const busy = new Set<string>();
    for (const { name: task, hosts } of stage.tasks) {
      const on = [...(stage.states.get(task)?.keys() ?? [])];
      for (const host of on) if (host !== "local") busy.add(host);
      const isLocal = on.includes("local");
      check(
        isLocal ? hosts === 0 && on.length === 1 : on.length <= hosts || hosts === 0,
        `${task} on ${on.join(", ")}, not ${hosts}`,
      );
      if (outcome === "ok") check(isLocal || on.length === hosts, `${task} on ${on.join(", ")}, not ${hosts}`);
    }
    for (const host of busy)
      check(stage.hosts.includes(host), `${name} is on ${host}, and said to be on ${stage.hosts.join(", ")}`);
    if (outcome === "ok") check(busy.size === stage.hosts.length, `${name} is not on all of ${stage.hosts.join(", ")}`);
  }

  /** How a host came out. */
  statusOf(host: string, { world, plan, always, result }: Played): HostStatus {
    if (this.unknown.has(host)) return "unknown";
    if (this.lost.has(host) || (this.broken.has(host) && !this.isFine)) return "unreachable";
    // Of what was sent at the moment of giving up no event tells.
    const mayBeSent = this.interrupts >= 3 && result.hosts.some((each) => each.host === host && each.status === "unfinished");
    if (!this.touched.has(host)) return mayBeSent ? "unfinished" : "skipped";
    const own = this.ends.filter((end) => end.host === host);
    if (own.some(({ outcome }) => outcome === "failed")) return "failed";
    const steps = plan.sections.flatMap((section) => section.steps).filter((step) => step.hosts.includes(host));
    const toDo = steps.map(({ task }) => task.name).filter((task) => !always.has(task));
    // A run without one of its hosts does not begin, unless it has begun on this machine: what hooks do is not what was to be done.
    const planned = new Set(plan.sections.flatMap((section) => section.steps).map(({ task }) => task.name));
    const seen = [...this.done.map((each) => each.slice(each.indexOf(" ") + 1)), ...this.ends.map(({ task }) => task)];
    const hasBegun = seen.some((task) => planned.has(task) && !always.has(task));
    if (!world.skipUnreachable && !hasBegun && [...this.lost].some((each) => !this.reached.has(each))) return "unfinished";
    const isDone = toDo.every((task) => {
      const times = (list: readonly string[], wanted: string): number => list.filter((each) => each === wanted).length;
      return times(this.done, `${host} ${task}`) >= times(toDo, task);
    });
    return isDone && own.length === 0 ? "ok" : "unfinished";
  }
}

export function check(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Error(complaint);
}
