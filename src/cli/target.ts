import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createRedactor, type Redactor } from "../command/redact.ts";
import type { Env } from "../env/definition.ts";
import { createEnv } from "../env/env.ts";
import type { Inventory } from "../hosts/inventory.ts";
import { type SelectedHost, selectHosts } from "../hosts/select.ts";
import { askNobody } from "./ask-nobody.ts";
import type { CliIo } from "./io.ts";
import type { LoadedApp } from "./load-app.ts";
import type { Options } from "./option-values.ts";
import { createProblemBook } from "./problems.ts";

/** The hosts of an invocation, and their settings. */
export interface Target {
  readonly hosts: readonly SelectedHost[];
  readonly env: Env;
  readonly redactor: Redactor;
}

/** Puts settings together for hosts. */
export function createTargetEnv(app: LoadedApp, hosts: readonly SelectedHost[], options: Options, io: CliIo): Target {
  const redactor = createRedactor();
  const definition = app.sealed.env(options.set);
  const env = createEnv(options.dryRun ? askNobody(definition) : definition, {
    hosts,
    placeholders: options.dryRun,
    strictKeys: app.isData,
    onSecret: (secret) => redactor.add(secret),
    readSource: (file) => readSource(resolve(io.cwd, file)),
  });
  return { hosts, env, redactor };
}

/** All hosts of the deployfile. Lists that are functions see the settings that hold for every host. */
export async function loadInventory(app: LoadedApp, options: Options, io: CliIo): Promise<Inventory> {
  const { env } = createTargetEnv(app, [], options, io);
  return await app.sealed.inventory(env.forRun().reader);
}

/** The hosts that the command line selects, with their settings. @throws FakeError with everything that is wrong */
export async function selectTarget(app: LoadedApp, options: Options, io: CliIo): Promise<Target> {
  const book = createProblemBook(app.problems);
  const hosts = await book.attempt(async () => selectHosts(await loadInventory(app, options, io), options));
  const target = createTargetEnv(app, hosts ?? [], options, io);
  book.add(target.env.problems());
  book.check();
  return target;
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
