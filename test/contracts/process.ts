/** What every process does, on a host and on this machine. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandInput } from "../../src/command/builder.ts";
import type { Launcher, LaunchOptions } from "../../src/process/launcher.ts";
import type { Process, ProcessProblem } from "../../src/process/process.ts";
import { outliveContract } from "./process-outlive.ts";
import { outputContract } from "./process-output.ts";

export interface ProcessContract {
  readonly name: string;
  create(): Promise<{
    readonly launcher: Launcher;
    /** Another one, for the test to close. */
    another(): Launcher;
    /** What a process is given to run there. */
    readonly there: Pick<LaunchOptions, "host" | "connect">;
    /** Of the host, empty. */
    readonly directory: string;
    stop(): Promise<void>;
  }>;
  /** Titles of tests that cannot be had there, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

/** Deaf to SIGTERM and SIGINT, with a child that is, too; says their process group. */
const DEAF = "trap '' TERM INT; (while :; do sleep 1; done) & echo deaf; while :; do sleep 1; done";

export function processContract({ name, create, skip = [] }: ProcessContract): void {
  const test = (title: string, work: () => Promise<void>): void => {
    const why = skip.find(({ tests }) => tests.includes(title))?.reason;
    if (why === undefined) it(title, work);
    else it.skip(`${title} (${why})`, work);
  };

  describe(name, () => {
    let world: Awaited<ReturnType<ProcessContract["create"]>>;
    beforeAll(async () => {
      world = await create();
    });
    afterAll(async () => {
      await world.launcher.close();
      await world.stop();
    });
    const make = (command: string, options: LaunchOptions = {}): Process =>
      world.launcher.process(command, { ...world.there, ...options });
    outputContract(test, make, () => world.directory);
    outliveContract(test, () => world);

    test("starts when it is told to, and goes on by itself", async () => {
      const process = make("echo here; cat; exit 3");
      expect([process.state.state, process.isStarted, process.ok, process.pid]).toEqual(["new", false, true, undefined]);
      const before = Date.now();
      expect(process.start()).toBe(process);
      expect([process.state.state, process.isRunning, process.ok, process.finishedOk]).toEqual(["starting", true, true, false]);
      await process.waitForStart();
      expect(process.state.state).toBe("running");
      expect(isAlive(process.pid)).toBe(true);
      await process.end();
      await process.wait();
      expect([process.state.state, process.isEnded, process.isRunning, process.exitCode]).toEqual(["ended", true, false, 3]);
      expect([process.ok, process.finishedOk, process.problems]).toEqual([false, false, ["exitCode"]]);
      expect([process.stdout, process.stderr]).toEqual(["here\n", ""]);
      const { startDate, endDate } = process;
      expect(Number(startDate)).toBeGreaterThanOrEqual(before);
      expect(Number(endDate)).toBeGreaterThanOrEqual(Number(startDate));
      expect(isAlive(process.pid)).toBe(false);
    });

    test("text is for a shell, a list of words is not", async () => {
      const run = (command: CommandInput): Promise<Process> =>
        world.launcher.process(command, { ...world.there, stdin: "" }).run();
      expect((await run("echo one | tr one two")).stdout).toBe("two\n");
      expect((await run(["echo", "one | tr", "$HOME", "*"])).stdout).toBe("one | tr $HOME *\n");
    });

    test("started again, it does nothing", async () => {
      const process = make("echo once", { stdin: "" }).start().start();
      await process.run();
      expect(process.stdout).toBe("once\n");
    });

    test("not started, it has nothing to wait for", async () => {
      await expect(make("true").wait()).rejects.toMatchObject({ code: "NOT_STARTED" });
    });

    test("is waited for before it is started, until it runs", async () => {
      const process = make("echo here; cat", { name: "first" });
      let runs = false;
      const begun = process.waitForStart().then(() => {
        runs = process.state.state === "running";
      });
      await process.waitForStart({ timeout: 20 });
      expect([process.isStarted, runs]).toEqual([false, false]);
      process.start();
      await begun;
      expect(runs).toBe(true);
      process.name = "other";
      expect(String(process)).toContain("other on ");
      await process.end();
      await process.wait();
    });

    test("three times: one ends it, one stops waiting, one is start and wait", async () => {
      const waited = make("sleep 60").start();
      await waited.wait({ timeout: 50 });
      expect([waited.isRunning, waited.ok]).toEqual([true, true]);
      await waited.kill().wait();
      const run = await make("sleep 60").run({ timeout: 50 });
      expect(run.isRunning).toBe(true);
      await run.kill().wait();
      const limited = await make("sleep 60", { timeout: 300 }).run();
      expect(limited.state).toMatchObject({ state: "ended", timedOut: true, killed: false, signal: "SIGTERM", exitCode: 143 });
      expect([limited.ok, limited.problems]).toEqual([false, ["timeout", "exitCode"]]);
      const accepted = await make("sleep 60", { timeout: 300, accept: { timeout: true } }).run();
      expect([accepted.finishedOk, accepted.exitCode]).toEqual([true, 143]);
    });

    test("waits no longer than a signal lets it", async () => {
      const process = make("sleep 60").start();
      await process.wait({ signal: AbortSignal.timeout(20) });
      expect(process.isEnded).toBe(false);
      await process.kill().wait();
    });

    test("killed, it is ok, with its whole group", async () => {
      const process = make("sleep 60 & sleep 60").start();
      await process.waitForStart();
      expect(process.kill()).toBe(process);
      expect(process.isRunning).toBe(true);
      await process.wait();
      expect(process.state).toMatchObject({ killed: true, forced: false, signal: "SIGTERM" });
      expect(process.finishedOk).toBe(true);
      await isGone(process.pid);
    });

    test("killed before it runs, it never does", async () => {
      const process = make("echo ran").start().kill();
      await process.wait();
      expect([process.isEnded, process.ok, process.stdout]).toEqual([true, true, ""]);
    });

    test("deaf to SIGTERM, it is sent SIGKILL after the grace, children and all", async () => {
      const process = make(DEAF).start();
      await process.expect("deaf");
      process.kill("SIGTERM", { grace: 200 });
      await process.wait();
      expect(process.state).toMatchObject({ killed: true, forced: true, signal: "SIGKILL" });
      await isGone(process.pid);
    });

    test("deaf to SIGINT on a terminal, it is sent SIGKILL after the grace, children and all", async () => {
      const process = make(DEAF, { pty: true }).start();
      await process.expect("deaf");
      process.kill("SIGINT", { grace: 200 });
      await process.wait();
      expect(process.state).toMatchObject({ killed: true, forced: true });
      await isGone(process.pid);
    });

    test("any other signal is just sent", async () => {
      const process = make("trap 'echo heard' USR1; echo ready; while :; do sleep 0.1; done").start();
      await process.expect("ready");
      process.kill("SIGUSR1", { grace: 10 });
      expect(await process.expect("heard", { timeout: "20s" })).toBeDefined();
      await process.wait({ timeout: 100 });
      expect(process.isRunning).toBe(true);
      await process.kill("SIGKILL").wait();
      expect(process.state).toMatchObject({ killed: true, forced: false, signal: "SIGKILL" });
    });

    test("a signal that never becomes SIGKILL leaves it", async () => {
      const process = make(DEAF).start();
      await process.expect("deaf");
      await process.kill("SIGTERM", { grace: false }).wait({ timeout: 300 });
      expect(process.isRunning).toBe(true);
      await process.kill("SIGKILL").wait();
    });

    test("not started or ended, it takes no notice of a signal", async () => {
      const process = make("exit 4", { stdin: "" });
      process.kill();
      expect(process.isStarted).toBe(false);
      await process.run();
      process.kill("SIGKILL");
      expect(process.state).toMatchObject({ exitCode: 4, killed: false });
      expect(process.ok).toBe(false);
    });

    test("is written to, before it runs and after, and its input ended", async () => {
      const process = make("cat; echo end");
      const early = process.write("early ");
      process.start();
      await early;
      await process.write(Buffer.from("and l\u00e4te\n"));
      await process.end();
      await process.wait();
      expect([process.stdout, process.ok]).toEqual(["early and l\u00e4te\nend\n", true]);
    });

    test("written to after its end, it is not ok", async () => {
      const problems: ProcessProblem[] = [];
      const process = await make("true", { stdin: "", onProblem: (problem) => problems.push(problem) }).run();
      await process.write("late");
      await process.write("later");
      expect([process.ok, process.problems, process.writeError?.message]).toEqual([false, ["write"], "It has ended."]);
      expect(problems.map(({ kind, accepted }) => [kind, accepted])).toEqual([["write", false]]);
      const accepted = await make("true", { stdin: "", accept: { write: true } }).run();
      await accepted.write("late");
      expect(accepted.ok).toBe(true);
    });

    test("is reset: ended, forgotten and ready to start again", async () => {
      let resets = 0;
      const process = make('echo "$$"; cat', { onReset: () => resets++ }).start();
      await process.expect("\n");
      await process.expect("never", { timeout: 0 });
      const { pid } = process;
      expect(process.ok).toBe(false);
      await process.reset();
      await isGone(pid);
      expect([process.state.state, process.stdout, process.ok, resets]).toEqual(["new", "", true, 1]);
      await process.start().end();
      await process.wait();
      expect([process.finishedOk, process.stdout.split("\n").length]).toEqual([true, 2]);
    });

    test("tells its handlers, and comes to no harm by them", async () => {
      const told: string[] = [];
      const problems: string[] = [];
      const fail = (what: string) => (): void => {
        told.push(what);
        throw new Error(`${what} is broken`);
      };
      const process = make("echo one; echo two; exit 1", {
        stdin: "",
        onStart: fail("start"),
        onEnd: fail("end"),
        onLine: fail("line"),
        onProblem: ({ kind, message }) => problems.push(`${kind}: ${message}`),
      });
      await process.run();
      expect(process.exitCode).toBe(1);
      expect(told.filter((what) => what !== "line")).toEqual(["start", "end"]);
      expect(told.filter((what) => what === "line").length).toBeGreaterThanOrEqual(2);
      expect(problems).toContain("exitCode: It ended with exit code 1.");
      expect(problems.some((text) => text.includes("start is broken"))).toBe(true);
    });

    test("left, it is ended", async () => {
      let pid: number | undefined;
      {
        await using process = make("sleep 60").start();
        await process.waitForStart();
        pid = process.pid;
        expect(isAlive(pid)).toBe(true);
      }
      await isGone(pid);
    });
  });
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 0);
  } catch {
    return false;
  }
}

/** The whole process group. */
async function isGone(pid: number | undefined): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
}
