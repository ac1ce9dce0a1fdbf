/** Random recipes, for properties of runs. */
import fc from "fast-check";
import type { App } from "../../src/dsl/app.ts";

/** One task: its kind, what is hooked where, and which of its commands fail on which host. */
export interface Shape {
  readonly body: "text" | "receive" | "refuses" | "accepts" | "nothing" | "function" | "local" | "alone";
  readonly commands: number;
  /** The command that fails, where, and with which exit code. */
  readonly fails: { readonly command: number; readonly host: number; readonly exitCode: number } | undefined;
  readonly place: "asked" | "before" | "onFailure" | "always";
}

export const shape: fc.Arbitrary<Shape> = fc.record({
  body: fc.constantFrom("text", "receive", "refuses", "accepts", "nothing", "function", "local", "alone"),
  commands: fc.integer({ min: 1, max: 3 }),
  fails: fc.option(
    fc.record({
      command: fc.integer({ min: 0, max: 2 }),
      host: fc.integer({ min: 0, max: 1 }),
      exitCode: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 255 })),
    }),
    { nil: undefined, freq: 5 },
  ),
  place: fc.constantFrom("asked", "asked", "before", "before", "onFailure", "always"),
});

export function recipe(shapes: readonly Shape[]) {
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

/** The tasks that are asked for; the others hang on these. */
export function asked(shapes: readonly Shape[]): string[] {
  return shapes.flatMap(({ place }, index) => (index === 0 || place === "asked" ? [`t${index}`] : []));
}
