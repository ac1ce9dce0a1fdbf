import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { App } from "../../src/app/app.ts";
import { failures, rig, statuses, story } from "./rig.ts";

/** One task: its kind, what is hooked where, and which of its commands fail on which host. */
interface Shape {
  readonly body: "text" | "receive" | "refuses" | "accepts" | "nothing" | "function" | "local" | "alone";
  readonly commands: number;
  /** The command that fails, and where. */
  readonly fails: { readonly command: number; readonly host: number } | undefined;
  readonly place: "asked" | "before" | "onFailure" | "always";
}

const shape: fc.Arbitrary<Shape> = fc.record({
  body: fc.constantFrom("text", "receive", "refuses", "accepts", "nothing", "function", "local", "alone"),
  commands: fc.integer({ min: 1, max: 3 }),
  fails: fc.option(fc.record({ command: fc.integer({ min: 0, max: 2 }), host: fc.integer({ min: 0, max: 1 }) }), {
    nil: undefined,
    freq: 5,
  }),
  place: fc.constantFrom("asked", "asked", "before", "before", "onFailure", "always"),
});

function recipe(shapes: readonly Shape[]) {
  return ({ task, before: hookBefore, onFailure, always }: App): void => {
    for (const [index, { body, commands, place }] of shapes.entries()) {
      const texts = Array.from({ length: body === "nothing" ? 0 : commands }, (_, number) => `c${index}.${number}`);
      const name = `t${index}`;
      if (body === "function" || body === "local") {
        task(name, { local: body === "local" }, async (t) => {
          for (const text of texts) await t.run(text);
        });
      } else {
        task(name, {
          commands: (t) => texts.map((text) => t.cmd({ acceptError: body === "accepts" || body === "refuses" })(text)),
          receive:
            body !== "receive" && body !== "refuses"
              ? undefined
              : (t, results) => {
                  t.log.changed(results.map(({ exitCode }) => exitCode).join());
                  if (body === "refuses" && results.some(({ exitCode }) => exitCode !== 0)) throw new Error("refused");
                },
          timeout: body === "alone" ? "1h" : undefined,
        });
      }
      const target = `t${index - 1}`;
      if (index === 0 || place === "asked") continue;
      if (place === "before") hookBefore(target, name);
      else if (place === "onFailure") onFailure(target, name);
      else always(target, name);
    }
  };
}

async function outcome(shapes: readonly Shape[], hosts: string, fuse: boolean) {
  const made = rig(recipe(shapes), { hosts, options: { fuse } });
  for (const [index, { fails }] of shapes.entries()) {
    if (fails === undefined) continue;
    const id = hosts.split(" ")[fails.host] ?? "local";
    made.memory.reply(`c${index}.${fails.command}`, { exitCode: 1 }, { host: id });
    made.control.reply(`c${index}.${fails.command}`, { exitCode: 1 });
  }
  const asked = shapes.flatMap(({ place }, index) => (index === 0 || place === "asked" ? [`t${index}`] : []));
  const result = await made.run(...asked);
  const ids = [...hosts.split(" "), "local"];
  const lines = story(made.events);
  return {
    failures: failures(result).toSorted(),
    statuses: statuses(result),
    changed: result.hosts.map(({ changed }) => changed),
    sent: ids.map((id) => [...made.memory.commandsOn(id), ...made.control.commandsOn(id)]),
    // Hosts go at their own pace: only the order of each one's own lines, and of the stages, is told.
    stories: ids.map((id) => lines.filter((line) => line.endsWith(`@${id}`))),
    stages: lines.filter((line) => line.startsWith("[") || line.includes("]")),
  };
}

describe("sending tasks together", () => {
  it.each(["web1", "web1 web2"])("changes nothing about what happens on %s", async (hosts) => {
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 7 }), async (shapes) => {
        expect(await outcome(shapes, hosts, true)).toEqual(await outcome(shapes, hosts, false));
      }),
      { numRuns: 150 },
    );
  });
});
