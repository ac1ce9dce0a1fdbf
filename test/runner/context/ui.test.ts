import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { TaskContext, Ui } from "../../../src/runner/context.ts";
import type { Prompter } from "../../../src/runner/prompter.ts";
import { failures, latch, type RigOptions, rig } from "../rig.ts";

type Kind = "ask" | "confirm" | "choice";
type Options = { readonly each?: boolean };

/** Each kind of question, and what is answered the first time, the second time and so on. */
const KINDS: readonly (readonly [Kind, (ui: Ui, text: string, options?: Options) => Promise<unknown>, readonly unknown[]])[] = [
  ["ask", (ui, text, options) => ui.ask(text, options), ["one", "two", "three"]],
  ["confirm", (ui, text, options) => ui.confirm(text, options), [true, false, true]],
  ["choice", (ui, text, options) => ui.choice(text, ["a", "b", "c"], options), ["c", "a", "b"]],
];

/** Answers in turn, a moment later; keeps what it was asked. */
function prompter(answers: readonly unknown[]): Prompter & { readonly asked: string[] } {
  const asked: string[] = [];
  const next = async (text: string, about: string | undefined): Promise<never> => {
    asked.push(about === undefined ? text : `[${about}] ${text}`);
    const answer = answers[asked.length - 1];
    await new Promise((resolve) => setImmediate(resolve));
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`asked too often: ${text}`);
    return answer as never;
  };
  return {
    asked,
    ask: (text, { about } = {}) => next(text, about),
    confirm: (text, { about } = {}) => next(text, about),
    choice: (text, _, { about } = {}) => next(text, about),
  };
}

type Body = (t: TaskContext) => Promise<unknown>;

/** Runs `body` as a task; what it returns is kept by host, in order. */
async function inTask(body: Body, given: RigOptions & { readonly answers: readonly unknown[]; readonly task?: object }) {
  const desk = prompter(given.answers);
  const got: Record<string, unknown[]> = {};
  const made = rig(
    ({ task }) => {
      task("work", given.task ?? {}, async (t: TaskContext) => {
        const answer = await body(t);
        got[t.host.id] = [...(got[t.host.id] ?? []), answer];
      });
    },
    { prompter: desk, ...given },
  );
  const result = await made.run("work");
  return { ...made, result, asked: desk.asked, got };
}

describe("a choice", () => {
  it.each<[unknown, object, string]>([
    [[], {}, "ui.choice: there is nothing to choose from: Q?"],
    ["red", {}, "ui.choice: there is nothing to choose from: Q?"],
    [["red"], { default: "blue" }, 'ui.choice: the default "blue" is no choice: Q?'],
  ])("of %j with %j is refused, not asked for ever", async (choices, how, message) => {
    const { asked, result } = await inTask((t) => t.ui.choice("Q?", choices as string[], how), {
      answers: ["red"],
      hosts: "web1",
    });
    expect([asked, failures(result)]).toEqual([[], [expect.stringContaining(message)]]);
  });
});

describe.each(KINDS)("%s", (_, put, answers) => {
  it("is asked once for all hosts of the task, and says for which", async () => {
    const { asked, got, result } = await inTask((t) => put(t.ui, "Q?"), { answers });
    expect([asked, got, result.ok]).toEqual([["[web1, web2] Q?"], { web1: [answers[0]], web2: [answers[0]] }, true]);
  });

  it("is asked once for hosts that come later, too", async () => {
    const { asked, got } = await inTask((t) => put(t.ui, "Q?"), { answers, task: { parallel: 1 } });
    expect([asked.length, got]).toEqual([1, { web1: [answers[0]], web2: [answers[0]] }]);
  });

  it("is asked of each host by its name, when it says `each`", async () => {
    const { asked, got } = await inTask((t) => put(t.ui, "Q?", { each: true }), { answers });
    expect(asked).toEqual(["[web1] Q?", "[web2] Q?"]);
    expect(got).toEqual({ web1: [answers[0]], web2: [answers[1]] });
  });

  it("names the only host with `each` alone", async () => {
    const ask: Body = async (t) => [await put(t.ui, "Q?"), await put(t.ui, "Q?", { each: true })];
    const { asked } = await inTask(ask, { answers, hosts: "web1" });
    expect(asked).toEqual(["Q?", "[web1] Q?"]);
  });

  it("asked again by the same host is another question, which all share", async () => {
    const ask: Body = async (t) => [await put(t.ui, "Q?"), await put(t.ui, "Q?"), await put(t.ui, "Other?")];
    const { asked, got } = await inTask(ask, { answers });
    expect(asked.length).toBe(3);
    expect(got).toEqual({ web1: [answers], web2: [answers] });
  });

  it("has the answers that it had, when its body is tried again", async () => {
    const seen: unknown[] = [];
    const ask: Body = async (t) => {
      seen.push([await put(t.ui, "Q?"), await put(t.ui, "Q?", { each: true })]);
      if (seen.length === 1) throw new Error("not yet");
    };
    const { asked } = await inTask(ask, { answers, hosts: "web1", task: { retry: 1 } });
    expect([asked.length, seen]).toEqual([2, [answers.slice(0, 2), answers.slice(0, 2)]]);
  });

  it("that is abandoned fails all who wait with one error, and is open again for who tries again", async () => {
    const gone = new Error("nobody there");
    const all = await inTask((t) => put(t.ui, "Q?"), { answers: [gone, ...answers] });
    expect([all.asked.length, failures(all.result)]).toEqual([1, ["web1 work: nobody there", "web2 work: nobody there"]]);
    const again = await inTask((t) => put(t.ui, "Q?"), { answers: [gone, ...answers], task: { retry: 1 } });
    expect([again.asked.length, again.got]).toEqual([2, { web1: [answers[0]], web2: [answers[0]] }]);
  });

  it("of the context of another host is that host's", async () => {
    const ask =
      (options: Options): Body =>
      (t) =>
        Promise.all(t.hosts.map((host) => put(t.on(host).ui, "Q?", options)));
    const shared = await inTask(ask({}), { answers, task: { local: true } });
    expect([shared.asked, Object.values(shared.got)]).toEqual([["Q?"], [[[answers[0], answers[0]]]]]);
    const each = await inTask(ask({ each: true }), { answers, task: { local: true } });
    expect(each.asked).toEqual(["[web1] Q?", "[web2] Q?"]);
  });
});

describe("a question", () => {
  it("with other choices, another default or of another task is another one", async () => {
    const desk = prompter(["a", "a", "a", "a"]);
    const { run } = rig(
      ({ task }) => {
        task("one", async ({ ui, host }) => {
          await ui.choice("Q?", host.id === "web1" ? ["a", "b"] : ["a"]);
          await ui.ask("Q?", { default: "a" });
        });
        task("two", ({ ui }) => ui.ask("Q?", { default: "a" }));
      },
      { prompter: desk },
    );
    expect([(await run("one", "two")).ok, desk.asked.length]).toEqual([true, 4]);
  });

  it("of a task that comes once for each group is asked for each group, one of its hosts once for all groups", async () => {
    const desk = prompter([true, true, true]);
    const { run } = rig(
      (app) => {
        const { task, flow } = app;
        flow("roll", [task("first", {}), task("second", {})], { rollingFrom: "first" } as never);
        app.after(
          "first",
          task("gate", { local: true }, ({ ui }) => ui.confirm("Next?")),
        );
        app.after(
          "second",
          task("on", ({ ui }) => ui.confirm("On?")),
        );
      },
      { prompter: desk, options: { batch: 1 } },
    );
    expect([(await run("roll")).ok, desk.asked]).toEqual([true, ["Next?", "[web1, web2] On?", "Next?"]]);
  });

  it("of a task that another one executes is asked for each time, and shared by the hosts", async () => {
    const desk = prompter([true, false]);
    const { run } = rig(
      ({ task }) => {
        task("x", ({ ui }) => ui.confirm("Q?"));
        task("go", async (t) => {
          await t.execute("x");
          await t.execute("x");
        });
      },
      { prompter: desk },
    );
    expect([(await run("go")).ok, desk.asked.length]).toEqual([true, 2]);
  });

  it("is withdrawn when nobody waits for it any more, and not before", async () => {
    const signals: AbortSignal[] = [];
    const begun = latch();
    const { run } = rig(
      ({ task }) => {
        task("work", { timeout: 20 }, async ({ ui }) => {
          const answer = ui.ask("Q?");
          begun.open();
          await answer;
        });
      },
      {
        prompter: {
          ask: (_, { signal } = {}) => {
            signals.push(signal as AbortSignal);
            return new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
          },
        },
      },
    );
    const running = run("work");
    await begun.opened;
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    expect((await running).ok).toBe(false);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("that is not waited for ends before its task does, which warns", async () => {
    const { result, of } = await inTask(async (t) => void t.ui.ask("Q?"), { answers: ["a"], hosts: "web1" });
    expect([result.ok, of("message").map(({ text }) => text)]).toEqual([true, [expect.stringContaining("`await` is missing")]]);
  });

  it("of yes or no is answered with yes where that was said before, which is told; others are asked", async () => {
    const ask: Body = async (t) => [await t.ui.confirm("Go?"), await t.ui.confirm("Sure?", { default: false, each: true })];
    const { asked, got, of } = await inTask(ask, { answers: [], options: { yes: true } });
    expect([asked, got]).toEqual([[], { web1: [[true, true]], web2: [[true, true]] }]);
    expect(of("message").map(({ level, host, task, text }) => [level, host, task, text])).toEqual([
      ["info", undefined, "work", "[web1, web2] Go? yes (--yes)"],
      ["info", "web1", "work", "Sure? yes (--yes)"],
      ["info", "web2", "work", "Sure? yes (--yes)"],
    ]);
    const others = await inTask((t) => t.ui.ask("Who?"), { answers: ["me"], options: { yes: true } });
    expect(others.asked).toEqual(["[web1, web2] Who?"]);
  });

  it("that is secret gives one secret for all, which is hidden from then on", async () => {
    const given: Secret[] = [];
    const ask: Body = async (t) => {
      given.push(await t.ui.ask("Token", { secret: true }));
      t.log.info("it is hunter2-token");
    };
    const { of } = await inTask(ask, { answers: ["hunter2-token"] });
    expect(given.map((secret) => secret instanceof Secret && secret.reveal())).toEqual(["hunter2-token", "hunter2-token"]);
    expect(new Set(of("message").map(({ text }) => text))).toEqual(new Set(["it is [redacted]"]));
  });

  it("that is secret may have a secret for its default", async () => {
    const given: string[] = [];
    const ask: Body = async (t) => {
      for (const fallback of ["plain", new Secret("hidden")])
        given.push((await t.ui.ask("Token", { secret: true, default: fallback })).reveal());
    };
    const { run } = rig(({ task }) => void task("work", (t) => ask(t)), { hosts: "web1" });
    expect([(await run("work")).ok, given]).toEqual([true, ["plain", "hidden"]]);
  });
});
