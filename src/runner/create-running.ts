import type { Plan } from "../graph/plan.ts";
import type { SelectedHost } from "../hosts/select.ts";
import type { TaskBody } from "./context.ts";
import type { RunDeps } from "./deps.ts";
import type { RunEvent } from "./events.ts";
import { executeTask } from "./execute.ts";
import { createLedger } from "./ledger.ts";
import { describeNap, watchForNaps } from "./nap.ts";
import type { Running } from "./running.ts";
import { controlMachine, createSession, type Session } from "./session.ts";
import { createStop } from "./stop.ts";

/** Sets up what the parts of a run share. `close` makes it silent. */
export function createRunning(plan: Plan<TaskBody>, deps: RunDeps): Running & { close(): void } {
  let closed = false;
  let lastId = 0;
  const emit = (event: RunEvent): void => {
    if (!closed) deps.emit(event);
  };
  const redact = (text: string): string => deps.redactor.redact(text);
  const stop = createStop(deps.interrupts, (signal, count) => emit({ kind: "interrupted", signal, count }));
  const planned = new Set(plan.hosts.map(({ id }) => id));
  const selected = deps.hosts.filter(({ host }) => planned.has(host.id));
  const sessions = new Map(selected.map((host) => [host.host.id, hostSession(deps, host, emit, redact)]));
  const stopWatching = watchForNaps({
    ...deps.naps,
    connected: () => [...sessions.values()].filter(({ connected }) => connected).map(({ id }) => id),
    onNap(hosts, duration) {
      for (const host of hosts)
        emit({ kind: "message", level: "warn", host, task: undefined, text: describeNap(host, duration) });
    },
  });
  const running: Running = {
    deps,
    emit,
    redact,
    stop,
    sessions,
    control: controlSession(deps),
    ledger: createLedger(),
    leftOut: createLedger(),
    origins: new WeakMap(),
    gates: new Map(),
    nextId: () => ++lastId,
    execute: (task, from) => executeTask(running, task, from),
  };
  return {
    ...running,
    close() {
      closed = true;
      stopWatching();
      stop.dispose();
    },
  };
}

function hostSession(
  deps: RunDeps,
  { host, effectiveRoles }: SelectedHost,
  emit: RunDeps["emit"],
  redact: (text: string) => string,
): Session {
  let since = 0;
  return createSession({
    host,
    effectiveRoles,
    local: false,
    env: deps.env.forHost(host.id),
    transport: (wanted) => deps.transportFor(host, wanted),
    onConnecting() {
      since = deps.now();
      emit({ kind: "hostConnecting", host: host.id });
    },
    onConnected: () => emit({ kind: "hostConnected", host: host.id, duration: deps.now() - since }),
    onBroken: (error) => {
      const text = redact(`${error.message} It is made again when it is needed next.`);
      emit({ kind: "message", level: "warn", host: host.id, task: undefined, text });
    },
    onLost: (error) => {
      const hint = "hint" in error && typeof error.hint === "string" ? redact(error.hint) : undefined;
      emit({ kind: "hostLost", host: host.id, message: redact(error.message), hint });
    },
  });
}

function controlSession(deps: RunDeps): Session {
  return createSession({
    host: controlMachine(),
    effectiveRoles: [],
    local: true,
    env: deps.env.forRun(),
    transport: () => deps.localTransport,
    onConnecting() {},
    onConnected() {},
    onBroken() {},
    onLost() {},
  });
}
