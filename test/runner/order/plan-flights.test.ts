import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import type { PlannedFlights } from "../../../src/runner/order/plan-flights.ts";
import { counted } from "../counted-flights.ts";
import { rig } from "../rig.ts";
import { asked, recipe, shape } from "../shapes.ts";

/** What web1 is sent, a list of tasks for each flight. */
function flightsTo(host: string, planned: PlannedFlights): (readonly string[])[] {
  return planned.flatMap((lanes) =>
    lanes
      .filter((lane) => lane.host === host)
      .flatMap(({ flights }) => flights.filter(({ kind }) => kind === "commands").map(({ tasks }) => tasks)),
  );
}

describe("the flights of a plan", () => {
  it.each(["web1", "web1 web2"])("are those of the run, for anything that runs without a failure on %s", async (hosts) => {
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 7 }), async (shapes) => {
        // Functions send what they like, and a task that accepts nothing sends nothing.
        const texts = shapes.map((each) => ({
          ...each,
          fails: undefined,
          body: each.body === "function" ? ("text" as const) : each.body,
        }));
        const made = counted(recipe(texts), { hosts });
        const planned = await made.planned(...asked(texts));
        expect(made.memory.records).toEqual([]);
        expect((await made.run(...asked(texts))).ok).toBe(true);
        expect(flightsTo("web1", planned)).toHaveLength(made.flights.length);
      }),
      { numRuns: 150 },
    );
  });

  const facts = ({ task, before: hookBefore, settings }: App): void => {
    const fact = { kind: "fact", schema: undefined, desc: "", default: undefined, example: undefined, required: false } as const;
    settings({ first: fact, second: fact });
    const reads = (key: string) => ({
      commands: (t: never) => [
        (t as { cmd(text: string): never; env: Record<string, string> }).cmd(
          `use ${(t as { env: Record<string, string> }).env[key]}`,
        ),
      ],
    });
    task("a", {
      commands: (t) => [t.cmd`a`],
      sendAhead: true,
      receive: (t) => t.env.set("first" as never, "1" as never),
      states: ["first"],
    });
    task("b", {
      commands: (t) => [t.cmd`b`],
      sendAhead: true,
      receive: (t) => t.env.set("second" as never, "2" as never),
      states: ["second"],
    });
    task("readsFirst", reads("first"));
    task("readsSecond", reads("second"));
    hookBefore("b", "a");
    hookBefore("readsFirst", "b");
    hookBefore("readsSecond", "readsFirst");
  };

  it("end where a task reads what one of theirs states", async () => {
    const made = counted(facts, {});
    const planned = await made.planned("readsSecond");
    expect((await made.run("readsSecond")).ok).toBe(true);
    expect(flightsTo("web1", planned)).toEqual([
      ["a", "b"],
      ["readsFirst", "readsSecond"],
    ]);
    expect(made.flights).toEqual([2, 2]);
  });

  it("name what runs on this machine, and functions, which are not called", async () => {
    let calls = 0;
    const made = rig(
      ({ task, before: hookBefore }) => {
        task("here", { local: true }, () => void calls++);
        task("f", () => void calls++);
        task("text", { commands: (t) => [t.cmd`x`] });
        hookBefore("text", "f");
        hookBefore("f", "here");
      },
      { hosts: "web1" },
    );
    const planned = await made.planned("text");
    expect(planned.flat()).toEqual([
      { host: "local", local: true, flights: [{ kind: "function", tasks: ["here"] }] },
      {
        host: "web1",
        local: false,
        flights: [
          { kind: "function", tasks: ["f"] },
          { kind: "commands", tasks: ["text"] },
        ],
      },
    ]);
    expect(calls).toBe(0);
    expect(made.events).toEqual([]);
  });

  it("say what is wrong with a task whose commands cannot be written", async () => {
    const made = rig(({ task }) => task("bad", { commands: () => "no list" as never }));
    await expect(made.planned("bad")).rejects.toThrow('The commands of the task "bad" are not a list of commands.');
  });
});
