/** Random runs: hosts, tasks, hooks, flows, failures, interruptions. They are really run, on hosts in memory. */
import fc from "fast-check";
import type { App } from "../../../src/dsl/app.ts";
import type { Plan } from "../../../src/graph/plan.ts";
import type { RunEvent } from "../../../src/runner/events.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import { rig } from "../../runner/rig.ts";

interface TaskShape {
  readonly body: "text" | "ahead" | "reads" | "function" | "notes" | "skips" | "nothing" | "executes";
  /** Hooked onto the stage or task of this number: tasks come after the stages. */
  readonly onto: number;
  readonly place: "before" | "after" | "onFailure" | "always" | "asked";
  readonly placed: "all" | "once" | "local" | "web" | "parallel" | "barrier" | "leaderFirst" | "retry";
  readonly fails: { readonly host: number; readonly how: "exit" | "lost" | "hangs" } | undefined;
}

export interface World {
  readonly hosts: number;
  readonly shapes: readonly TaskShape[];
  readonly rolling: boolean;
  readonly batch: number | undefined;
  readonly parallel: number | undefined;
  readonly fuse: boolean;
  readonly dryRun: boolean;
  readonly skipUnreachable: boolean;
  readonly unreachable: number | undefined;
  /** Events after which ctrl-C is typed. */
  readonly interrupts: readonly number[];
}

const STAGES = ["start", "work", "finish"];

const shape: fc.Arbitrary<TaskShape> = fc.record({
  body: fc.constantFrom("text", "text", "ahead", "reads", "function", "notes", "skips", "nothing", "executes"),
  onto: fc.nat(7),
  place: fc.constantFrom("before", "before", "after", "onFailure", "always", "asked"),
  placed: fc.constantFrom("all", "all", "all", "once", "local", "web", "parallel", "barrier", "leaderFirst", "retry"),
  fails: fc.option(fc.record({ host: fc.nat(5), how: fc.constantFrom("exit", "exit", "exit", "lost", "hangs") }), {
    nil: undefined,
    freq: 3,
  }),
});

export const worlds: fc.Arbitrary<World> = fc.record({
  hosts: fc.integer({ min: 1, max: 6 }),
  shapes: fc.array(shape, { minLength: 1, maxLength: 7 }),
  rolling: fc.boolean(),
  batch: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 1 }),
  parallel: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 1 }),
  fuse: fc.boolean(),
  dryRun: fc.constantFrom(false, false, false, false, false, true),
  skipUnreachable: fc.boolean(),
  unreachable: fc.option(fc.nat(5), { nil: undefined, freq: 1 }),
  interrupts: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(fc.nat(60), { minLength: 1, maxLength: 3 })),
});

/** What came of a world. */
export interface Played {
  readonly world: World;
  readonly events: readonly RunEvent[];
  readonly result: RunResult;
  readonly plan: Plan;
  /** Names of tasks that run whatever happens, with what hangs on them. */
  readonly always: ReadonlySet<string>;
  /** What hosts last said of where they stand. */
  readonly standing: ReadonlyMap<string, string>;
}

/** One host's name is the beginning of another's. */
function nameOf(index: number): string {
  return index === 0 ? "app1" : `app1${index}`;
}

export async function play(world: World): Promise<Played> {
  const standing = new Map<string, string>();
  const names = Array.from({ length: world.hosts }, (_, index) => nameOf(index));
  let heard = 0;
  const { shapes, batch, parallel, fuse, dryRun, skipUnreachable, unreachable } = world;
  const interrupts = world.interrupts.toSorted((a, b) => a - b);
  const { run, memory, control, interrupt, events, plan } = rig((app) => fill(app, world, standing), {
    hosts: names.map((name, index) => `${name}:${index % 2 === 0 ? "web" : "db"}`).join(" "),
    options: { batch, parallel, fuse, dryRun, skipUnreachable },
    onEvent: (event) => {
      const number = heard++;
      if (event.kind === "runFinished") return;
      for (const at of interrupts) if (at === number) interrupt();
    },
  });
  if (unreachable !== undefined) memory.refuse(nameOf(unreachable));
  let typed = 0;
  for (const [index, { fails }] of shapes.entries()) {
    if (fails === undefined) continue;
    const reply = {
      exit: { exitCode: 3, stderr: "boom\n" },
      lost: { lost: true },
      hangs: () => {
        if (interrupts.length > 0 || typed++ > 0) return {};
        setImmediate(() => {
          interrupt();
          interrupt();
        });
        return { hangs: true };
      },
    }[fails.how];
    for (const [transport, host] of [
      [memory, nameOf(fails.host)],
      [control, "local"],
    ] as const)
      transport.reply(`do t${index}`, reply, { host });
  }
  const asked = ["deploy", ...shapes.flatMap(({ place }, index) => (place === "asked" ? [`t${index}`] : []))];
  const result = await run(...asked);
  const left = new Set(
    events.flatMap((event) =>
      event.kind === "message" && event.text.startsWith("The run goes on without") ? (event.host ?? []) : [],
    ),
  );
  return { world, events, result, plan: plan(asked, left), always: alwaysOf(shapes), standing };
}

function targetOf({ onto }: TaskShape, index: number): string {
  const target = onto % (STAGES.length + 1 + index);
  return target < STAGES.length ? (STAGES[target] as string) : target === STAGES.length ? "deploy" : `t${target - 4}`;
}

function alwaysOf(shapes: readonly TaskShape[]): ReadonlySet<string> {
  const always = new Set<string>();
  for (const [index, each] of shapes.entries()) {
    if (each.place === "asked") continue;
    if (each.place === "always" || always.has(targetOf(each, index))) always.add(`t${index}`);
  }
  return always;
}

function fill(app: App, { shapes, rolling }: World, standing: Map<string, string>): void {
  app.flow(
    "deploy",
    STAGES.map((name) => app.task(name, {})),
    rolling ? { rollingFrom: "work" } : {},
  );
  app.task("sub", (t) => t.run("do sub"));
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
  const options = {
    ...{ all: {}, once: { once: "run" }, local: { local: true }, web: { roles: "web" }, parallel: { parallel: 1 } }[
      placed as "all"
    ],
    ...{ barrier: { barrier: true }, leaderFirst: { leaderFirst: true }, retry: { retry: 1 } }[placed as "barrier"],
  };
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
    case "executes":
      return void task(name, options, async (t) => {
        await t.execute("sub");
        await t.run(`do ${name}`);
      });
    default:
      return void task(name, options, (t) => note(t));
  }
}
