import { type App, z as ours } from "fake-deploy";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";

declare const app: App;

describe("a task", () => {
  it("has its arguments by the type of their schema", () => {
    const args = z.object({ to: z.string(), times: z.coerce.number().default(1) });
    app.task("a", { args }, (t) => expectTypeOf(t.args).toEqualTypeOf<{ to: string; times: number }>());
    app.task("a", { args }, async ({ args }) => expectTypeOf(args.times).toEqualTypeOf<number>());
    app.task("a", {
      args,
      commands: (t) => [t.cmd`echo ${t.args.to}`],
      receive: (t) => expectTypeOf(t.args.to).toEqualTypeOf<string>(),
    });
    app.replace("a", { args: mini.object({ loud: mini.boolean() }) }, (t) =>
      expectTypeOf(t.args).toEqualTypeOf<{ loud: boolean }>(),
    );
    app.verb("v", { desc: "V", args, run: (t) => void expectTypeOf(t.args.to).toEqualTypeOf<string>() });
    // @ts-expect-error there is no such argument
    app.task("a", { args }, (t) => t.args.too);
    // Of a flow around it, or of none.
    app.task("a", {}, (t) => expectTypeOf(t.args).toBeAny());
  });
});

describe("z", () => {
  it("is zod's", () => {
    expectTypeOf(ours).toEqualTypeOf<typeof z>();
    const args = ours.object({ at: ours.iso.date().optional() });
    expectTypeOf<ours.infer<typeof args>>().toEqualTypeOf<{ at?: string | undefined }>();
    app.task("a", { args }, (t) => expectTypeOf(t.args.at).toEqualTypeOf<string | undefined>());
  });
});
