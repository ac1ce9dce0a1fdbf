import { describe, expect, it } from "vitest";
import type { TaskContext } from "../../../src/runner/context.ts";
import { failures, latch, rig, statuses } from "../rig.ts";
import { HOSTS, once } from "./on-fleet.ts";

const rest = (what: string): string => `… the rest depends on ${what}`;

describe("t.fleet works on hosts", () => {
  it("all at once", async () => {
    const all = latch();
    let begun = 0;
    const { result } = await once(
      (t) => t.fleet.run`x`,
      {},
      ({ memory }) =>
        memory.reply("x", async () => {
          begun += 1;
          if (begun === 3) all.open();
          await all.opened;
          return {};
        }),
    );
    expect(failures(result)).toEqual([]);
  });

  it.each([
    ["a task", { local: true }, 6],
    ["tasks of several hosts", {}, 18],
  ] as const)("as many as the run may work on, whatever is asked at once: from %s", async (_, options, count) => {
    let now = 0;
    let most = 0;
    const made = rig(({ task }) => void task("work", options, (t) => Promise.all([t.fleet.run`x`, t.fleet.run`y`])), {
      hosts: HOSTS,
      options: { parallel: 2 },
    });
    made.memory.reply(/./, async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return {};
    });
    expect(failures(await made.run("work"))).toEqual([]);
    expect([most, made.memory.records.length]).toEqual([2, count]);
  });

  it("also behind one that fails", async () => {
    const { result, memory } = await once(
      (t) => t.fleet.run`x`,
      { options: { parallel: 1 } },
      ({ memory: hosts }) => hosts.reply("x", { exitCode: 1 }, { host: "web1" }),
    );
    expect(statuses(result)).toEqual(["web1: failed", "web2: ok", "db1: ok"]);
    expect(memory.records.map(({ host }) => host)).toEqual(["web1", "web2", "db1"]);
  });
});

describe("what ends a task ends what it does on t.fleet", () => {
  it.each([
    ["a command", (t: TaskContext) => t.fleet.run`hang`],
    ["one whose failure is accepted", (t: TaskContext) => t.fleet.acceptFailures().run`hang`],
  ])("the second ctrl-C, naming who had not finished: %s", async (_, body) => {
    const made = rig(({ task }) => void task("work", { local: true }, body), { hosts: HOSTS, options: { parallel: 2 } });
    made.memory.reply("hang", ({ host: { id } }) => {
      if (id === "web1") return {};
      made.interrupt();
      made.interrupt();
      return { hangs: true };
    });
    const result = await made.run("work");
    expect(result.exitCode).toBe(130);
    expect(
      result.failures.filter(({ task, host }) => task === "work" && host !== "local").map(({ host, stopped }) => [host, stopped]),
    ).toEqual([
      ["web2", true],
      ["db1", true],
    ]);
    expect(made.of("taskFinished").map(({ outcome }) => outcome)).toEqual(["stopped"]);
  });

  it("the end of the task's time, also where failures are accepted", async () => {
    const made = rig(({ task }) => void task("work", { local: true, timeout: 50 }, (t) => t.fleet.acceptFailures().run`hang`), {
      hosts: HOSTS,
    });
    made.memory.reply("hang", { hangs: true }, { host: "web2" });
    expect(failures(await made.run("work"))).toEqual(['local work: The task "work" was not done within 50 ms.']);
  });

  it.each([
    ["a command", (t: TaskContext) => t.fleet.run({ idle: true })`tail -F log`],
    ["one whose failure is accepted", (t: TaskContext) => t.fleet.acceptFailures().run({ idle: true })`tail -F log`],
  ])("the first ctrl-C, where it only waits, and that is no failure: %s", async (_, body) => {
    let goesOn = false;
    const work = async (t: TaskContext): Promise<void> => {
      await body(t);
      goesOn = true;
    };
    const made = rig(({ task }) => void task("work", { local: true }, work), { hosts: HOSTS });
    let begun = 0;
    made.memory.reply("tail -F log", () => {
      begun += 1;
      if (begun === 3) made.interrupt();
      return { hangs: true };
    });
    const result = await made.run("work");
    expect([result.exitCode, goesOn]).toEqual([130, false]);
    expect(made.of("taskFinished").map(({ outcome, error }) => [outcome, error?.code])).toEqual([["stopped", "INTERRUPTED"]]);
  });

  it("the first ctrl-C lets it come to its end on all hosts", async () => {
    const { memory } = await once(
      (t) => t.fleet.run`x`,
      { options: { parallel: 1 } },
      (made) =>
        made.memory.reply("x", ({ host: { id } }) => {
          if (id === "web1") made.interrupt();
          return {};
        }),
    );
    expect(memory.records.map(({ host }) => host)).toEqual(["web1", "web2", "db1"]);
  });
});

describe("t.fleet in a dry run", () => {
  /** What is told of a function. */
  async function told(body: (t: TaskContext) => unknown): Promise<string[]> {
    const { result, events, memory } = await once(body, { options: { dryRun: true } });
    expect([failures(result), memory.connects]).toEqual([[], []]);
    return events.flatMap((event) => {
      if (event.kind === "commandStarted") return `${event.host} $ ${event.title ?? event.command}`;
      return event.kind === "message" ? event.text : [];
    });
  }

  it.each<[string, (t: TaskContext) => unknown, string[]]>([
    [
      "goes on behind commands, for each host",
      async (t) => {
        const results = await t.fleet.filter("web").within("/srv").run`a ${1}`;
        await t.within("/elsewhere").fleet.filter("db").sudo`b ${results.length}`;
      },
      ["web1 $ cd /srv && a 1", "web2 $ cd /srv && a 1", "db1 $ sudo -u root -H -- sh -c 'b 2'"],
    ],
    [
      "stops at an answer that is read",
      async (t) => {
        const [first] = await t.fleet.filter("web").run`a`;
        await t.fleet.run`b ${first?.value.stdout ?? ""}`;
      },
      ["web1 $ a", "web2 $ a", rest("the answer of `a`")],
    ],
    [
      "asks all hosts before it stops",
      async (t) => {
        const [one, two] = await Promise.all([t.fleet.filter("web").capture`one`, t.fleet.filter("db").capture`two`]);
        await t.run`${one.length} ${two.length}`;
      },
      ["web1 $ one", "web2 $ one", "db1 $ two", rest("the answer of `one`")],
    ],
    [
      "moves files, and makes no directory",
      async (t) => {
        await t.fleet.filter("db").put("no-such-file", "/srv/there");
        await t.fleet.filter("web").get("/var/log/app.log", "/proc/no/logs");
        for (const web of t.fleet.filter("canary")) await web.run`a`;
      },
      [
        "db1 $ upload no-such-file to /srv/there",
        "web1 $ download /var/log/app.log to /proc/no/logs/web1/app.log",
        "web2 $ download /var/log/app.log to /proc/no/logs/web2/app.log",
        "web2 $ a",
      ],
    ],
    [
      "looks",
      async (t) => void (await t.fleet.filter("db").exists("/x")),
      ["db1 $ exists /x", rest("the answer of `exists /x`")],
    ],
  ])("%s", async (_, body, lines) => {
    expect(await told(body)).toEqual(lines);
  });
});
