import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secret } from "../../../src/env/secret.ts";
import type { Process } from "../../../src/process/process.ts";
import { isAlive } from "../../support/alive.ts";
import { failures, rig } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

let host: OnHost;
beforeAll(async () => {
  host = await onHost();
});
afterAll(() => host.remove());

const alive = ({ pid }: Process): boolean => pid !== undefined && isAlive(pid);

describe("a process of a task", () => {
  it("runs while the task goes on, in the context at hand, and is told as commands are", async () => {
    const result = await host.work(async (t) => {
      await t.run`mkdir -p inside`;
      const server = t.within("inside").vars({ WORD: "hello" }).spawn('pwd; echo "$WORD"; cat', { name: "server" });
      expect(await server.expect("hello", { timeout: "20s" })).toBeDefined();
      expect(server.stdout).toBe(`${host.folder}/inside\nhello\n`);
      expect(await t.capture`echo meanwhile`).toBe("meanwhile");
      expect(server.host?.name).toBe("web1");
      await server.end();
      await server.wait();
      expect(server.throwIfFailed().finishedOk).toBe(true);
    });
    expect(failures(result)).toEqual([]);
    const told = result.rig.events.flatMap((event) =>
      event.kind === "commandStarted" || event.kind === "commandFinished" ? [`${event.kind} ${event.command}`] : [],
    );
    expect(told.filter((text) => text.includes("WORD"))).toEqual([
      'commandStarted cd ./inside && export WORD=hello && (pwd; echo "$WORD"; cat)',
      'commandFinished cd ./inside && export WORD=hello && (pwd; echo "$WORD"; cat)',
    ]);
  });

  it("answers sudo with the setting, and shows it to nobody", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fake-sudo-"));
    const sudo = 'IFS= read -r w; [ "$w" = "right word" ] || exit 1; while [ "$1" != -- ]; do shift; done; shift; exec "$@"';
    writeFileSync(join(folder, "sudo"), `#!/bin/sh\n${sudo}\n`, { mode: 0o755 });
    const asking = await onHost({ ...process.env, PATH: `${folder}:${process.env["PATH"]}` });
    const result = await asking.work(
      async (t) => {
        const other = t.as("app").spawn("echo ready; cat");
        expect(await other.expect("ready", { timeout: "20s" })).toBeDefined();
        await other.write("typed\n");
        await other.end();
        expect((await other.wait()).stdout).toBe("ready\ntyped\n");
      },
      ({ env }) => env.set({ sudoPassword: secret("right word") }),
    );
    expect(failures(result)).toEqual([]);
    expect(JSON.stringify(result.rig.events)).not.toContain("right word");
    await asking.remove();
    rmSync(folder, { recursive: true });
  });

  it("is ended with the task's function, group and all, and with the run where it says so", async () => {
    let ofTask: Process | undefined;
    let ofRun: Process | undefined;
    const seen: boolean[] = [];
    const result = await host.work(
      async (t) => {
        ofTask = t.spawn("sleep 60 & sleep 60");
        ofRun = t.spawn("sleep 60", { scope: "run" });
        await Promise.all([ofTask.waitForStart(), ofRun.waitForStart()]);
        expect([alive(ofTask), alive(ofRun)]).toEqual([true, true]);
      },
      ({ task, after }) => {
        const later = task("later", () => {
          seen.push(ofTask?.isEnded === true, ofRun !== undefined && alive(ofRun));
        });
        after("work", later);
      },
    );
    expect(failures(result)).toEqual([]);
    expect(seen).toEqual([true, true]);
    expect([ofTask?.ok, ofRun?.ok, ofRun?.isEnded]).toEqual([true, true, true]);
    expect(ofRun !== undefined && alive(ofRun)).toBe(false);
  });

  it("that is to outlive the run is left with the task's function", async () => {
    let left: Process | undefined;
    const result = await host.work((t) => {
      left = t.spawn("sleep 60 & sleep 60", { outlive: true });
    });
    expect(failures(result)).toEqual([]);
    expect(left?.state).toMatchObject({ state: "ended", how: "left" });
    expect(left !== undefined && alive(left)).toBe(true);
    process.kill(-(left?.pid ?? 0), "SIGKILL");
    const texts = result.rig.events.flatMap((event) => (event.kind === "message" ? [event.text] : []));
    expect(texts).toEqual([]);
  });

  it("is ended when the function throws, too", async () => {
    let process: Process | undefined;
    const result = await host.work(async (t) => {
      process = t.spawn("sleep 60");
      await process.waitForStart();
      throw new Error("enough");
    });
    expect(failures(result)).toEqual(["web1 work: enough"]);
    expect(process?.isEnded).toBe(true);
  });

  it("that fails is a warning, and a failure of the task on request", async () => {
    const warned = await host.work(async (t) => {
      await t.spawn("exit 3", { stdin: "", name: "three" }).wait();
    });
    expect(failures(warned)).toEqual([]);
    const texts = warned.rig.events.flatMap((event) => (event.kind === "message" && event.level === "warn" ? [event.text] : []));
    expect(texts).toEqual(["three: It ended with exit code 3."]);
    const failed = await host.work(async (t) => {
      (await t.spawn("exit 3", { stdin: "", name: "three" }).wait()).throwIfFailed();
    });
    expect(failures(failed)).toEqual([expect.stringContaining("three on web1: ended with exit code 3")]);
  });

  it("takes the options of a command, and refuses those that are for others", async () => {
    const result = await host.work(async (t) => {
      const process = t.spawn(t.cmd({ acceptError: true, stdin: "in", title: "titled" })`cat; exit 5`);
      await process.wait();
      expect([process.stdout, process.ok, process.name]).toEqual(["in", true, "titled"]);
      expect(() => t.spawn(t.cmd({ ifLost: "repeat" })`true`)).toThrow(expect.objectContaining({ code: "COMMAND_OPTION" }));
      expect(() => t.spawn("true", { scope: "host" as "run" })).toThrow(expect.objectContaining({ code: "BAD_SCOPE" }));
      expect(() => t.spawn("true", { timeout: "soon" })).toThrow(expect.objectContaining({ code: "BAD_PROCESS_OPTIONS" }));
    });
    expect(failures(result)).toEqual([]);
  });

  it("shows no secret to anyone but the task", async () => {
    const result = await host.work(
      async (t) => {
        const process = t.vars({ TOKEN: secret("s3cr3t-token") }).spawn('echo "$TOKEN"', { stdin: "" });
        await process.wait();
        expect(process.stdout).toBe("s3cr3t-token\n");
      },
      ({ env }) => env.set({ token: secret("s3cr3t-token") } as never),
    );
    expect(failures(result)).toEqual([]);
    expect(JSON.stringify(result.rig.events)).not.toContain("s3cr3t-token");
  });

  it("on the control machine is one of t.local", async () => {
    const result = await host.work(async (t) => {
      const process = t.local.spawn("echo here", { stdin: "" });
      await process.wait();
      expect([process.host, process.stdout]).toEqual([undefined, "here\n"]);
    });
    expect(failures(result)).toEqual([]);
  });

  it("of a dry run is told, and ends the look where it would be used", async () => {
    const made = rig(
      (app) => {
        app.task("work", async (t) => {
          const server = t.spawn("iperf -s");
          t.log.info("started");
          await server.wait();
        });
      },
      { hosts: "web1", options: { dryRun: true } },
    );
    const result = await made.run("work");
    expect(failures(result)).toEqual([]);
    const told = JSON.stringify(made.events);
    expect(told).toContain("iperf -s");
    expect(told).toContain("the rest depends on the process of `iperf -s`");
  });
});
