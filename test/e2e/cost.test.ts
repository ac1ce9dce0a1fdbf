/**
 * What a run costs, counted: turns (round trips of its one connection), bytes in both directions, processes on the host, and functions that
 * a command goes through here. Counts do not depend on how busy the machine is, so a change that makes a run slower shows here.
 *
 *   npm run test:cost
 */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followOneCommand } from "../support/chain.ts";
import { canCountProcesses, findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";
import { startRelay, type TurnRelay } from "../support/turn-relay.ts";
import { unless } from "../support/unless.ts";

const sshd = findSshd() !== undefined;
const counts = sshd && canCountProcesses();

interface Cost {
  readonly turns: number;
  /** In both directions. Paths count: they are long here. */
  readonly bytes?: number;
  /** Beyond those that sshd makes for itself. */
  readonly processes?: number;
}

/** The most that each may cost. */
const BOUNDS = {
  deploy: { turns: 5, bytes: 20_000, processes: 38 },
  deployOfNewCommit: { turns: 5 },
  deployWithCommands: { turns: 5 },
  deployWithTwoFunctions: { turns: 9 },
  deployWithTwoFunctionsPlainly: { turns: 15 },
  deployWithThreeFunctions: { turns: 11 },
  rollback: { turns: 5, processes: 24 },
  exec: { turns: 4, bytes: 11_500, processes: 3 },
  oneByOne: { turns: 103 },
  together: { turns: 4 },
} as const satisfies Record<string, Cost>;

/** Functions of ours that a command goes through on an open connection, and their files. */
const CHAIN = { functions: 137, files: 40 };

const functions = (count: number): string =>
  ["updated", "published", "finished"]
    .slice(0, count)
    .map((stage) => `after("deploy:${stage}", task("after-${stage}", async (t) => { await t.run\`true\`; }));`)
    .join("\n");

const commands: string = ["updated", "published"]
  .map((stage) => `after("deploy:${stage}", task("after-${stage}", { commands: (t) => [t.cmd\`true\`] }));`)
  .join("\n");

const HUNDRED = `
  task("one-by-one", async ({ run }) => { for (let i = 0; i < 100; i++) await run\`true\`; });
  task("together", async (t) => { await t.batch(Array.from({ length: 100 }, () => t.cmd\`true\`)); });`;

describe.skipIf(!sshd)(`the cost of a run${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let relay: TurnRelay;
  /** Processes that sshd makes for a connection with one command, that one's among them. */
  let sshdsOwn = 0;

  beforeAll(async () => {
    story = await startStory(1, { counted: counts });
    const [host] = story.fleet.hosts;
    if (counts) {
      const before = await created();
      spawnSync("ssh", ["-F", story.fleet.sshConfig, "host1", ":"]);
      sshdsOwn = (await created()) - before;
    }
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

  async function created(): Promise<number> {
    return counts ? ((await story.fleet.hosts[0]?.processes()) ?? Number.NaN) : 0;
  }

  /**
   * The least of a few runs, as many as it takes to stay within the bounds. A server that is slow to say something makes two turns of
   * one, and where others start processes at that moment a session may be replaced (decisions/006): never does that save anything.
   */
  async function costOf(words: string | readonly string[], bound: Cost, before?: () => unknown): Promise<Cost> {
    const least = { turns: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, processes: Number.POSITIVE_INFINITY };
    for (let time = 0; time < 10 && !isWithin(least, bound); time++) {
      await before?.();
      const [connections, processes] = [relay.connections(), await created()];
      await story.succeed(words);
      expect(relay.connections() - connections).toBe(1);
      await relay.ended();
      least.turns = Math.min(least.turns, relay.turns().at(-1) ?? Number.NaN);
      least.bytes = Math.min(least.bytes, relay.bytes().at(-1) ?? Number.NaN);
      least.processes = Math.min(least.processes, (await created()) - processes - sshdsOwn);
    }
    return least;
  }

  it.each([
    ["a warm deploy is a few turns", BOUNDS.deploy, "--all deploy", ""],
    ["a deploy with commands that hang on it costs no more of them", BOUNDS.deployWithCommands, "--all deploy", commands],
    ["a deploy with two functions is two turns more for each", BOUNDS.deployWithTwoFunctions, "--all deploy", functions(2)],
    [
      "a deploy without the fast login is a few more",
      BOUNDS.deployWithTwoFunctionsPlainly,
      "--all -s fastLogin=false deploy",
      functions(2),
    ],
    ["a further function is two turns more", BOUNDS.deployWithThreeFunctions, "--all deploy", functions(3)],
    ["a command is little", BOUNDS.exec, "exec --all -- true", ""],
    ["each of a hundred commands one by one is one turn", BOUNDS.oneByOne, "--all one-by-one", HUNDRED],
    ["a hundred commands that travel together are next to none", BOUNDS.together, "--all together", HUNDRED],
  ] as const)("%s", async (_title, bound, words, deployfile) => {
    story.deployfile(deployfile);
    expectWithin(await costOf(words, bound), bound);
  });

  it("a warm deploy of a new commit takes no turn more", async () => {
    story.deployfile();
    let count = 0;
    const commit = (): unknown => story.repo.commit({ "index.txt": `new ${count++}\n` }, "new");
    expectWithin(await costOf("--all deploy", BOUNDS.deployOfNewCommit, commit), BOUNDS.deployOfNewCommit);
  });

  it("a rollback is no more than a deploy", async () => {
    story.deployfile();
    expectWithin(await costOf("--all rollback", BOUNDS.rollback, () => story.succeed("--all deploy")), BOUNDS.rollback);
  });

  it.skipIf(!counts)(`counts what is made on the host${unless(counts, "no numbers of processes of its own")}`, async () => {
    expect(sshdsOwn).toBeGreaterThanOrEqual(1);
    const least = { turns: BOUNDS.exec.turns };
    const of = async (programs: number): Promise<number> =>
      (await costOf(["exec", "--all", "--", "/bin/true;".repeat(programs)], least)).processes ?? Number.NaN;
    expect((await of(9)) - (await of(2))).toBe(7);
  });

  it("a command goes through few functions here", () => {
    // The relay is of this process, which waits.
    story.fleet.configure();
    const called = followOneCommand(story.fleet).filter(({ file }) => file.startsWith("src/"));
    expect(called.length).toBeLessThanOrEqual(CHAIN.functions);
    expect(new Set(called.map(({ file }) => file)).size).toBeLessThanOrEqual(CHAIN.files);
  });
});

function isWithin(cost: Required<Cost>, { turns, bytes, processes }: Cost): boolean {
  return cost.turns <= turns && cost.bytes <= (bytes ?? cost.bytes) && cost.processes <= (processes ?? cost.processes);
}

function expectWithin(cost: Cost, bound: Cost): void {
  for (const name of Object.keys(bound) as (keyof Cost)[]) expect(cost[name], name).toBeLessThanOrEqual(bound[name] ?? 0);
}
