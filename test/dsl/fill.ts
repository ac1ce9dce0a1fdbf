import type { App } from "../../src/dsl/app.ts";
import { createApp } from "../../src/dsl/create-app.ts";
import type { SealedApp } from "../../src/dsl/sealed-app.ts";
import type { EnvReader } from "../../src/env/settings.ts";

/** An app, filled and sealed. Each call is on a line of its own: the first on line 1. */
export function fill(deployfile: (app: App) => unknown): SealedApp {
  let line = 0;
  const { app, seal } = createApp({ locate: () => ({ file: "deployfile.ts", line: ++line }) });
  deployfile(app);
  return seal();
}

/** What is wrong, hints left out. */
export function messages(sealed: SealedApp, reserved: readonly string[] = []): string[] {
  return sealed.problems(reserved).map((problem) => problem.message);
}

/** A deployfile as it is without a type check: anything can be passed. */
// biome-ignore lint/suspicious/noExplicitAny: what is tested is what happens to values of the wrong type
export type Untyped = any;

/** Settings for lists of hosts that are functions. */
export const reader = { region: "eu" } as unknown as EnvReader;
