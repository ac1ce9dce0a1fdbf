import { createRedactor } from "../../src/command/redact.ts";
import type { App } from "../../src/dsl/app.ts";
import { createApp } from "../../src/dsl/create-app.ts";
import { createEnv } from "../../src/env/env.ts";
import { planFor } from "../../src/graph/build-plan.ts";
import type { Plan } from "../../src/graph/plan.ts";
import type { SelectedHost } from "../../src/hosts/select.ts";
import type { RunOptions } from "../../src/runner/context/run.ts";
import type { RunEvent } from "../../src/runner/events.ts";
import { Fleet } from "../../src/runner/machine/fleet.ts";
import type { SleepWatchOptions } from "../../src/runner/machine/sleep-watch.ts";
import { type PlannedFlights, planFlights } from "../../src/runner/order/plan-flights.ts";
import { runPlan } from "../../src/runner/order/run-plan.ts";
import type { Prompter } from "../../src/runner/prompter.ts";
import type { RunResult } from "../../src/runner/result.ts";
import type { InterruptSignal } from "../../src/runner/stop.ts";
import { createMemoryTransport, fakeHost, type MemoryTransport, recordEvents } from "../../src/testing.ts";
import type { Transport } from "../../src/transport/transport.ts";

export interface RigOptions {
  /** "name:role,role" for each host. @default "web1 web2" */
  readonly hosts?: string;
  readonly options?: Partial<RunOptions>;
  /** Answers for all hosts. @default hosts in memory where everything succeeds */
  readonly transport?: Transport;
  /** What the settings of a host name. */
  readonly onTransport?: (host: string, wanted: string) => void;
  readonly localTransport?: Transport;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly prompter?: Partial<Prompter>;
  readonly onEvent?: (event: RunEvent) => void;
  readonly sleep?: SleepWatchOptions;
}

export interface Rig {
  readonly memory: MemoryTransport;
  readonly control: MemoryTransport;
  readonly events: readonly RunEvent[];
  of: ReturnType<typeof recordEvents>["of"];
  interrupt(signal?: InterruptSignal): void;
  run(...tasks: string[]): Promise<RunResult>;
  /** What is to be done, on these hosts of all. */
  plan(tasks: readonly string[], without?: ReadonlySet<string>): Plan;
  /** What would be sent together. */
  planned(...tasks: string[]): Promise<PlannedFlights>;
}

/** A deployfile, hosts, and everything a run needs; what happens is recorded. */
export function rig(recipe: (app: App) => void, given: RigOptions = {}): Rig {
  const { app, seal } = createApp({ locate: () => ({ file: "deployfile.ts", line: 1 }) });
  recipe(app);
  const sealed = seal();
  const record = recordEvents();
  const memory = createMemoryTransport();
  const control = createMemoryTransport();
  const interrupts = fakeInterrupts();
  const redactor = createRedactor();
  const hosts = toHosts(given.hosts ?? "web1 web2");
  const options: Pick<RunOptions, "fuse" | "dryRun"> & Partial<RunOptions> = { fuse: true, dryRun: false, ...given.options };
  const planOf = (tasks: readonly string[], without: ReadonlySet<string> = new Set()) =>
    planFor(
      sealed.graph,
      tasks,
      hosts.filter(({ host }) => !without.has(host.id)).map(({ host }) => ({ id: host.id, roles: host.roles })),
    );
  const optionsFor = ({ dryRun }: Pick<RunOptions, "dryRun">): RunOptions => ({
    graph: sealed.graph,
    env: createEnv(sealed.env(), { hosts, placeholders: dryRun, onSecret: (secret) => redactor.add(secret) }),
    hosts,
    fleet: new Fleet((host, wanted) => {
      given.onTransport?.(host.id, wanted);
      return given.transport ?? memory;
    }, given.localTransport ?? control),
    emit: (event) => {
      record.emit(event);
      given.onEvent?.(event);
    },
    redactor,
    prompter: { ...silentPrompter, ...given.prompter },
    runId: "run1",
    now: counter(),
    args: new Map(Object.entries(given.args ?? {})),
    interrupts,
    sleep: given.sleep,
    ...options,
    dryRun,
  });
  return {
    memory,
    control,
    events: record.events,
    of: record.of,
    interrupt: interrupts.raise,
    async run(...tasks) {
      const given = optionsFor(options);
      const result = await runPlan(planOf(tasks), given);
      if (options.fleet === undefined) await given.fleet.close();
      return result;
    },
    plan: planOf,
    planned: (...tasks) => planFlights(planOf(tasks), optionsFor({ dryRun: true })),
  };
}

/** What happened to tasks and commands, one short line each. */
export function story(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => {
    switch (event.kind) {
      case "stageStarted":
        return `[${event.stage}`;
      case "stageFinished":
        return `${event.stage}] ${event.ok ? "ok" : "failed"}`;
      case "taskStarted":
        return `> ${event.task}@${event.host}`;
      case "taskFinished":
        return `${event.outcome} ${event.task}@${event.host}`;
      case "commandStarted":
        return `$ ${event.command}@${event.host}`;
      default:
        return [];
    }
  });
}

/** The lines of one host. */
export function storyOf(events: readonly RunEvent[], host: string): string[] {
  return story(events).filter((line) => line.endsWith(`@${host}`));
}

/** `host task: message` for each failure. */
export function failures(result: RunResult): string[] {
  return result.failures.map(({ host, task, error }) => `${host} ${task}: ${error.message}`);
}

/** `host: status` for each host. */
export function statuses(result: RunResult): string[] {
  return result.hosts.map(({ host, status }) => `${host}: ${status}`);
}

/** Something to wait for, that a test lets happen. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function toHosts(text: string): SelectedHost[] {
  return text.split(" ").map((word) => {
    const [name = "", roles = ""] = word.split(":");
    const list = roles === "" ? [] : roles.split(",");
    return { host: fakeHost(name, list), effectiveRoles: list, settingsRoles: list };
  });
}

function fakeInterrupts() {
  const listeners = new Set<(signal: InterruptSignal, count: number) => void>();
  let count = 0;
  return {
    onInterrupt(callback: (signal: InterruptSignal, count: number) => void) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    raise(signal: InterruptSignal = "SIGINT") {
      count += 1;
      for (const listener of [...listeners]) listener(signal, count);
    },
  };
}

function counter(): () => number {
  let now = 0;
  return () => ++now;
}

const silentPrompter: Prompter = {
  ask: async (_, options) => options?.default ?? "",
  confirm: async (_, options) => options?.default ?? false,
  choice: async (_, choices, options) => options?.default ?? (choices[0] as never),
};
