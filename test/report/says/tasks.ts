/** The deployfile of a random run: stages, and tasks of all kinds that hang on them. */
import type { App } from "../../../src/dsl/app.ts";
import { TaskError } from "../../../src/errors.ts";

const STAGES = ["start", "work", "finish"];

export const BODIES = [
  "text",
  "text",
  "ahead",
  "reads",
  "function",
  "notes",
  "skips",
  "nothing",
  "executes",
  "asks",
  "confirms",
  "floats",
] as const;

/** Options of a task. Nobody has the role of `nobody`. */
export const PLACES = {
  all: {},
  once: { once: "run" },
  local: { local: true },
  web: { roles: "web" },
  nobody: { roles: "nobody" },
  parallel: { parallel: 1 },
  barrier: { barrier: true },
  leaderFirst: { leaderFirst: true },
  retry: { retry: 1 },
} as const;

export interface TaskShape {
  readonly body: (typeof BODIES)[number];
  /** Hooked onto the stage or task of this number: tasks come after the stages. */
  readonly onto: number;
  readonly place: "before" | "after" | "onFailure" | "always" | "asked";
  readonly placed: keyof typeof PLACES;
  readonly fails: { readonly host: number; readonly how: "exit" | "lost" | "gone" | "hangs" } | undefined;
}

interface WorldOfTasks {
  readonly shapes: readonly TaskShape[];
  readonly rolling: boolean;
}

function targetOf({ onto }: TaskShape, index: number): string {
  const target = onto % (STAGES.length + 1 + index);
  return target < STAGES.length ? (STAGES[target] as string) : target === STAGES.length ? "deploy" : `t${target - 4}`;
}

export function alwaysOf(shapes: readonly TaskShape[]): ReadonlySet<string> {
  const always = new Set<string>();
  for (const [index, each] of shapes.entries()) {
    if (each.place === "asked") continue;
    if (each.place === "always" || always.has(targetOf(each, index))) always.add(`t${index}`);
  }
  return always;
}

export function fill(app: App, { shapes, rolling }: WorldOfTasks, standing: Map<string, string>): void {
  app.flow(
    "deploy",
    STAGES.map((name) => app.task(name, {})),
    rolling ? { rollingFrom: "work" } : {},
  );
  app.task("sub", (t) => t.run("do sub"));
  app.task("dire", { confirm: "Really?" }, (t) => t.run("do dire"));
  for (const [index, each] of shapes.entries()) {
    const name = `t${index}`;
    addTask(app, name, each, standing);
    const target = targetOf(each, index);
    if (each.place === "before") app.before(target, name);
    else if (each.place === "after") app.after(target, name);
    else if (each.place === "onFailure") app.onFailure(target, name);
    else if (each.place === "always") app.always(target, name);
  }
}

function addTask({ task }: App, name: string, { body, placed }: TaskShape, standing: Map<string, string>): void {
  const options = PLACES[placed];
  const note = (t: { host: { id: string }; log: { changed(text: string): void; standing(text: string): void } }): void => {
    t.log.changed(`made ${name}`);
    t.log.changed(`made /srv/${t.host.id}`);
    t.log.standing(`at ${name}`);
    standing.set(placed === "local" ? "local" : t.host.id, `at ${name}`);
  };
  switch (body) {
    case "text":
      return void task(name, { ...options, commands: (t) => [t.cmd(`do ${name}`), t.cmd({ quiet: true })("look")] });
    case "ahead":
      return void task(name, { ...options, commands: (t) => [t.cmd(`do ${name}`)], receive: note, sendAhead: true, states: [] });
    case "reads":
      return void task(name, { ...options, commands: (t) => [t.cmd(`do ${name}`)], receive: note });
    case "nothing":
      return void task(name, { ...options, commands: () => [] });
    case "function":
      return void task(name, options, async (t) => void (await t.run(`do ${name}`)));
    case "skips":
      return void task(name, options, (t) => t.skip());
    case "asks":
      return void task(name, options, async (t) => {
        if (!(await t.ui.confirm("Go on?"))) throw new TaskError("Somebody said no.");
        t.log.info(`goes on with ${name}`);
      });
    case "floats":
      return void task(name, options, (t) => {
        t.log.debug(`forgets ${name}`);
        void t.run(`do ${name}`);
      });
    case "confirms":
      return void task(name, options, async (t) => void (await t.execute("dire")));
    case "executes":
      return void task(name, options, async (t) => {
        await t.execute("sub");
        await t.run(`do ${name}`);
      });
    default:
      return void task(name, options, (t) => note(t));
  }
}
