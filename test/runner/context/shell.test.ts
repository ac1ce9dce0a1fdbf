import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CommandError } from "../../../src/command-failure.ts";
import { secret } from "../../../src/env/secret.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

let host: OnHost;
beforeAll(async () => {
  host = await onHost();
});
afterAll(() => host.remove());

describe("verbs of a task", () => {
  it("take a template, an argument list or text, with options in front", async () => {
    const result = await host.work(async (t) => {
      const { run, capture, test, batch } = t;
      const nasty = "a b'$HOME`\"\n*";
      expect(await capture`printf %s ${nasty}`).toBe(nasty);
      expect(await capture(["printf", "%s-%s", nasty, 7])).toBe(`${nasty}-7`);
      expect(await capture("printf %s $((1 + 2))")).toBe("3");
      expect(await capture`printf 'one\ntwo\n\n'`).toBe("one\ntwo");
      expect((await run({ acceptError: true })`exit 3`).exitCode).toBe(3);
      expect(await run({ acceptError: true })`exit 137`).toMatchObject({ exitCode: 137, signal: "SIGKILL", status: "failed" });
      expect([await test`true`, await test`false`, await test(["sh", "-c", "exit 7"])]).toEqual([true, false, false]);
      const results = await batch([t.cmd`echo ${1}`, "echo two", ["echo", "3"]]);
      expect(results.map(({ stdout }) => stdout)).toEqual(["1\n", "two\n", "3\n"]);
    });
    expect(failures(result)).toEqual([]);
  });

  it("throw what is known of a command that failed", async () => {
    const result = await host.work(async (t) => {
      const error = await t.within("/").run`echo out; echo err >&2; exit 4`.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(CommandError);
      expect(error).toMatchObject({
        host: "web1",
        command: "cd / && (echo out; echo err >&2; exit 4)",
        exitCodeOfCommand: 4,
        stdout: "out\n",
        stderr: "err\n",
        message: "cd / && (echo out; echo err >&2; exit 4): exit code 4",
      });
      await expect(t.capture({ timeout: "50ms" })`sleep 30`).rejects.toMatchObject({ timedOut: true });
      await expect(t.test({ timeout: "50ms" })`sleep 30`).rejects.toMatchObject({ timedOut: true });
      await expect(t.test`kill -9 $$`).rejects.toBeInstanceOf(CommandError);
      const batch = t.batch(["echo one", "exit 2", "echo three > never"]);
      await expect(batch).rejects.toMatchObject({ command: "exit 2" });
      expect(await t.exists("never")).toBe(false);
    });
    expect(failures(result)).toEqual([]);
  });

  it("look for commands, in the context at hand", async () => {
    const result = await host.work(async (t) => {
      await t.run`mkdir bin && printf '#!/bin/sh\n' > ${"bin/fake tool"} && cp ${"bin/fake tool"} bin/fake-tool && chmod +x bin/*`;
      expect(await Promise.all(["sh", "cd", "fake-tool", "/bin/sh"].map((name) => t.hasCommand(name)))).toEqual([
        ...[true, true, false, true],
      ]);
      expect(await t.prefix('PATH="$PWD/bin:$PATH"').hasCommand("fake-tool")).toBe(true);
      for (const name of ["", "-v", "sh -c true", "a\nb"])
        await expect(t.hasCommand(name)).rejects.toMatchObject({ code: "COMMAND_NAME" });
    });
    expect(failures(result)).toEqual([]);
    expect(result.rig.of("commandStarted").filter(({ quiet }) => quiet)).toHaveLength(5);
  });

  it("apply directory, variables, umask and prefixes, each wrapper returning a context of its own", async () => {
    const result = await host.work(async (t) => {
      await t.run`mkdir -p in/side`;
      const inside = t.within("in");
      expect(await inside.within("side").capture`pwd`).toBe(`${host.folder}/in/side`);
      expect(await inside.capture`pwd`).toBe(`${host.folder}/in`);
      expect(await t.capture`pwd`).toBe(host.folder);
      expect(await t.vars({ A: "it's", B: 2 }).vars({ C: true }).capture('printf "%s" "$A $B $C"')).toBe("it's 2 true");
      expect(await t.umask("027").capture`umask`).toMatch(/0?027/);
      expect(await t.prefix("X=1").prefix("Y=2").capture`echo $X$Y`).toBe("12");
      const { within, execute } = inside;
      expect(await within("side").capture`pwd`).toBe(`${host.folder}/in/side`);
      expect(typeof execute).toBe("function");
      expect(inside.env.host.name).toBe("web1");
    });
    expect(failures(result)).toEqual([]);
  });

  it("run side by side when they are started together", async () => {
    const result = await host.work(async (t) => {
      await t.run`mkfifo pipe`;
      // Each waits for the other one: one after the other they would never end.
      await Promise.all([t.run({ timeout: "10s" })`echo x > pipe`, t.run({ timeout: "10s" })`cat pipe`]);
    });
    expect(failures(result)).toEqual([]);
  });

  it("hand results to the task as they are, and to everyone else redacted", async () => {
    const result = await host.work(
      async (t) => {
        const token = (t.env as never)["token"];
        expect(await t.vars({ TOKEN: token }).capture`printf %s "$TOKEN"`).toBe("s3cr3t-value");
        expect(await t.capture({ stdin: token })`cat`).toBe("s3cr3t-value");
        await t.vars({ TOKEN: token }).run`printf 's3cr3'; sleep 0.05; printf 't-value\n'; exit 1`;
      },
      ({ env }) => env.set({ token: secret("s3cr3t-value") } as never),
    );
    expect(failures(result)).toHaveLength(1);
    expect(JSON.stringify(result.rig.events)).not.toContain("s3cr3t-value");
    expect(result.failures[0]?.error.stdout).toBe("[redacted]\n");
    const output = result.rig.of("commandOutput").map(({ text }) => text);
    expect(output.join("")).toBe("[redacted][redacted][redacted]\n");
  });

  it("refuse a secret in a command, before anything is sent", async () => {
    const result = await host.work((t) => t.run`echo ${secret("x-secret-x") as never}`);
    expect(result.failures[0]?.error.code).toBe("SECRET_IN_COMMAND");
    expect(result.exitCode).toBe(2);
    expect(result.rig.of("commandStarted")).toEqual([]);
  });

  it("work on the control machine as t.local", async () => {
    const result = await host.work(async (t) => {
      expect(await t.local.within("/").capture`pwd`).toBe("/");
      await t.local.writeFile("from-here", "x");
      expect(await t.local.exists("from-here")).toBe(true);
    });
    expect(failures(result)).toEqual([]);
    expect(result.rig.of("commandStarted").map((event) => event.host)).toEqual(["local", "local", "local"]);
  });
});
