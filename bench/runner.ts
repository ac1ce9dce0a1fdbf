/**
 * What a run costs when hosts cost nothing: 1000 hosts x 20 tasks in memory.
 *
 *   npx esbuild bench/runner.ts --bundle --packages=external --platform=node --format=esm | node --input-type=module
 */

import type { Command } from "../src/command/command.ts";
import { createRedactor } from "../src/command/redact.ts";
import { createApp } from "../src/dsl/create-app.ts";
import { createEnv } from "../src/env/env.ts";
import { planFor } from "../src/graph/build-plan.ts";
import { Fleet } from "../src/runner/machine/fleet.ts";
import { runPlan } from "../src/runner/order/run-plan.ts";
import { fakeHost } from "../src/testing.ts";
import type { CommandResult, Transport } from "../src/transport/transport.ts";

const HOSTS = 1000;
const TASKS = 20;

/** Hosts that answer at once and remember nothing. */
const instant: Transport = {
  name: "instant",
  async connect(host) {
    const answer = (command: Command): CommandResult => ({
      ...{ command, status: "ok", exitCode: 0, signal: undefined },
      ...{ stdout: "", stderr: "", truncated: false, duration: 0 },
    });
    return {
      host,
      closed: new Promise(() => {}),
      left: [],
      close: async () => {},
      exec: async (command) => answer(command),
      open: () => Promise.reject(new Error("There are no channels here.")),
      dial: () => Promise.reject(new Error("There are no tunnels here.")),
      listen: () => Promise.reject(new Error("There are no ports here.")),
      async flight(commands, { onEvent }) {
        return commands.map((command, index) => {
          const result = answer(command);
          onEvent?.({ kind: "started", index });
          onEvent?.({ kind: "output", index, stream: "stdout", text: "a line of output\n" });
          onEvent?.({ kind: "finished", index, result });
          return result;
        });
      },
    };
  },
  async close() {},
};

async function time(label: string, hostCount: number, body: "text" | "function", fuse: boolean, fails = false): Promise<void> {
  const { app, seal } = createApp({ locate: () => undefined });
  app.env.set({ path: (env: { readonly host: { readonly name: string } }) => `/srv/${env.host.name}` } as never);
  const names = Array.from({ length: TASKS }, (_, index) => `task${index}`);
  for (const name of names) {
    if (body === "text") app.task(name, { commands: (t) => [t.cmd`echo ${String(Reflect.get(t.env, "path"))}`] });
    else app.task(name, (t) => t.run`echo ${String(Reflect.get(t.env, "path"))}`);
  }
  app.task("fails", () => {
    if (fails) throw new Error("fails");
  });
  app.task("hook", (t) => t.run`hook`);
  for (const name of [...names, "fails"]) app.always(name, "hook");
  const sealed = seal();
  const hosts = Array.from({ length: hostCount }, (_, index) => {
    const host = fakeHost(`host${index}`, ["web"]);
    return { host, effectiveRoles: ["web"], settingsRoles: ["web"] };
  });
  const redactor = createRedactor();
  redactor.add("a secret that is looked for everywhere");
  let events = 0;
  const started = performance.now();
  const planned = hosts.map(({ host }) => ({ id: host.id, roles: host.roles }));
  const result = await runPlan(planFor(sealed.graph, [...names, "fails"], planned), {
    graph: sealed.graph,
    env: createEnv(sealed.env(), { hosts }),
    hosts,
    fleet: new Fleet(() => instant, instant),
    emit: () => void events++,
    redactor,
    prompter: { ask: async () => "", confirm: async () => false, choice: async (_, [first]) => first as never },
    runId: "bench",
    now: () => performance.now(),
    args: new Map(),
    interrupts: { onInterrupt: () => () => {} },
    fuse,
    dryRun: false,
  });
  const milliseconds = Math.round(performance.now() - started);
  console.log(`${label.padEnd(44)} ${String(milliseconds).padStart(6)} ms  ${events} events  exit code ${result.exitCode}`);
}

await time("warm up", 10, "text", true);
await time("1 host, text, fused", 1, "text", true);
for (const hostCount of [HOSTS / 4, HOSTS]) {
  await time(`${hostCount} hosts, text`, hostCount, "text", true);
  await time(`${hostCount} hosts, text, one by one`, hostCount, "text", false);
  await time(`${hostCount} hosts, functions`, hostCount, "function", true);
  await time(`${hostCount} hosts, functions, all fail at the end`, hostCount, "function", true, true);
}
