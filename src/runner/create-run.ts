import type { Plan } from "../graph/plan.ts";
import type { SelectedHost } from "../hosts/select.ts";
import type { TaskBody } from "./context.ts";
import type { RunVoice } from "./events.ts";
import { executeTask } from "./execute.ts";
import { controlMachine, createHostRun, type HostRun } from "./host-run.ts";
import type { Run, RunOptions } from "./run.ts";
import { describeSleep, watchForSleep } from "./sleep-watch.ts";
import { createStop } from "./stop.ts";

/** Sets up what the parts of a run share. `close` makes it silent. */
export function createRun(plan: Plan<TaskBody>, options: RunOptions): Run & { close(): void } {
  let closed = false;
  let lastId = 0;
  const { redactor, now } = options;
  const emit: RunVoice["emit"] = (event) => {
    if (!closed) options.emit(event);
  };
  const voice: RunVoice = { emit, redactor, redact: (text) => redactor.redact(text), now, nextId: () => ++lastId };
  const stop = createStop(options.interrupts, (signal, count) => emit({ kind: "interrupted", signal, count }));
  const planned = new Set(plan.hosts.map(({ id }) => id));
  const selected = options.hosts.filter(({ host }) => planned.has(host.id));
  const hostRuns = new Map(selected.map((host) => [host.host.id, startHost(options, voice, host)]));
  const stopWatching = watchForSleep({
    ...options.sleep,
    connected: () => [...hostRuns.values()].filter(({ connected }) => connected).map(({ id }) => id),
    onSleep(hosts, duration) {
      for (const host of hosts)
        emit({ kind: "message", level: "warn", host, task: undefined, text: describeSleep(host, duration) });
    },
  });
  return {
    ...options,
    ...voice,
    stop,
    hostRuns,
    control: startControl(options, voice),
    failures: [],
    leftOut: [],
    gates: new Map(),
    execute: executeTask,
    close() {
      closed = true;
      stopWatching();
      stop.dispose();
    },
  };
}

function startHost(options: RunOptions, voice: RunVoice, { host, effectiveRoles }: SelectedHost): HostRun {
  let since = 0;
  const { id } = host;
  return createHostRun({
    host,
    effectiveRoles,
    voice,
    sudoPassword: options.sudoPassword,
    local: false,
    env: options.env.forHost(id),
    transport: (wanted) => options.transportFor(host, wanted),
    onConnecting() {
      since = voice.now();
      voice.emit({ kind: "hostConnecting", host: id });
    },
    onConnected: () => voice.emit({ kind: "hostConnected", host: id, duration: voice.now() - since }),
    onBroken: (error) => {
      const text = voice.redact(`${error.message} It is made again when it is needed next.`);
      voice.emit({ kind: "message", level: "warn", host: id, task: undefined, text });
    },
    onLost: (error) => {
      const hint = "hint" in error && typeof error.hint === "string" ? voice.redact(error.hint) : undefined;
      voice.emit({ kind: "hostLost", host: id, message: voice.redact(error.message), hint });
    },
  });
}

function startControl({ env, localTransport, sudoPassword }: RunOptions, voice: RunVoice): HostRun {
  return createHostRun({
    host: controlMachine(),
    effectiveRoles: [],
    voice,
    sudoPassword,
    local: true,
    env: env.forRun(),
    transport: () => localTransport,
    onConnecting() {},
    onConnected() {},
    onBroken() {},
    onLost() {},
  });
}
