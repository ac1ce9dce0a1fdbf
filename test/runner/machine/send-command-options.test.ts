import { describe, expect, it } from "vitest";
import type { Command, CommandOptions } from "../../../src/command/command.ts";
import { Secret } from "../../../src/command/secret.ts";
import type { App } from "../../../src/dsl/app.ts";
import { summaryLines } from "../../../src/report/summary.ts";
import type { CommandBodyContext } from "../../../src/runner/context.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import type { MemoryTransport } from "../../../src/testing.ts";
import { type Rig, rig } from "../rig.ts";

/** Every place where a command with options may be written. The command is `probe`, the task `work`. */
const PLACES: { readonly [place: string]: (app: App, options: CommandOptions) => unknown } = {
  "a text body": ({ task }, options) => task("work", { commands: (t) => [t.cmd(options)`probe`] }),
  "a text body among others": ({ task }, options) => {
    task("first", { commands: (t) => [t.cmd`first`] });
    task("last", { commands: (t) => [t.cmd`last`] });
    task("work", { needs: ["first"], commands: (t) => [t.cmd(options)`probe`] });
  },
  "a text body by itself": ({ task }, options) => task("work", { timeout: "1h", commands: (t) => [t.cmd(options)`probe`] }),
  "a local text body": ({ task }, options) => task("work", { local: true, commands: (t) => [t.cmd(options)`probe`] }),
  run: ({ task }, options) => task("work", (t) => t.run(options)`probe`),
  capture: ({ task }, options) => task("work", (t) => t.capture(options)`probe`),
  test: ({ task }, options) => task("work", (t) => t.test(options)`probe`),
  batch: ({ task }, options) => task("work", (t) => t.batch([t.cmd`first`, t.cmd(options)`probe`])),
  "run behind a wrapper": ({ task }, options) => task("work", (t) => t.within("/srv").run(options)`probe`),
  "run of a command": ({ task }, options) => task("work", (t) => t.run(t.cmd(options)`probe`)),
  "t.on": ({ task }, options) => task("work", { local: true }, (t) => t.on("web1").run(options)`probe`),
  "t.local": ({ task }, options) => task("work", (t) => t.local.run(options)`probe`),
  receive: ({ task }, options) =>
    task("work", { commands: (t) => [t.cmd`first`], receive: (t) => t.run(options)`probe`.then(() => undefined) }),
};

interface Seen {
  readonly result: RunResult;
  readonly events: Pick<Rig, "of">;
  /** The options as a transport gets them: what it makes of them is shown in `test/contracts/transport`. */
  readonly sent: Readonly<CommandOptions>;
  /** How often it was sent. */
  readonly times: number;
}

interface Row {
  readonly options: CommandOptions;
  /** What happens to the command. */
  readonly reply?: Parameters<MemoryTransport["reply"]>[1];
  /** Raised while it runs. */
  readonly interrupt?: true;
  readonly linkLost?: true;
  readonly obeyed: (seen: Seen) => void;
}

const failure = ({ result }: Seen): string => result.failures[0]?.error.message ?? "none";
const started = ({ events }: Seen) => events.of("commandStarted").filter(({ command }) => !/first|last/.test(command));
const asSent = (options: CommandOptions): Row => ({ options, obeyed: ({ sent }) => expect(sent).toMatchObject(options) });

/** A new option does not compile until it has a row. */
const ROWS: { readonly [K in keyof Required<CommandOptions>]: Row } = {
  timeout: { options: { timeout: "20ms" }, reply: { hangs: true }, obeyed: (seen) => expect(failure(seen)).toMatch(/timed out/) },
  acceptError: { options: { acceptError: true }, reply: { exitCode: 3 }, obeyed: (seen) => expect(failure(seen)).toBe("none") },
  quiet: {
    options: { quiet: true },
    obeyed: (seen) => expect(started(seen)).toMatchObject([{ command: expect.stringContaining("probe"), quiet: true }]),
  },
  title: { options: { title: "look" }, obeyed: (seen) => expect(started(seen)).toMatchObject([{ command: "look" }]) },
  idle: {
    options: { idle: true },
    reply: { hangs: true },
    interrupt: true,
    obeyed: ({ result }) => expect(result).toMatchObject({ interrupted: "SIGINT", exitCode: 130 }),
  },
  ifLost: { options: { ifLost: "repeat" }, linkLost: true, obeyed: ({ times }) => expect(times).toBe(2) },
  pty: asSent({ pty: true }),
  stdin: asSent({ stdin: "input" }),
  captureAll: asSent({ captureAll: true }),
  hold: asSent({ hold: "/srv/.fake/alive" }),
  ifGone: asSent({ hold: "/srv/.fake/alive", ifGone: "echo gone" }),
  contained: asSent({ contained: true }),
  keepText: asSent({ keepText: true }),
};

async function play(place: string, { options, reply, interrupt, linkLost }: Row): Promise<Seen> {
  const { run, memory, control, of, interrupt: raise } = rig((app) => void PLACES[place]?.(app, options), { hosts: "web1" });
  let times = 0;
  for (const transport of [memory, control]) {
    transport.reply("probe", () => {
      times += 1;
      // Once: the command is running when it comes.
      if (interrupt) setImmediate(raise);
      return linkLost && times === 1 ? { lost: true } : ((reply as object | undefined) ?? {});
    });
  }
  const result = await run("work");
  const record = [...memory.records, ...control.records].find(({ text }) => text === "probe");
  return { result, events: { of }, sent: record?.command ?? {}, times };
}

describe.each(Object.entries(ROWS))("the option %s is obeyed", (_, row) => {
  it.each(Object.keys(PLACES))("in %s", async (place) => {
    const seen = await play(place, row);
    expect(seen.times).toBeGreaterThan(0);
    row.obeyed(seen);
  });
});

describe("a command that only waits", () => {
  it.each(Object.keys(PLACES).filter((place) => place !== "test"))(
    "is not told as a failure when ctrl-C ends it, in %s",
    async (place) => {
      const { result } = await play(place, ROWS.idle);
      expect(result.failures.map(({ error }) => error.code)).not.toContain("COMMAND_FAILED");
      expect(summaryLines(result, { color: false, isTTY: false, columns: 80 }).join("\n")).not.toContain("✖");
    },
  );

  it("does not take what comes before it and after it along", async () => {
    const { run, memory, interrupt } = rig(
      ({ task }) => {
        task("work", (t) => t.batch([t.cmd`first`, t.cmd({ idle: true })`probe`, t.cmd`last`]));
      },
      { hosts: "web1" },
    );
    memory.reply("last", () => {
      interrupt();
      return { stdout: "done" };
    });
    const { failures } = await run("work");
    expect(memory.commandsOn("web1")).toEqual(["first", "probe", "last"]);
    expect(failures.map(({ task, error }) => `${task}: ${error.code}`)).toEqual(["work: INTERRUPTED"]);
  });
});

describe("a command with a secret in it", () => {
  const SECRET = "it's a canary";
  /** Where it may stand, taken out of the secret. */
  const WAYS: { readonly [way: string]: (t: CommandBodyContext<{ token: Secret }>) => Command } = {
    text: (t) => t.cmd({ keepText: true })`probe ${t.env.token.reveal()}`,
    "a variable": (t) => t.vars({ TOKEN: t.env.token.reveal() }).cmd({ keepText: true })`probe`,
    directory: (t) => t.within(`/srv/${t.env.token.reveal()}`).cmd({ keepText: true })`probe`,
    "a prefix": (t) => t.prefix(`: ${t.env.token.reveal()}`).cmd({ keepText: true })`probe`,
  };

  it.each(Object.entries(WAYS))("is kept by no host: in the %s", async (_, write) => {
    const { run, memory } = rig(
      ({ task, env }) => {
        env.set({ token: new Secret(SECRET) } as never);
        task("work", { commands: (t) => [write(t as never)] });
      },
      { hosts: "web1" },
    );
    expect((await run("work")).ok).toBe(true);
    expect(memory.records.map(({ command }) => command.keepText)).toEqual([false]);
  });

  it("is not kept apart from others in variables that those could see: none of them is kept", async () => {
    const { run, memory } = rig(
      ({ task, env }) => {
        env.set({ token: new Secret(SECRET) } as never);
        task("work", {
          commands: (t) => [
            t.cmd({ keepText: true })`probe`,
            t.vars({ TOKEN: (t.env as unknown as { token: Secret }).token }).cmd`use it`,
          ],
        });
        task("other", { commands: (t) => [t.cmd({ keepText: true })`probe`, t.cmd`use nothing`] });
      },
      { hosts: "web1" },
    );
    expect((await run("work")).ok).toBe(true);
    expect((await run("other")).ok).toBe(true);
    expect(memory.records.map(({ command }) => command.keepText)).toEqual([false, undefined, true, undefined]);
  });
});
