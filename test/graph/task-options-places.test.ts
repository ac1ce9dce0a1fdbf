/** Every option of a task, in every place where one can be written: it is obeyed, or refused with the place. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { App, FlowOptions, TaskDefinition } from "../../src/dsl/app.ts";
import { createApp } from "../../src/dsl/create-app.ts";
import type { SealedApp } from "../../src/dsl/sealed-app.ts";
import { planFor, planHooks } from "../../src/graph/build-plan.ts";
import { drawTasks } from "../../src/graph/draw.ts";
import { questionsOf } from "../../src/graph/questions.ts";
import { defineDeployfile } from "../../src/index.ts";
import { createTestRun, type TestRun, type TestRunOptions } from "../../src/testing.ts";
import { hosts, show } from "./tiny.ts";

type Options = TaskDefinition & FlowOptions;
type Option = keyof Required<Options>;

const body = async (t: { run(text: string): Promise<unknown> }): Promise<unknown> => t.run("it");
const text = { commands: (t: { cmd(text: string): never }) => [t.cmd("it")] } as unknown as Options;
const stages = ({ flow, task, after }: App, options: Options) => {
  flow("it", [task("s", {})], options);
  after("s", task("work", body as never));
};

/** Where the options of the task `it` stand. It runs the command `it`, but where it has no body. */
const PLACES: Readonly<Record<string, (app: App, options: Options) => unknown>> = {
  "a task": ({ task }, options) => task("it", options, body as never),
  "a text body": ({ task }, options) => task("it", { ...text, ...options }),
  "a stage": ({ task, after }, options) => [task("it", options), after("it", task("work", { repeat: true }, body as never))],
  "a flow": stages,
  "a replaced task": ({ task, replace }, options) => [task("it", body as never), replace("it", options)],
  "a replaced text body": ({ task, replace }, options) => [task("it", text), replace("it", options)],
  "a replaced flow": (app, options) => [stages(app, {}), app.replace("it", options)],
  "a replaced body": ({ task, replace }, options) => [task("it", () => {}), replace("it", options, body as never)],
};
const NO_BODY = ["a stage", "a flow", "a replaced flow"];
const NO_TEXT = Object.keys(PLACES).filter((place) => place !== "a text body");
const NO_FLOW = Object.keys(PLACES).filter((place) => place !== "a flow");

interface World {
  readonly sealed: SealedApp;
  /** The plan in short: web1 and web2 are of the role web, db1 of db. */
  plan(...tasks: string[]): string;
  run(options?: Partial<TestRunOptions>): Promise<TestRun>;
}

interface Row {
  readonly value: unknown;
  /** Places where it would have no effect. */
  readonly refused?: readonly string[];
  /** Options that it goes with. */
  readonly besides?: Options;
  readonly obeyed: (world: World) => unknown;
}

const count = (run: TestRun): number => run.memory.records.filter(({ text }) => text === "it").length;
const hang = { it: { hangs: true } };
/** With what goes with it: shown by the tests of text bodies. */
const ofText = (value: unknown): Row => ({
  value,
  refused: NO_TEXT,
  obeyed: ({ sealed }) => expect(sealed.graph.get("it").body).toHaveProperty("kind", "commands"),
});

/** A new option does not compile until it has a row. */
const ROWS: { readonly [K in Option]: Row } = {
  desc: { value: "Says it", obeyed: ({ sealed }) => expect(drawTasks(sealed.graph, ["it"], "tree")).toContain("it  Says it") },
  roles: { value: "db", refused: NO_BODY, obeyed: ({ plan }) => expect(plan("it")).toBe("it@db1") },
  hosts: {
    value: ["db1"],
    obeyed: async ({ run }) => expect((await run({})).result.hosts.map(({ host }) => host)).toEqual(["db1"]),
  },
  once: { value: "run", refused: NO_BODY, obeyed: ({ plan }) => expect(plan("it")).toBe("it@web1") },
  local: { value: true, refused: NO_BODY, obeyed: ({ plan }) => expect(plan("it")).toBe("it@local") },
  needs: { value: ["x"], obeyed: ({ plan }) => expect(plan("it")).toMatch(/^x( \||) (it|work)$/) },
  aliases: { value: ["alias"], obeyed: ({ plan }) => expect(plan("alias")).toBe(plan("it")) },
  hidden: { value: true, obeyed: ({ sealed }) => expect(sealed.words()).not.toContain("it") },
  notAlone: { value: "Type x.", obeyed: async ({ run }) => await expect(run({ all: true })).rejects.toThrow("Type x.") },
  confirm: {
    value: "Sure?",
    obeyed: ({ sealed: { graph } }) =>
      expect(questionsOf(graph, planFor(graph, ["it"], hosts("a")))).toMatchObject([{ text: "Sure?" }]),
  },
  timeout: {
    value: "20ms",
    refused: NO_BODY,
    obeyed: async ({ run }) =>
      expect((await run({ all: true, replies: hang })).result.failures[0]?.error.message).toContain("20ms"),
  },
  parallel: {
    value: 1,
    refused: NO_BODY,
    obeyed: async ({ run }) => expect(count(await run({ all: true, replies: { it: { exitCode: 1 } } }))).toBe(1),
  },
  retry: {
    value: 2,
    refused: NO_BODY,
    obeyed: async ({ run }) => expect(count(await run({ hosts: ["db1"], replies: { it: { exitCode: 1 } } }))).toBe(3),
  },
  repeat: { value: true, obeyed: ({ plan }) => expect(plan("two").match(/it|work/g)).toHaveLength(2) },
  barrier: { value: true, obeyed: ({ plan }) => expect(plan("behind")).toContain("x | ") },
  leaderFirst: { value: true, refused: NO_BODY, obeyed: ({ plan }) => expect(plan("it")).toBe("it@db1 | it@web1,web2") },
  prefetch: {
    value: ["region"],
    obeyed: ({ sealed: { graph } }) => {
      expect(planFor(graph, ["it"], hosts("a")).prefetch).toEqual(["region"]);
      expect(planHooks(graph, "onFailure", ["it"], hosts("a")).prefetch).toEqual(["region"]);
    },
  },
  args: {
    value: z.object({ to: z.string() }),
    obeyed: async ({ run }) => await expect(run({ all: true })).rejects.toThrow("needs to:"),
  },
  sets: {
    value: () => ({ nowhere: 1 }),
    obeyed: async ({ run }) => await expect(run({ all: true })).rejects.toThrow("`nowhere` (-s) is not a setting"),
  },
  waitBetween: {
    value: "30ms",
    refused: NO_BODY,
    besides: { parallel: 1 },
    async obeyed({ run }) {
      const since = performance.now();
      await run({ all: true });
      expect(performance.now() - since).toBeGreaterThan(55);
    },
  },
  readOnly: {
    value: true,
    refused: NO_BODY,
    obeyed: async ({ run }) =>
      expect((await run({ all: true, replies: { it: { exitCode: 1 } } })).result.failures[0]?.phase).toBe("check"),
  },
  look: {
    value: () => ({ data: "seen" }),
    obeyed: async ({ sealed }) => expect(await sealed.lookOf("it")?.({} as never)).toEqual({ data: "seen" }),
  },
  rollingFrom: {
    value: "s",
    refused: NO_FLOW,
    obeyed: ({ sealed: { graph } }) => expect(planFor(graph, ["it"], hosts("a")).sections[0]?.rolling).toBe(true),
  },
  commands: {
    value: text.commands,
    refused: ["a task", "a flow", "a replaced body"],
    obeyed: async ({ sealed, run }) => {
      expect(sealed.graph.get("it").body?.kind).toBe("commands");
      expect(count(await run({ hosts: ["db1"] }))).toBeGreaterThan(0);
    },
  },
  receive: ofText(() => undefined),
  sendAhead: ofText(true),
  states: ofText(["region"]),
  explain: ofText(() => undefined),
};

function world(place: string, options: Options) {
  const deployfile = defineDeployfile<{ region: string }>((app) => {
    app.env.set({ region: "eu" });
    app.role("web", ["web1", "web2"]);
    app.role("db", ["db1"]);
    app.task("x", () => {});
    PLACES[place]?.(app as App, options);
    app.task("y", { needs: ["it"] }, () => {});
    app.task("z", { needs: ["it"] }, () => {});
    app.task("two", { needs: ["y", "z"] }, () => {});
    app.task("behind", { needs: ["x", "it"] }, () => {});
  });
  let line = 0;
  const { app, seal } = createApp({ locate: () => ({ file: "deployfile.ts", line: ++line }) });
  deployfile(app as never);
  const sealed = seal();
  return {
    sealed,
    plan: (...tasks: string[]) => show(planFor(sealed.graph, tasks, hosts("web1:web web2:web db1:db"))),
    run: (options: Partial<TestRunOptions> = {}) => createTestRun(deployfile as never, { ...options, tasks: ["it"] }),
  };
}

describe.each(Object.entries(ROWS))("the option %s", (option, { value, besides, refused = [], obeyed }) => {
  it.each(Object.keys(PLACES))("in %s", async (place) => {
    const made = world(place, { ...besides, [option]: value } as Options);
    const problems = made.sealed.problems();
    if (!refused.includes(place)) {
      expect(problems).toEqual([]);
      await obeyed(made);
    } else {
      expect(problems.map(({ message }) => message).join("\n")).toMatch(new RegExp(`${option}|body|bodies`));
      for (const { where } of problems) expect(where?.file).toBe("deployfile.ts");
      expect(problems.length).toBeGreaterThan(0);
    }
  });
});
