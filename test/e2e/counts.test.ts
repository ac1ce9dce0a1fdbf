/**
 * What a run costs on the wire, counted: turns (round trips of its one connection) and bytes sent. Counts do not depend on how busy
 * the machine is, so a change that makes a run slower shows here.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";
import { startRelay, type TurnRelay } from "../support/turn-relay.ts";

const sshd = findSshd() !== undefined;

/** The most that each may cost. */
const BOUNDS = {
  deploy: 7,
  deployWithTwoFunctions: 11,
  deployWithTwoFunctionsPlainly: 15,
  furtherFunction: 1,
  rollback: 8,
  exec: 5,
  /** Of a hundred commands, on top of the login. */
  one: 100,
  login: 6,
  batch: 2,
  /** Bytes of a warm deploy: the login, the session and all commands, of which comparing the release is 5 kB. Paths count: they are long here. */
  sent: 70_000,
} as const;

describe.skipIf(!sshd)(`the cost of a run${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let relay: TurnRelay;

  beforeAll(async () => {
    story = await startStory(1);
    const [host] = story.fleet.hosts;
    // Long enough for the server to say all that it has to say to one question.
    relay = await startRelay({ port: host?.port ?? 0, delay: 15 });
    story.fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${host?.port}`] });
    await story.succeed("--all deploy");
    await story.succeed("--all deploy");
  });
  afterAll(async () => {
    await relay?.stop();
    await story?.end();
  });

  /**
   * The least of a few runs, as many as it takes to stay within the bounds. A server that is slow to say something makes two turns of
   * one, and where others start processes at that moment a session may be replaced (decisions/006): never does that save a turn.
   */
  async function costOf(
    words: string | readonly string[],
    bound: number,
    most = Number.POSITIVE_INFINITY,
  ): Promise<{ turns: number; sent: number }> {
    let least = { turns: Number.POSITIVE_INFINITY, sent: Number.POSITIVE_INFINITY };
    for (let time = 0; time < 10 && (least.turns > bound || least.sent > most); time++) {
      const before = relay.connections();
      await story.succeed(words);
      expect(relay.connections() - before).toBe(1);
      const [turns = Number.NaN, sent = Number.NaN] = [relay.turns().at(-1), relay.sent().at(-1)];
      least = { turns: Math.min(least.turns, turns), sent: Math.min(least.sent, sent) };
    }
    return least;
  }

  const functions = (count: number): string =>
    ["updated", "published", "finished"]
      .slice(0, count)
      .map((stage) => `after("deploy:${stage}", task("after-${stage}", async (t) => { await t.run\`true\`; }));`)
      .join("\n");

  it("is a few turns for a warm deploy, whether or not commands hang on it", async () => {
    story.deployfile();
    const { turns, sent } = await costOf("--all deploy", BOUNDS.deploy, BOUNDS.sent);
    expect(turns).toBeLessThanOrEqual(BOUNDS.deploy);
    expect(sent).toBeLessThanOrEqual(BOUNDS.sent);
    story.deployfile(
      ["updated", "published"]
        .map((stage) => `after("deploy:${stage}", task("after-${stage}", { commands: (t) => [t.cmd\`true\`] }));`)
        .join("\n"),
    );
    expect((await costOf("--all deploy", BOUNDS.deploy)).turns).toBeLessThanOrEqual(BOUNDS.deploy);
  });

  it("is one turn more for each function with one command", async () => {
    story.deployfile(functions(2));
    expect((await costOf("--all deploy", BOUNDS.deployWithTwoFunctions)).turns).toBeLessThanOrEqual(
      BOUNDS.deployWithTwoFunctions,
    );
    expect((await costOf("--all -s fastLogin=false deploy", BOUNDS.deployWithTwoFunctionsPlainly)).turns).toBeLessThanOrEqual(
      BOUNDS.deployWithTwoFunctionsPlainly,
    );
    story.deployfile(functions(3));
    const three = BOUNDS.deployWithTwoFunctions + BOUNDS.furtherFunction;
    expect((await costOf("--all deploy", three)).turns).toBeLessThanOrEqual(three);
  });

  it("is less for a rollback and for one command", async () => {
    story.deployfile();
    let rollback = Number.POSITIVE_INFINITY;
    for (let time = 0; time < 10 && rollback > BOUNDS.rollback; time++) {
      await story.succeed("--all deploy");
      await story.succeed("--all rollback");
      rollback = Math.min(rollback, relay.turns().at(-1) ?? Number.NaN);
    }
    expect(rollback).toBeLessThanOrEqual(BOUNDS.rollback);
    expect((await costOf("exec --all -- true", BOUNDS.exec)).turns).toBeLessThanOrEqual(BOUNDS.exec);
  });

  it("is one turn for each of a hundred commands, and next to none where they travel together", async () => {
    story.deployfile(`
      task("one-by-one", async ({ run }) => { for (let i = 0; i < 100; i++) await run\`true\`; });
      task("together", async (t) => { await t.batch(Array.from({ length: 100 }, () => t.cmd\`true\`)); });`);
    expect((await costOf("--all one-by-one", BOUNDS.login + BOUNDS.one)).turns).toBeLessThanOrEqual(BOUNDS.login + BOUNDS.one);
    expect((await costOf("--all together", BOUNDS.login + BOUNDS.batch)).turns).toBeLessThanOrEqual(BOUNDS.login + BOUNDS.batch);
  });
});
