import type { App, HostView, TaskContext } from "fake-deploy";
import { describe, expectTypeOf, it } from "vitest";

declare const app: App;
declare const t: TaskContext;

describe("t.fleet", () => {
  it("gives values, and failures only where they are accepted", async () => {
    const [first] = await t.fleet.capture`uptime`;
    expectTypeOf(first?.value).toEqualTypeOf<string | undefined>();
    const [outcome] = await t.fleet.filter("web").within("/srv").acceptFailures().test`true`;
    if (outcome?.ok === true) expectTypeOf(outcome.value).toEqualTypeOf<boolean>();
    else if (outcome !== undefined) expectTypeOf(outcome.error).toEqualTypeOf<Error>();
    // @ts-expect-error it may have failed
    expectTypeOf(outcome?.value).toEqualTypeOf<boolean | undefined>();
  });

  it("has the context of each host", () => {
    for (const host of t.fleet.with("cache1")) expectTypeOf(host.host).toEqualTypeOf<HostView>();
    app.task("work", ({ fleet }) => expectTypeOf(fleet.one("db")).toExtend<TaskContext>());
    // @ts-expect-error roles go by their names
    t.fleet.filter((host: HostView) => host.name === "web1");
    // @ts-expect-error what it gives depends on the host
    t.fleet.upload("a", "b");
  });
});
