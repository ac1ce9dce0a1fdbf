import { expectTypeOf, it } from "vitest";
import type { Secret, TaskContext } from "../../src/index.ts";

declare const t: TaskContext;
declare const token: Secret;

it("a secret question gives a secret, any other one text", async () => {
  expectTypeOf(await t.ui.ask("Token", { secret: true })).toEqualTypeOf<Secret>();
  expectTypeOf(await t.ui.ask("Token", { secret: true, default: token, each: true })).toEqualTypeOf<Secret>();
  expectTypeOf(await t.ui.ask("Who?")).toEqualTypeOf<string>();
  expectTypeOf(await t.ui.ask("Who?", { default: "me", each: true })).toEqualTypeOf<string>();
  expectTypeOf(await t.ui.choice("Which?", ["a", "b"], { default: "a", each: true })).toEqualTypeOf<"a" | "b">();
  // @ts-expect-error what is typed unseen is no text
  const text: string = await t.ui.ask("Token", { secret: true });
  void text;
  // @ts-expect-error a default that is shown is text
  t.ui.ask("Who?", { default: token });
});
