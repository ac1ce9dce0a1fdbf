import type { Plan } from "../../graph/plan.ts";
import type { Run, RunOptions } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import type { RunEmitter } from "../events.ts";
import { createFleet } from "../machine/fleet.ts";
import { HostRun } from "../machine/host-run.ts";
import { CONTROL_HOST } from "../machine/login.ts";
import { describeSleep, watchForSleep } from "../machine/sleep-watch.ts";
import { createStop } from "../stop.ts";
import { executeTask } from "./execute.ts";

/** Sets up what the parts of a run share. */
export function createRun(plan: Plan<TaskBody>, options: RunOptions): Run {
  let closed = false;
  let lastId = 0;
  const { redactor, now } = options;
  const emit: RunEmitter["emit"] = (event) => {
    if (!closed) options.emit(event);
  };
  const events: RunEmitter = { emit, redactor, redact: redactor.redact, now, nextId: () => ++lastId };
  const stop = createStop(options, (signal, count) => emit({ kind: "interrupted", signal, count }));
  const planned = new Set(plan.hosts.map(({ id }) => id));
  const selected = options.hosts.filter(({ host }) => planned.has(host.id));
  const { env, sudoPassword } = options;
  const fleet = "machine" in options.fleet ? options.fleet : createFleet(options.fleet);
  const given = { events, fleet, sudoPassword, last: options.last === true };
  const hostRuns = new Map(
    selected.map(({ host, effectiveRoles }) => [
      host.id,
      new HostRun(host, { ...given, effectiveRoles, env: env.forHost(host.id) }),
    ]),
  );
  const control = new HostRun(CONTROL_HOST, { ...given, effectiveRoles: [], env: env.forRun() });
  const stopWatching = watchForSleep({
    ...options.sleep,
    connected: () => [...hostRuns.values()].filter(({ machine }) => machine?.connected === true).map(({ id }) => id),
    onSleep(hosts, duration) {
      for (const host of hosts)
        emit({ kind: "message", level: "warn", host, task: undefined, text: describeSleep(host, duration) });
    },
  });
  return {
    ...options,
    ...events,
    stop,
    hostRuns,
    control,
    failures: [],
    leftOut: [],
    semaphores: new Map(),
    execute: executeTask,
    async release() {
      await Promise.all([control, ...hostRuns.values()].map((host) => host.release()));
      if (fleet !== options.fleet) await fleet.close();
    },
    close() {
      closed = true;
      stopWatching();
      stop.dispose();
    },
  };
}
