import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failures, rig, statuses, story } from "../rig.ts";
import { asked, recipe, type Shape, shape } from "../shapes.ts";

async function outcome(shapes: readonly Shape[], hosts: string, fuse: boolean) {
  const made = rig(recipe(shapes), { hosts, options: { fuse } });
  for (const [index, { fails }] of shapes.entries()) {
    if (fails === undefined) continue;
    const id = hosts.split(" ")[fails.host] ?? "local";
    made.memory.reply(`c${index}.${fails.command}`, { exitCode: fails.exitCode }, { host: id });
    made.control.reply(`c${index}.${fails.command}`, { exitCode: fails.exitCode });
  }
  const result = await made.run(...asked(shapes));
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
