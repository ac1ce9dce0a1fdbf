import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { rig } from "../rig.ts";
import { type Body, shown } from "./shown-functions.ts";

const rest = (command: string): string => `… the rest depends on the answer of \`${command}\``;

describe("a function in a dry run", () => {
  const bodies: readonly (readonly [string, Body, readonly string[]])[] = [
    [
      "asks for nothing",
      async (t) => {
        await t.run`a`;
        await t.within("/srv").vars({ A: "b c" }).run`d ${"e f"}`;
      },
      ["web1 $ a", "web1 $ cd /srv && export A='b c' && d 'e f'"],
    ],
    ["sends nothing", () => {}, ["… a function that sends nothing by itself: Do something"]],
    [
      "reads the answer of its first command",
      async (t) => {
        const { stdout } = await t.run`a`;
        await t.run`b ${stdout}`;
      },
      ["web1 $ a", rest("a")],
    ],
    [
      "reads the answer of its second command",
      async (t) => {
        await t.run`a`;
        const result = await t.run({ acceptError: true })`b`;
        if (result.exitCode === 0) await t.run`c`;
      },
      ["web1 $ a", "web1 $ b", rest("b")],
    ],
    [
      "branches on a test",
      async (t) => {
        if (await t.test`test -e x`) await t.run`a`;
        else await t.run`b`;
      },
      ["web1 $ test -e x", rest("test -e x")],
    ],
    [
      "looks for a command",
      async (t) => {
        if (await t.hasCommand("rsync")) await t.run`a`;
      },
      ["web1 $ look for rsync", rest("look for rsync")],
    ],
    [
      "captures two answers before it needs them",
      async (t) => {
        const [one, two] = await Promise.all([t.capture`one`, t.capture`two`]);
        await t.run`${one} ${two}`;
      },
      ["web1 $ one", "web1 $ two", rest("one")],
    ],
    [
      "catches what it is stopped with",
      async (t) => {
        for (let tries = 0; tries < 3; tries++) {
          try {
            const result = await t.run`a`;
            if (result.stdout === "x") return;
          } catch {
            await t.run`again`;
          }
        }
      },
      ["web1 $ a", rest("a")],
    ],
    [
      "throws",
      async (t) => {
        await t.run`a`;
        throw new Error("not on fridays");
      },
      ["web1 $ a", "… it stops here: not on fridays"],
    ],
    [
      "asks a person",
      async (t) => {
        await t.run`a`;
        await t.run`b ${await t.ui.ask("Which one?")}`;
      },
      ["web1 $ a", "asks: Which one?", "… the rest depends on what is answered"],
    ],
    [
      "moves files",
      async (t) => {
        await t.upload("here.tgz", "/srv/there.tgz");
        await t.writeFile("/srv/.env", "12345");
        await t.download("/srv/log", "log");
        if (await t.template("a.conf", "/etc/a.conf")) await t.run`reload`;
      },
      [
        "web1 $ upload here.tgz to /srv/there.tgz",
        "web1 $ write /srv/.env (5 bytes)",
        "web1 $ download /srv/log to log",
        "web1 $ fill in a.conf and write it to /etc/a.conf, if it differs",
        "… the rest depends on whether /etc/a.conf has changed",
      ],
    ],
    [
      "works on this machine",
      async (t) => {
        await t.local.run`npm run build`;
        await t.on("web1").run`b`;
      },
      ["local $ npm run build", "web1 $ b"],
    ],
    [
      "has nothing to do",
      async (t) => {
        t.log.info("looking");
        t.skip();
      },
      ["says: looking", "… it ends here, and the task with it: there is nothing to do"],
    ],
    [
      "sends several together",
      async (t) => {
        const [one] = await t.batch([t.cmd`a`, t.cmd`b`]);
        await t.run`c ${one?.stdout ?? ""}`;
      },
      ["web1 $ a", "web1 $ b", rest("a")],
    ],
    [
      "settles only when something else does",
      async (t) => {
        await t.run`a`;
        await new Promise(() => {});
      },
      ["web1 $ a", "… the rest is not known: it waits for what is no answer"],
    ],
    [
      "loops over its answers",
      async (t) => {
        while ((await t.run`a`).exitCode !== 0) await sleep(1);
      },
      ["web1 $ a", rest("a")],
    ],
  ];

  it.each(bodies)("that %s is told until it needs an answer", async (_, body, lines) => {
    expect(await shown(body)).toEqual(lines);
  });

  it.each<[string, Body]>([
    [
      "waits",
      async (t) => {
        for (;;) await t.run`a`;
      },
    ],
    [
      "waits for nothing",
      (t) => {
        for (;;) void t.run`a`;
      },
    ],
  ])("that loops forever, and %s in between, is told a hundred times", async (_, body) => {
    const lines = await shown(body);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe("… and so on: only the first 100 are shown");
  });

  it("is told with the tasks that it executes, each until it needs an answer", async () => {
    const inner: Body = async (t) => {
      await t.run`inner`;
      if (await t.test`x`) await t.run`never`;
    };
    const outer: Body = async (t) => {
      await t.run`before`;
      await t.execute("inner");
      await t.run`after`;
    };
    expect(await shown(outer, { inner })).toEqual([
      ...["web1 $ before", "> inner", "web1 $ inner", "web1 $ x", rest("x"), "web1 $ after"],
    ]);
  });

  it("keeps nothing that it states", async () => {
    const { run, of } = rig(
      ({ task, settings }) => {
        settings({ rev: { kind: "fact", schema: undefined, desc: "", default: undefined, example: undefined, required: false } });
        task("a", (t) => {
          (t.env as never as { set(key: string, value: string): void }).set("rev", "1");
        });
        task("b", { commands: (t) => [t.cmd(`use ${(t.env as never)["rev"]}`)] });
      },
      { options: { dryRun: true }, hosts: "web1" },
    );
    await run("a", "b");
    expect(of("commandStarted").map(({ command }) => command)).toEqual(["use <rev>"]);
  });
});
