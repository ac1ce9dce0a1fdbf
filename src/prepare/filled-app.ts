import type { App } from "../dsl/app.ts";
import { createApp } from "../dsl/create-app.ts";
import type { SealedApp } from "../dsl/sealed-app.ts";
import type { Problem, SourceLocation } from "../errors.ts";
import { RESERVED_WORDS } from "./reserved-words.ts";

/** What a deployfile came to. */
export interface FilledApp {
  readonly sealed: SealedApp;
  /** What is wrong with tasks, hooks and declarations. */
  readonly problems: readonly Problem[];
  /** It is data: settings that nobody declares can only be mistakes. */
  readonly isData: boolean;
  /** Text of a source file, so that messages name the line of a key and not of the call around it. */
  readonly readSource: ((file: string) => string | undefined) | undefined;
}

export interface FillOptions extends Partial<Pick<FilledApp, "isData" | "readSource">> {
  /** The line of the deployfile that is being run. @default the first caller outside this package */
  readonly locate?: (() => SourceLocation | undefined) | undefined;
}

/** Lets a deployfile fill in an app, and closes it. @throws what the deployfile throws */
export async function fillApp(fill: (app: App) => unknown, options: FillOptions = {}): Promise<FilledApp> {
  const { isData = false, readSource, locate } = options;
  const { app, seal } = createApp({ locate });
  await fill(app);
  const sealed = seal();
  return { sealed, problems: sealed.problems(RESERVED_WORDS), isData, readSource };
}
