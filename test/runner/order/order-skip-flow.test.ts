import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { failures, rig } from "../rig.ts";

/** The flow ends while it updates, where `enough` says so; `other` is asked for behind it. */
const site =
  (enough: boolean) =>
  ({ task, flow, before, after, always, onFailure }: App): void => {
    flow("deploy", [task("updating", {}), task("publishing", {}), task("finished", {})], { rollingFrom: "publishing" });
    for (const name of ["build", "publish", "unlock", "tidy", "late", "undo", "told", "other"])
      task(name, { commands: (t) => [t.cmd(name)] });
    task("look", { local: true }, (t) => {
      if (enough) t.skip("flow");
    });
    after("updating", "look");
    after("updating", "build");
    before("publishing", "publish");
    always("updating", "tidy");
    always("publishing", "late");
    always("deploy", "unlock");
    after("deploy", "told");
    onFailure("deploy", "undo");
  };

describe('skip("flow")', () => {
  it.each<[string, object]>([
    ["one host", { hosts: "a" }],
    ["two hosts", { hosts: "a b" }],
    ["groups", { hosts: "a b", options: { batch: 1 } }],
    ["one by one", { hosts: "a b", options: { fuse: false } }],
  ])("leaves out what comes behind it, but for always hooks of what has begun: %s", async (_, options) => {
    const ended = rig(site(true), options);
    const result = await ended.run("deploy", "other");
    expect(result).toMatchObject({ ok: true, exitCode: 0, failures: [] });
    expect(ended.memory.commandsOn("a")).toEqual(["tidy", "unlock", "other"]);
    const whole = rig(site(false), options);
    await whole.run("deploy", "other");
    expect(whole.memory.commandsOn("a").toSorted()).toEqual(
      ["build", "tidy", "publish", "late", "unlock", "told", "other"].toSorted(),
    );
  });

  it("is shown as a task that had nothing to do", async () => {
    const { run, of } = rig(site(true), { hosts: "a" });
    await run("deploy");
    expect(of("taskFinished").map(({ task, outcome }) => `${task} ${outcome}`)).toEqual(["look skipped", "tidy ok", "unlock ok"]);
    expect(of("stageFinished").every(({ ok }) => ok)).toBe(true);
  });

  it("ends the flow that a task executes, and not the one around it", async () => {
    const { run, memory } = rig(
      (app) => {
        site(true)(app);
        app.task("both", { local: true }, async (t) => {
          await t.execute("deploy");
          await t.on("a").run`behind`;
        });
      },
      { hosts: "a" },
    );
    expect((await run("both")).ok).toBe(true);
    expect(memory.commandsOn("a")).toEqual(["tidy", "unlock", "behind"]);
  });

  it("is an error outside of a flow, and where not all hosts wait", async () => {
    const { run } = rig(
      ({ task, flow, after }) => {
        task("alone", { local: true }, (t) => t.skip("flow"));
        flow("deploy", [task("updating", {})]);
        after(
          "updating",
          task("each", (t) => t.skip("flow")),
        );
      },
      { hosts: "a" },
    );
    for (const name of ["alone", "deploy"])
      expect(failures(await run(name)).join()).toMatch(/The task "(alone|each)" cannot end a flow/);
  });
});
