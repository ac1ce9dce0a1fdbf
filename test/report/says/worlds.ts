/** Random runs: hosts, tasks, hooks, flows, failures, interruptions. They are really run, on hosts in memory. */
import fc from "fast-check";
import { UsageError } from "../../../src/errors.ts";
import type { Plan } from "../../../src/graph/plan.ts";
import type { RunEvent } from "../../../src/runner/events.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import { rig } from "../../runner/rig.ts";
import { alwaysOf, BODIES, fill, PLACES, type TaskShape } from "./tasks.ts";

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
  /** What is asked is answered so. */
  readonly answer: boolean;
  /** Of the screen: on a small one, things are folded. */
  readonly rows: number;
}

const shape: fc.Arbitrary<TaskShape> = fc.record({
  body: fc.constantFrom(...BODIES),
  onto: fc.nat(7),
  place: fc.constantFrom("before", "before", "after", "onFailure", "always", "always", "asked"),
  placed: fc.constantFrom("all", "all", ...(Object.keys(PLACES) as (keyof typeof PLACES)[])),
  fails: fc.option(
    fc.record({ host: fc.nat(5), how: fc.constantFrom("exit", "exit", "exit", "lost", "gone", "gone", "hangs") }),
    {
      nil: undefined,
      freq: 3,
    },
  ),
});

export const worlds: fc.Arbitrary<World> = fc.record({
  hosts: fc.integer({ min: 1, max: 6 }),
  shapes: fc.array(shape, { minLength: 1, maxLength: 7 }),
  rolling: fc.boolean(),
  batch: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 }),
  parallel: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 2 }),
  fuse: fc.boolean(),
  dryRun: fc.constantFrom(false, false, false, false, false, true),
  skipUnreachable: fc.boolean(),
  unreachable: fc.option(fc.nat(5), { nil: undefined, freq: 2 }),
  interrupts: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(fc.nat(60), { minLength: 1, maxLength: 3 })),
  answer: fc.boolean(),
  rows: fc.constantFrom(8, 60),
});

/** What seldom comes about by chance: a host is lost for good, on which a hook would have freed something. */
export const RARE: readonly World[] = [
  {
    ...{ hosts: 2, rolling: false, batch: undefined, parallel: undefined, fuse: true, dryRun: false, skipUnreachable: false },
    ...{ unreachable: undefined, interrupts: [], answer: true, rows: 60 },
    shapes: [
      { body: "text", onto: 1, place: "before", placed: "all", fails: { host: 0, how: "gone" } },
      { body: "text", onto: 3, place: "always", placed: "all", fails: undefined },
    ],
  },
];

/** What came of a world. */
export interface Played {
  readonly world: World;
  readonly events: readonly RunEvent[];
  readonly result: RunResult;
  readonly asked: readonly string[];
  /** What was to be done, before hosts were left out. */
  readonly whole: Plan;
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

/** Each look at the clock takes so many milliseconds. */
const STEP_MS = 37;

export async function play(world: World): Promise<Played> {
  const standing = new Map<string, string>();
  const names = Array.from({ length: world.hosts }, (_, index) => nameOf(index));
  let heard = 0;
  const { shapes, batch, parallel, fuse, dryRun, skipUnreachable, unreachable } = world;
  const interrupts = world.interrupts.toSorted((a, b) => a - b);
  /** As a terminal asks: meanwhile, other hosts go on. */
  const question = async (): Promise<boolean> => {
    told({ kind: "prompt", state: "opened" });
    await new Promise(setImmediate);
    told({ kind: "prompt", state: "closed" });
    return world.answer;
  };
  const all: RunEvent[] = [];
  let time = 0;
  const told = (event: RunEvent): void => void all.push(event);
  const { run, memory, control, interrupt, plan } = rig((app) => fill(app, world, standing), {
    hosts: names.map((name, index) => `${name}:${index % 2 === 0 ? "web" : "db"}`).join(" "),
    options: {
      ...{ batch, parallel, fuse, dryRun, skipUnreachable },
      now: () => (time += STEP_MS),
      confirm: async () => {
        if (!(await question())) throw new UsageError("NOT_CONFIRMED", "Nothing was done, as this was not confirmed.");
      },
    },
    prompter: { confirm: question },
    onEvent: (event) => {
      told(event);
      const number = heard++;
      if (event.kind === "runFinished") return;
      for (const at of interrupts) if (at === number) interrupt();
    },
  });
  if (unreachable !== undefined) memory.refuse(nameOf(unreachable));
  for (const transport of [memory, control]) transport.reply("look", { stdout: "seen\n" });
  let typed = 0;
  for (const [index, { fails }] of shapes.entries()) {
    if (fails === undefined) continue;
    const reply = {
      exit: { exitCode: 3, stderr: "boom\n" },
      lost: { lost: true },
      gone: ({ host }: { readonly host: { readonly id: string } }) => {
        memory.refuse(host.id);
        return { lost: true };
      },
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
    all.flatMap((event) =>
      event.kind === "message" && event.text.startsWith("The run goes on without") ? (event.host ?? []) : [],
    ),
  );
  return { world, events: all, result, asked, whole: plan(asked), plan: plan(asked, left), always: alwaysOf(shapes), standing };
}
