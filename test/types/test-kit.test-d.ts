import { defineDeployfile } from "fake-deploy";
import {
  createTestRun,
  type MemoryTransport,
  type RunEvent,
  type RunResult,
  recordEvents,
  type TestRun,
} from "fake-deploy/testing";
import { describe, expectTypeOf, it } from "vitest";

describe("createTestRun", () => {
  const deployfile = defineDeployfile<{ region: string }>(({ task }) => void task("a", () => undefined));

  it("takes any deployfile", () => {
    expectTypeOf(createTestRun(deployfile, { all: true, tasks: ["a"] })).resolves.toEqualTypeOf<TestRun>();
    createTestRun(async ({ task }) => void task("a", () => undefined), { tasks: ["a"] });
    // @ts-expect-error a module is no deployfile
    createTestRun({ default: deployfile }, { tasks: ["a"] });
  });

  it("takes options that exist", () => {
    createTestRun(deployfile, {
      roles: ["web"],
      only: ["db"],
      exclude: ["app9*"],
      tasks: ["a"],
      args: { a: { to: "x" } },
      set: { typedKeep: 3, region: "eu", branch: "main" },
      replies: { "cat REVISION": { stdout: "1a2b3c4\n" } },
      answers: { "Sure?": true },
      dryRun: true,
    });
    // @ts-expect-error tasks must be named
    createTestRun(deployfile, { roles: ["web"] });
    // @ts-expect-error there is no such option
    createTestRun(deployfile, { role: "web", tasks: ["a"] });
    createTestRun(deployfile, { tasks: ["a"], set: { typedKeep: () => 1, region: (env) => env.user } });
    // @ts-expect-error the region is text
    createTestRun(deployfile, { tasks: ["a"], set: { region: 5 } });
  });

  it("gives the outcome, the events and the commands", () => {
    const run = {} as TestRun;
    expectTypeOf(run.result).toEqualTypeOf<RunResult>();
    expectTypeOf(run.events).toEqualTypeOf<readonly RunEvent[]>();
    expectTypeOf(run.commands("a")).toEqualTypeOf<readonly string[]>();
    expectTypeOf(run.memory).toEqualTypeOf<MemoryTransport>();
    expectTypeOf(run.of("changed")).toEqualTypeOf<readonly Extract<RunEvent, { kind: "changed" }>[]>();
    // @ts-expect-error there is no such event
    recordEvents().of("chnged");
  });
});
