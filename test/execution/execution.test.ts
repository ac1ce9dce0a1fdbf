import { describe, expect, it } from "vitest";
import type { App } from "../../src/dsl/app.ts";
import { createExecution, type Execution, type ExecutionOptions, type Work } from "../../src/execution/execution.ts";
import { fillApp } from "../../src/prepare/filled-app.ts";
import { prepareRun } from "../../src/prepare/prepare-run.ts";
import { createProblemBook } from "../../src/prepare/problem-book.ts";
import type { RunEvent } from "../../src/runner/events.ts";

/** The work of one task on this machine, reached as a host. */
async function workOf(fill: (app: App) => void, task: string): Promise<Work> {
  const app = await fillApp((filled) => {
    filled.role("web", [{ host: "here", transport: "local" }]);
    fill(filled);
  });
  const request = { roles: ["web"], tasks: [task], set: [], dryRun: false };
  return { ...(await prepareRun(app, request, createProblemBook(app.problems))), graph: app.sealed.graph };
}

async function within<T>(
  options: Partial<ExecutionOptions>,
  use: (execution: Execution) => Promise<T>,
): Promise<{ readonly outcome: T; readonly events: readonly RunEvent[] }> {
  const events: RunEvent[] = [];
  const env = { PATH: process.env["PATH"] };
  const execution = createExecution({ cwd: "/", env, emit: (event) => void events.push(event), ...options });
  try {
    return { outcome: await use(execution), events };
  } finally {
    await execution.close();
  }
}

describe("an execution", () => {
  it("runs a plan with nothing of a process or a terminal", async () => {
    const work = await workOf(({ task }) => task("greet", { commands: (t) => [t.cmd`echo hello`] }), "greet");
    const { outcome, events } = await within({}, (execution) => execution.run(work));
    expect(outcome.ok).toBe(true);
    expect(events.flatMap((event) => (event.kind === "commandOutput" ? [event.text] : []))).toEqual(["hello\n"]);
  });

  it("runs one plan after another, and several at the same time, each with an id of its own", async () => {
    const work = await workOf(({ task }) => task("look", { commands: (t) => [t.cmd`true`] }), "look");
    const { outcome, events } = await within({}, async ({ run }) => {
      const first = await run(work);
      return [first, ...(await Promise.all([run(work), run(work)]))];
    });
    expect(outcome.map(({ ok }) => ok)).toEqual([true, true, true]);
    const ids = events.flatMap((event) => (event.kind === "runStarted" ? [event.runId] : []));
    expect(new Set(ids).size).toBe(3);
  });

  it("asks for a password once for all hosts, by program, user and host", async () => {
    const questions: string[] = [];
    const askSecret = async (question: string): Promise<string> => `answer ${questions.push(question)}`;
    const work = await workOf(({ task, env }) => {
      env.set({ becomeMethod: "su", suPassword: true });
      task("work", async (t) => {
        for (const user of ["nobody", "daemon", "nobody"])
          await t.as(user).run({ acceptError: true, quiet: true })`true`.catch(() => undefined);
      });
    }, "work");
    await within({ askSecret }, (execution) => execution.run(work));
    expect(questions).toEqual(
      ["nobody", "daemon"].map((user) => `Password for su, to run as ${user} on here and all other hosts`),
    );
  });

  it("keeps a connection from one run to the next, and cancels a run without a signal of the process", async () => {
    const work = await workOf(({ task }) => task("look", { commands: (t) => [t.cmd`true`] }), "look");
    const { outcome, events } = await within({}, async ({ run }) => [
      await run(work),
      await run(work),
      await run({ ...work, signal: AbortSignal.abort(new Error("somebody else did it")) }),
    ]);
    expect(outcome.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(events.filter(({ kind }) => kind === "hostConnecting")).toHaveLength(1);
    expect(outcome[2]).toMatchObject({
      interrupted: "cancel",
      failures: [{ error: { message: "Cancelled: somebody else did it" } }],
    });
  });

  it("asks nobody where there is nobody: a question without a default fails its task", async () => {
    const work = await workOf(({ task }) => task("ask", async ({ ui }) => void (await ui.ask("Which one?"))), "ask");
    const { outcome } = await within({}, (execution) => execution.run(work));
    expect(outcome.failures.map(({ error }) => error.message)).toEqual([expect.stringContaining("Which one?")]);
  });

  it("tells local commands the runs that they are part of", async () => {
    const work = await workOf(({ task }) => task("show", { local: true, commands: (t) => [t.cmd`echo $FAKE_RUN`] }), "show");
    const env = { PATH: process.env["PATH"], FAKE_RUN: "outer" };
    const { outcome, events } = await within({ env }, async (execution) => {
      await execution.run({ ...work, runId: execution.runId });
      return execution.runId;
    });
    expect(events.flatMap((event) => (event.kind === "commandOutput" ? [event.text] : []))).toEqual([`outer ${outcome}\n`]);
  });
});
