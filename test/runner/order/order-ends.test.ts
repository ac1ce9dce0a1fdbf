import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { ConnectError, LockedError, UsageError } from "../../../src/errors.ts";
import type { Failure } from "../../../src/runner/result.ts";
import { type Rig, type RigOptions, rig } from "../rig.ts";

/** A deploy of four steps, two of which only look, and a hook on this machine that keeps what it hears. */
function deploy(heard: Failure[], more: (app: App) => void = () => {}) {
  return (app: App): void => {
    const { env, task, flow, before: hookBefore, onFailure } = app;
    env.set({ commit: "1a2b", reader: "all" } as never);
    flow("deploy", [task("starting", {}), task("building", {}), task("publishing", {})], { prefetch: ["commit"] });
    task("lock", {
      readOnly: true,
      leaderFirst: true,
      commands: (t) => [t.cmd`lock`],
      explain: () => new LockedError("L", "held"),
    });
    task("check", { readOnly: true, commands: (t) => [t.cmd`check`] });
    task("build", async (t) => {
      await t.run`build`;
    });
    task("publish", { barrier: true, commands: (t) => [t.cmd`publish ${String(t.env["reader" as never])}`] });
    for (const [stage, step] of Object.entries({ starting: "lock check", building: "build", publishing: "publish" }))
      for (const name of step.split(" ").reverse()) hookBefore(stage, name);
    task("notify", { local: true }, (t) => void heard.push(t.failure as Failure));
    onFailure("deploy", "notify");
    more(app);
  };
}

interface Case {
  readonly why: string;
  readonly phase: Failure["phase"] | undefined;
  /** `host task`, or a part of it. */
  readonly at?: string;
  readonly exitCode?: number;
  readonly given?: RigOptions;
  readonly more?: (app: App, interrupt: () => void) => void;
  readonly make?: (rig: Rig) => void;
}

const throwing = (error: Error) => () => {
  throw error;
};
const failing = (command: RegExp) => (made: Rig) => made.memory.reply(command, { exitCode: 7 }, { host: "web2" });

const CASES: readonly Case[] = [
  { why: "a host that cannot be reached", phase: "connect", at: "web2 connect", make: ({ memory }) => memory.refuse("web2") },
  {
    why: "no host that can be reached",
    phase: "connect",
    at: "web1 connect",
    make: ({ memory }) => ["web1", "web2"].forEach((host) => void memory.refuse(host)),
  },
  {
    why: "a host that is not trusted, also with skipUnreachable",
    phase: "connect",
    at: "web2 connect",
    given: { options: { skipUnreachable: true } },
    make: ({ memory }) => memory.refuse("web2", new ConnectError("HOST_KEY_CHANGED", "web2", "Its key has changed.")),
  },
  {
    why: "a login that cannot be found out",
    phase: "settings",
    exitCode: 2,
    more: ({ env }) => env.set({ user: throwing(new Error("no user")) }),
  },
  {
    why: "a setting that must be there first, such as the commit of a branch",
    phase: "settings",
    at: "web1 settings",
    exitCode: 2,
    more: ({ env }) => env.set({ commit: async () => throwing(new UsageError("NO_BRANCH", '"x" is no branch'))() } as never),
  },
  {
    why: "a setting that a step reads",
    phase: "settings",
    at: "web1 publish",
    more: ({ env }) => env.set({ reader: throwing(new Error("no value")) } as never),
  },
  {
    why: "a lock that somebody else holds",
    phase: "lock",
    at: "web1 lock",
    exitCode: 3,
    make: ({ memory }) => memory.reply("lock", { exitCode: 75 }, { host: "web1" }),
  },
  {
    why: "a lock that is held on another host than the first",
    phase: "lock",
    at: "web2 lock",
    exitCode: 3,
    make: failing(/lock/),
  },
  { why: "a check that refuses", phase: "check", at: "web2 check", make: failing(/check/) },
  { why: "a command that fails", phase: "task", at: "web2 build", make: failing(/build/) },
  { why: "a step after others that fails", phase: "task", at: "web2 publish", make: failing(/publish/) },
  {
    why: "a hook before the first step that throws",
    phase: "task",
    at: "web1 guard",
    exitCode: 2,
    more: ({ task, before: hookBefore }) => hookBefore("deploy", task("guard", throwing(new UsageError("NO", "not on Fridays")))),
  },
  {
    why: "a hook after the last step that fails",
    phase: "task",
    at: "web2 restart",
    more: ({ task, after: hookAfter }) =>
      hookAfter(
        "deploy",
        task("restart", (t) => t.run`restart`),
      ),
    make: failing(/restart/),
  },
  {
    why: "a step that takes too long",
    phase: "task",
    at: "web1 slow",
    more: ({ task, before: hookBefore }) =>
      hookBefore(
        "building",
        task("slow", { timeout: 20 }, ({ signal }) => new Promise((_, end) => signal.addEventListener("abort", end))),
      ),
  },
  {
    why: "a host that is lost",
    phase: "task",
    at: "web2 build",
    make({ memory }) {
      memory.loseLink("web2", 2);
      memory.reply(
        "build",
        () => {
          memory.refuse("web2");
          return {};
        },
        { host: "web2" },
      );
    },
  },
  {
    why: "a group of hosts that fails",
    phase: "task",
    at: "web2 publish",
    given: { options: { batch: 1 } },
    make: failing(/publish/),
  },
  {
    why: "an interrupt while it connects",
    phase: "interrupt",
    at: "local deploy",
    exitCode: 130,
    more({ env }, interrupt) {
      env.set({
        commit: async () => {
          interrupt();
          await new Promise(() => {});
        },
      } as never);
    },
  },
  {
    why: "an interrupt before the first step",
    phase: "interrupt",
    at: "local deploy",
    exitCode: 130,
    more: ({ env }, interrupt) => env.set({ commit: async () => interrupt() } as never),
  },
  {
    why: "an interrupt in a step",
    phase: "interrupt",
    at: "local deploy",
    exitCode: 130,
    more: ({ task, before: hookBefore }, interrupt) =>
      hookBefore(
        "building",
        task("stop", () => interrupt()),
      ),
  },
  {
    why: "an interrupt that a step fails with",
    phase: "interrupt",
    at: "web1 stop",
    exitCode: 130,
    more: ({ task, before: hookBefore }, interrupt) =>
      hookBefore(
        "building",
        task("stop", { once: "run" }, (t) => [interrupt(), t.signal.throwIfAborted()]),
      ),
  },
  {
    why: "a program that cancels it before it has begun",
    phase: "interrupt",
    at: "local deploy",
    given: { options: { signal: AbortSignal.abort(new Error("enough")) } },
  },
  { why: "its own end", phase: undefined, exitCode: 0 },
  {
    why: "its own end without a host that was left out",
    phase: undefined,
    given: { options: { skipUnreachable: true } },
    make: ({ memory }) => memory.refuse("web2"),
  },
  {
    why: "its own end, after which an always hook fails",
    phase: undefined,
    more: ({ task, always }) => always("deploy", task("free", throwing(new Error("stuck")))),
  },
];

describe("a deploy that has started tells the hooks of this machine once that it has come to nothing", () => {
  it.each(CASES)("$why: $phase", async ({ phase, at, exitCode = 1, given, more, make }) => {
    const heard: Failure[] = [];
    let interrupt = (): void => {};
    const made = rig(
      deploy(heard, (app) => more?.(app, () => interrupt())),
      given,
    );
    interrupt = made.interrupt;
    make?.(made);
    const result = await made.run("deploy");
    expect(heard.map((failure) => failure.phase)).toEqual(phase === undefined ? [] : [phase]);
    if (at !== undefined) expect(`${heard[0]?.host} ${heard[0]?.task}`).toBe(at);
    expect(result.exitCode).toBe(exitCode);
    // Plain data, the first of what the result tells.
    if (phase !== undefined) expect(JSON.parse(JSON.stringify(heard[0]))).toEqual(JSON.parse(JSON.stringify(result.failures[0])));
  });

  it("not those on hosts, as long as nothing was begun there", async () => {
    const heard: Failure[] = [];
    const more = ({ task, onFailure, always }: App): void => {
      onFailure(
        "deploy",
        task("put right", (t) => t.run`put right`),
      );
      always(
        "deploy",
        task("free", (t) => t.run`free`),
      );
      always(
        "deploy",
        task("tell", { local: true }, (t) => void heard.push(t.failure as Failure)),
      );
    };
    const { run, memory } = rig(deploy(heard, more));
    memory.refuse("web2");
    const result = await run("deploy");
    expect(memory.records).toEqual([]);
    expect(result.hosts.map(({ status }) => status)).toEqual(["skipped", "unreachable"]);
    expect(heard.map(({ phase }) => phase)).toEqual(["connect", "connect"]);
  });

  it("of everything that was asked for, and of a flow that it would have begun with; of what is inside, nothing", async () => {
    const heard: string[] = [];
    const { run, memory } = rig(({ task, flow, onFailure, before: hookBefore }) => {
      flow("deploy", [task("starting", {}), task("finished", {})]);
      hookBefore(
        "starting",
        task("lock", (t) => t.run`lock`),
      );
      task("ship", { needs: ["deploy"] }, (t) => t.run`announce`);
      task("clean", (t) => t.run`clean`);
      for (const target of ["ship", "clean", "deploy", "starting", "lock"])
        onFailure(
          target,
          task(`of ${target}`, { local: true }, ({ failures }) => void heard.push(`${target} ${failures.length}`)),
        );
      const all = task("of all", { local: true }, () => void heard.push("all"));
      for (const target of ["ship", "clean", "deploy"]) onFailure(target, all);
    });
    for (const host of ["web1", "web2"]) memory.refuse(host);
    await run("ship", "clean");
    expect(heard).toEqual(["deploy 2", "all", "clean 2", "ship 2"]);
  });

  it("without the secrets in it", async () => {
    const heard: Failure[] = [];
    const { secret } = await import("../../../src/index.ts");
    const { run } = rig(
      deploy(heard, ({ env }) => {
        env.set({ token: secret("hunter2hunter2") } as never);
        env.set({
          commit: async (e: { get(key: string): Promise<{ reveal(): string }> }) => {
            throw new Error(`no branch at https://${(await e.get("token")).reveal()}@git`);
          },
        } as never);
      }),
    );
    await run("deploy");
    expect(heard).toHaveLength(1);
    expect(JSON.stringify(heard)).not.toContain("hunter2");
  });
});
