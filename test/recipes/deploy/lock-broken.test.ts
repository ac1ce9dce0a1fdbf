import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { breakLock } from "../../../src/recipes/deploy/lock.ts";
import { createDeployRig, type DeployRig } from "./deploy-rig.ts";
import { pathsBelow } from "./paths-below.ts";

const WHO = /The lock of this run was broken by bob@desk at 20\d\d-\d\d-\d\d \d\d:\d\d UTC, with fake unlock\.$/;
let rig: DeployRig;
let restore: () => void;

beforeAll(async () => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "app.js": "v1" });
  expect((await rig.run("deploy")).result.ok).toBe(true);
  rig.repo.commit({ "app.js": "v2" });
  rig.clock.now += 60_000;
  restore = rig.save();
});
beforeEach(() => restore());
afterAll(() => rig.remove());

const file = (host: string, path: string): string => join(rig.root(host), path);
const breaking = (host: string): string => breakLock(pathsBelow(rig.root(host)), "run9", "bob@desk");
/** As somebody else does it with `fake unlock`. */
const breakByHand = (...hosts: readonly string[]): void => {
  for (const host of hosts) execFileSync("sh", ["-c", breaking(host)]);
};
const marks = (...names: readonly string[]): readonly boolean[] => names.map((name) => existsSync(join(rig.folder, name)));
const mark = (name: string): string => `touch '${join(rig.folder, name)}'`;
const both = ["app1", "app2"];

/** Hooks that would change something after the loss, on the host and on this machine. */
function watchFailures({ task, onFailure, always }: App): void {
  onFailure(
    "deploy",
    task("repair", (t) => t.run(mark("repaired"))),
  );
  onFailure(
    "deploy",
    task("tell", { local: true }, (t) => t.run(mark("told"))),
  );
  always(
    "deploy",
    task("tidy", (t) => t.run(mark("tidied"))),
  );
}

describe("a run whose lock was broken by hand", () => {
  it("stops at the next command of a function, changes nothing more, and says who broke it", async () => {
    const live = rig.current("app1");
    const { result, failures } = await rig.run("deploy", {
      deployfile(app) {
        const slow = app.task("slow", async (t) => {
          await t.run(mark(`first-${t.host.id}`));
          breakByHand(t.host.id);
          await t.run(mark(`second-${t.host.id}`));
        });
        app.before("deploy:symlink:release", slow);
        watchFailures(app);
      },
    });
    expect(result.exitCode).toBe(1);
    expect(failures.filter((text) => text.includes(" slow: "))).toEqual(both.map(() => expect.stringMatching(WHO)));
    expect(result.failures[0]?.error).toMatchObject({
      code: "HOLD_LOST",
      hint: expect.stringContaining("does nothing more there"),
    });
    expect(marks("first-app1", "second-app1", "second-app2", "repaired", "tidied", "told")).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(both.map((host) => rig.current(host))).toEqual([live, live]);
    expect(result.hosts.map(({ status, standing }) => `${status} ${standing}`)).toEqual(
      both.map(() => expect.stringMatching(/^failed live: \d{14} .*, as before$/)),
    );
    // The half-built release is for the next deploy to clear away; the note was for this run.
    expect(both.map((host) => rig.releases(host).length)).toEqual([2, 2]);
    expect(readdirSync(file("app1", ".fake"))).toEqual(["journal"]);
  });

  it.each([true, false])("stops in the same flight, where text follows text (sent together: %s)", async (fuse) => {
    const { result, failures } = await rig.run("deploy", {
      options: { fuse },
      deployfile(app) {
        const two = app.task("two", {
          commands: (t) => [t.cmd(`(${breaking(t.host.id)})`), t.cmd({ acceptError: true })(mark("two"))],
        });
        app.before("deploy:create-release", two);
      },
    });
    expect([result.exitCode, ...failures]).toEqual([1, ...both.map(() => expect.stringMatching(WHO))]);
    expect(marks("two")).toEqual([false]);
    expect(rig.releases("app1")).toHaveLength(1);
  });

  it("stops where a command has a channel of its own: with input, on a terminal, or as a file", async () => {
    const refused: unknown[] = [];
    await rig.run("deploy", {
      deployfile(app) {
        const slow = app.task("slow", { once: "run" }, async (t) => {
          breakByHand(t.host.id);
          // Before anything has told this machine.
          const attempts = [
            t.run({ stdin: "x" })(`cat >'${join(rig.folder, "stdin")}'`),
            t.run({ pty: true })(mark("pty")),
            t.writeFile(join(rig.folder, "written"), "x"),
            t.batch([t.cmd({ stdin: "x" })(mark("batch-1")), mark("batch-2")]),
          ];
          for (const { status, reason } of (await Promise.allSettled(attempts)) as PromiseRejectedResult[])
            refused.push([status, reason?.code, reason?.message]);
        });
        app.before("deploy:symlink:release", slow);
      },
    });
    expect(refused).toEqual(Array(4).fill(["rejected", "HOLD_LOST", expect.stringMatching(WHO)]));
    expect(marks("stdin", "pty", "written", "batch-1", "batch-2")).toEqual(Array(5).fill(false));
  });

  it("stops before a step of the recipe, which did not ask", async () => {
    const { failures } = await rig.run("deploy", {
      deployfile(app) {
        app.before(
          "deploy:set-current-revision",
          app.task("slow", (t) => breakByHand(t.host.id)),
        );
      },
    });
    expect(failures.toSorted()).toEqual(
      both.map((host) => expect.stringMatching(`${host} deploy:set-current-revision: The lock of this run was`)),
    );
    const [, half = ""] = rig.releases("app1");
    expect(existsSync(file("app1", `releases/${half}/REVISION`))).toBe(false);
  });

  it("stops when somebody else has the lock now, and leaves that one alone", async () => {
    const { failures } = await rig.run("deploy", {
      deployfile(app) {
        app.before(
          "deploy:symlink:release",
          app.task("slow", { local: true }, () => {
            breakByHand("app1", "app2");
            execFileSync("mkdir", [file("app1", ".fake/lock")]);
            writeFileSync(file("app1", ".fake/lock/owner"), "run other\n");
          }),
        );
      },
    });
    expect(failures).toContainEqual(
      expect.stringMatching(/^app1 deploy:symlink:release: The lock of this run was broken by bob@desk/),
    );
    expect(readdirSync(file("app1", ".fake/lock"))).toEqual(["owner"]);
  });

  it("stops on the other hosts as after any failure: these put right what they began", async () => {
    const { result, failures } = await rig.run("deploy", {
      deployfile(app) {
        app.before(
          "deploy:symlink:release",
          app.task("slow", { local: true }, () => breakByHand("app1")),
        );
      },
    });
    expect([result.exitCode, ...failures]).toEqual([1, expect.stringMatching(/^app1 /)]);
    expect(both.map((host) => rig.releases(host).length)).toEqual([2, 1]);
    expect(both.map((host) => existsSync(file(host, ".fake/lock")))).toEqual([false, false]);
    expect(rig.current("app2")).toBe(rig.releases("app2")[0]);
  });

  it("stops though a task has caught that, and is not tried again", async () => {
    let tries = 0;
    const { result, failures } = await rig.run("deploy", {
      deployfile(app) {
        const careless = app.task("careless", { retry: 3 }, async (t) => {
          breakByHand(t.host.id);
          await t.run(mark("caught")).catch(() => undefined);
          await t.test(mark("caught")).catch(() => undefined);
        });
        const stubborn = app.task("stubborn", { retry: 3 }, async (t) => {
          tries += 1;
          await t.run(mark("caught"));
        });
        app.before("deploy:symlink:release", careless);
        app.before("deploy:symlink:release", stubborn);
      },
    });
    expect([result.exitCode, ...failures]).toEqual([1, ...both.map(() => expect.stringMatching(/ stubborn: The lock/))]);
    expect([tries <= 2, ...marks("caught")]).toEqual([true, false]);
  });

  it("is not rolled back from: whoever broke the lock finds the hosts as they were", async () => {
    const { result } = await rig.run("deploy", {
      settings: { rollbackOnFailure: true },
      deployfile(app) {
        app.after(
          "deploy:published",
          app.task("restart", async (t) => {
            breakByHand(t.host.id);
            await t.run`true`;
          }),
        );
      },
    });
    expect(result.exitCode).toBe(1);
    expect(rig.current("app1")).toBe(rig.releases("app1")[1]);
    expect(existsSync(file("app1", ".fake/lock"))).toBe(false);
  });

  it("is told so at its end, when all was done by then", async () => {
    const { result, warnings } = await rig.run("deploy", {
      deployfile(app) {
        app.after(
          "deploy:log-revision",
          app.task("restart", (t) => breakByHand(t.host.id)),
        );
      },
    });
    expect(result.exitCode).toBe(0);
    expect(warnings).toEqual(
      both.map(() => expect.stringMatching(/was broken by bob@desk at .* noticed only when all was done\.$/)),
    );
  });

  it("says what it can where nobody left a note", async () => {
    const { failures } = await rig.run("deploy", {
      deployfile(app) {
        app.before(
          "deploy:symlink:release",
          app.task("slow", async (t) => {
            execFileSync("rm", ["-rf", file(t.host.id, ".fake/lock")]);
            await t.run`true`;
          }),
        );
      },
    });
    expect(failures[0]).toMatch(/The lock of this run, .*\/\.fake\/lock, was removed, or is another one's now\.$/);
  });
});

it("a run that has no lock is none of this", async () => {
  const { result } = await rig.run("work", {
    deployfile(app) {
      app.task("work", async (t) => {
        breakByHand(t.host.id);
        await t.run`true`;
      });
    },
  });
  expect(result.ok).toBe(true);
});
