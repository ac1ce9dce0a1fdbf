import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { LockedError, UsageError } from "../../../src/errors.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import { rig } from "../rig.ts";

const refuse = (): never => {
  throw new UsageError("NO", "makes no sense");
};

/** What came before a step that refuses with an error of exit code 2 or 3: what the run exits with. */
const BEFORE: readonly (readonly [what: string, code: number, before: (app: App) => void])[] = [
  ["nothing", 2, () => {}],
  ["a task that only looks", 2, ({ task }) => task("before", { readOnly: true }, (t) => t.run`uptime`)],
  ["commands that only look", 2, ({ task }) => task("before", { readOnly: true, commands: (t) => [t.cmd`uptime`] })],
  ["a task that has nothing to send", 2, ({ task }) => task("before", { commands: () => [] })],
  ["a function that found nothing to do", 2, ({ task }) => task("before", (t) => t.skip())],
  ["a function that was through", 1, ({ task }) => task("before", () => {})],
  ["a function on this machine", 1, ({ task }) => task("before", { local: true }, () => {})],
  ["commands", 1, ({ task }) => task("before", { commands: (t) => [t.cmd`touch x`] })],
  ["a command whose failure is no failure", 1, ({ task }) => task("before", (t) => t.test`mkdir x`)],
];

/** What a function does before it throws an error of exit code 2: what the run exits with. */
const INSIDE: readonly (readonly [what: string, code: number, before: (t: TaskContext) => unknown])[] = [
  ["nothing", 2, () => {}],
  ["looking for a file", 2, (t) => t.exists("/x")],
  ["looking for a command", 2, (t) => t.hasCommand("rsync")],
  ["reading a file", 2, (t) => t.readFile("/x")],
  ["a command", 1, (t) => t.run`touch x`],
  ["a question that is a command", 1, (t) => t.test`mkdir x`],
  ["a batch", 1, (t) => t.batch(["touch x"])],
  ["a file", 1, (t) => t.writeFile("/x", "y")],
  ["a command on this machine", 1, (t) => t.local.run`touch x`],
  ["a command on another host", 1, (t) => t.on("web2").run`touch x`],
  ["another task that does something", 1, (t) => t.execute("other")],
  ["another task that only looks", 2, (t) => t.execute("look")],
];

describe("exit codes 2 and 3 say that nothing was done", () => {
  it.each(BEFORE)("after %s: %i", async (_, code, before) => {
    for (const error of [new UsageError("NO", "makes no sense"), new LockedError("L", "held")]) {
      const { run } = rig(
        (app) => {
          app.task("before-hook", {});
          before(app);
          app.task("refuse", () => {
            throw error;
          });
        },
        { hosts: "web1" },
      );
      const { exitCode, failures } = await run(...(code === 2 && _ === "nothing" ? [] : ["before"]), "refuse");
      expect(failures.map(({ task }) => task)).toEqual(["refuse"]);
      expect(exitCode).toBe(code === 1 ? 1 : error.exitCode);
    }
  });

  it.each(INSIDE)("when the function that throws has done before %s: %i", async (_, code, inside) => {
    const { run } = rig(({ task }) => {
      task("other", { commands: (t) => [t.cmd`touch x`] });
      task("look", { readOnly: true, commands: (t) => [t.cmd`uptime`] });
      task("refuse", { once: "run" }, async (t) => {
        await inside(t);
        refuse();
      });
    });
    expect((await run("refuse")).exitCode).toBe(code);
  });

  it("not where another host went on", async () => {
    const { run } = rig(({ task }) => {
      task("half", (t) => (t.host.name === "web1" ? t.run`touch x` : refuse()));
    });
    expect((await run("half")).exitCode).toBe(1);
  });

  it("whatever hooks do that hear of it, unless they fail as well", async () => {
    const hooked = (command: string) =>
      rig(({ task, onFailure, always }) => {
        task("refuse", { once: "run" }, refuse);
        onFailure(
          "refuse",
          task("tell", { local: true }, (t) => t.run(command)),
        );
        always("refuse", task("look", { commands: (t) => [t.cmd(command)] }));
      });
    expect((await hooked("say it").run("refuse")).exitCode).toBe(2);
    const made = hooked("say it");
    made.memory.reply("say it", { exitCode: 1 });
    expect((await made.run("refuse")).exitCode).toBe(1);
  });
});
