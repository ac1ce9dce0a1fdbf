import { describe, expect, it } from "vitest";
import { CommandError } from "../../../src/command-failure.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import { HostsFailed } from "../../../src/runner/host-outcome.ts";
import { failures, type Rig, rig, statuses } from "../rig.ts";
import { HOSTS, once } from "./on-fleet.ts";

describe("what fails on hosts of t.fleet", () => {
  const broken = ({ memory }: Rig): void => {
    memory.reply("restart", { exitCode: 3, stderr: "no\n" }, { host: "web1" });
    memory.refuse("db1");
  };

  it("is one error that names them all, when all are through; and a failure of each of them", async () => {
    const { result, memory, of } = await once(
      async (t) => {
        const error = await t.fleet.run`restart`.catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(HostsFailed);
        const { message, outcomes, failed, where } = error as HostsFailed;
        expect(message).toBe(
          "Failed on 2 of 3 hosts: web1, db1\nweb1: restart: exit code 3\ndb1: Nothing accepts connections on db1.",
        );
        expect(outcomes.map(({ host, ok: isOk }) => [host.id, isOk])).toEqual([
          ["web1", false],
          ["web2", true],
          ["db1", false],
        ]);
        expect(failed[0]?.error).toBeInstanceOf(CommandError);
        expect(where?.file).toContain("task-fleet-failures.test.ts");
        throw error;
      },
      {},
      broken,
    );
    expect(memory.commandsOn("web2")).toEqual(["restart"]);
    expect(failures(result)).toEqual(["web1 work: restart: exit code 3", "db1 work: Nothing accepts connections on db1."]);
    expect(result.failures[0]?.error).toMatchObject({ exitCode: 3, stderr: "no\n", commandHost: undefined });
    expect(statuses(result)).toEqual(["web1: failed", "web2: ok", "db1: unreachable"]);
    expect(result.exitCode).toBe(1);
    expect(of("taskFinished").map(({ error }) => error?.code)).toEqual(["HOSTS_FAILED"]);
  });

  it("is told once for hosts that failed alike", async () => {
    const { result } = await once(
      (t) => t.fleet.run`restart`.catch((error: Error) => Promise.reject(new Error(error.message))),
      {},
      ({ memory }) => memory.reply("restart", { exitCode: 3 }),
    );
    expect(failures(result)).toEqual([
      "local work: Failed on 3 of 3 hosts: web1, web2, db1\nweb1, web2, db1: restart: exit code 3",
    ]);
  });

  it("is data where failures are accepted", async () => {
    const { result } = await once(
      async (t) => {
        const outcomes = await t.fleet.acceptFailures().run`restart`;
        expect(outcomes.map((one) => [one.host.id, one.ok ? one.value.exitCode : one.error.message])).toEqual([
          ["web1", "restart: exit code 3"],
          ["web2", 0],
          ["db1", "Nothing accepts connections on db1."],
        ]);
        const web = await t.fleet.filter("web").run({ acceptError: true })`restart`;
        expect(web.map(({ value }) => value.exitCode)).toEqual([3, 0]);
      },
      {},
      broken,
    );
    expect(failures(result)).toEqual([]);
    expect(statuses(result)).toEqual(["web1: ok", "web2: ok", "db1: unreachable"]);
  });

  it("is not hidden by a missing await", async () => {
    const { result } = await once((t) => void t.fleet.run`restart`, {}, broken);
    expect(failures(result)).toEqual(["web1 work: restart: exit code 3", "db1 work: Nothing accepts connections on db1."]);
  });

  it("is a check that failed, in a task that only looks", async () => {
    const made = rig(({ task }) => void task("work", { local: true, readOnly: true }, (t) => t.fleet.run`restart`), {
      hosts: HOSTS,
    });
    broken(made);
    expect((await made.run("work")).failures.map(({ phase, host }) => [phase, host])).toEqual([
      ["check", "web1"],
      ["check", "db1"],
    ]);
  });

  it("is not tried again where the outcome of one is not known", async () => {
    const made = rig(({ task }) => void task("work", { local: true, retry: 2 }, (t) => t.fleet.run`restart`), { hosts: HOSTS });
    made.memory.loseLink("web2", 0);
    const result = await made.run("work");
    expect(result.failures.map(({ host, error }) => [host, error.code])).toEqual([["web2", "COMMAND_UNKNOWN"]]);
    expect(made.memory.commandsOn("web1")).toEqual(["restart"]);
  });

  it.each<[string, string, (t: TaskContext) => unknown]>([
    ["a stream as the input of several", "FLEET_STDIN", (t) => t.fleet.run({ stdin: process.stdin })`cat`],
    ["an empty path", "EMPTY_PATH", (t) => t.fleet.exists("")],
    ["the name of no command", "COMMAND_NAME", (t) => t.fleet.hasCommand("a b")],
    ["a misspelt option", "UNKNOWN_OPTION", (t) => t.fleet.put("package.json", "/x", { mod: "600" } as never)],
    ["a mode that is none", "BAD_MODE", (t) => t.fleet.put("package.json", "/x", { mode: "rw" })],
    ["a file that is not there", "BAD_SOURCES", (t) => t.fleet.put("no-such-file", "/x")],
    ["files of hosts in one place", "SAME_FILE", (t) => t.fleet.get("/etc/motd", () => "motd")],
    ["a directory in place of a file", "LOCAL_PATH", (t) => t.fleet.get("/etc/..", "/tmp/x")],
    ["no path", "LOCAL_PATH", (t) => t.fleet.get("/etc/motd", (async () => "motd") as never)],
    ["a directory that cannot be made", "TASK_FAILED", (t) => t.fleet.get("/etc/motd", "package.json")],
    [
      "a context for nothing",
      "CONTEXT_UNUSED",
      (t) => {
        t.fleet.within("/srv");
      },
    ],
  ])("is one mistake, before any host is contacted: %s", async (_, code, body) => {
    const { result, memory } = await once(body);
    expect(result.failures.map(({ error }) => error.code)).toEqual([code]);
    expect(memory.connects).toEqual([]);
  });
});
