import { createRedactor, type Redactor } from "../command/redact.ts";
import type { DeclaredSetting, Env, EnvDefinition, OptionSetting } from "../env/definition.ts";
import { createEnv } from "../env/env.ts";
import type { Inventory } from "../hosts/inventory.ts";
import { type SelectedHost, type Selection, selectHosts } from "../hosts/select.ts";
import type { UnnamedArgs } from "../runner/args.ts";
import { checkArgs } from "./check-args.ts";
import type { FilledApp } from "./filled-app.ts";
import { createProblemBook } from "./problem-book.ts";
import { keepWhere } from "./where.ts";

/** The hosts of a request, and their settings. */
export interface RunTarget {
  readonly hosts: readonly SelectedHost[];
  /** All that they were selected among. @default nobody has looked */
  readonly inventory?: Inventory | undefined;
  readonly env: Env;
  readonly redactor: Redactor;
  readonly unnamedArgs: UnnamedArgs;
}

/** What is asked of settings. */
export interface SettingsRequest {
  /** Those that win over all others, as text: `-s key=value`. */
  readonly set: readonly OptionSetting[];
  /** What only a run finds out reads as `<key>`; not in a dry run that looks at hosts. */
  readonly dryRun: boolean | "connect";
  /** Is told the secrets that come up. @default one that only the target knows */
  readonly redactor?: Redactor | undefined;
}

/** Puts settings together for hosts. */
export function createTargetEnv(app: FilledApp, hosts: readonly SelectedHost[], request: SettingsRequest): RunTarget {
  const { redactor = createRedactor() } = request;
  const definition = app.sealed.env(request.set);
  const isShown = request.dryRun === true;
  const env = createEnv(isShown ? askNobody(definition) : definition, {
    hosts,
    placeholders: isShown,
    strictKeys: app.isData,
    onSecret: (secret) => redactor.add(secret),
    readSource: app.readSource,
  });
  return { hosts, env, redactor, unnamedArgs: readUnnamedArgs(app) };
}

function readUnnamedArgs({ sealed: { argsSchema, graph } }: FilledApp): UnnamedArgs {
  return (task, flow, ofFlow) => {
    const schema = graph.find(task) === undefined ? undefined : argsSchema(task);
    if (schema === undefined) return undefined;
    // One schema for both: it has been gone through.
    if (flow !== undefined && argsSchema(flow) === schema) return { args: ofFlow, problems: [] };
    const values = Object.fromEntries(Object.entries(ofFlow as object).filter(([key]) => Object.hasOwn(schema.shape, key)));
    return checkArgs({ task, schema, values, show: (key) => JSON.stringify(values[key]) ?? String(values[key]) });
  };
}

/** All hosts of the deployfile. Lists that are functions see the settings that hold for every host. */
export async function loadInventory(app: FilledApp, request: SettingsRequest): Promise<Inventory> {
  const { env } = createTargetEnv(app, [], request);
  return await app.sealed.inventory(env.forRun().reader, app);
}

/**
 * The hosts of an inventory that are selected, also by their settings. For these nobody outside is asked, and nothing is known that only a
 * run finds out. @throws FakeError
 */
export async function selectAmong(
  app: FilledApp,
  inventory: Inventory,
  request: SettingsRequest & Selection,
): Promise<readonly SelectedHost[]> {
  const { roles = [], hosts = [], where = [], redactor, set } = request;
  const isAlone = where.length > 0 && roles.length === 0 && hosts.length === 0;
  const selected = selectHosts(inventory, isAlone ? { ...request, all: true } : request);
  if (where.length === 0) return selected;
  const definition = askNobody(app.sealed.env(set));
  const env = createEnv(definition, { hosts: selected, onSecret: (secret) => redactor?.add(secret) });
  return await keepWhere(selected, where, env, definition);
}

/** The hosts that are selected, with their settings. @throws FakeError with everything that is wrong */
export async function selectTarget(app: FilledApp, request: SettingsRequest & Selection): Promise<RunTarget> {
  const book = createProblemBook(app.problems);
  const inventory = await book.attempt(() => loadInventory(app, request));
  const hosts = inventory && (await book.attempt(() => selectAmong(app, inventory, request)));
  const target = { ...createTargetEnv(app, hosts ?? [], request), inventory };
  book.add(target.env.problems());
  book.check();
  return target;
}

/**
 * Settings for looking at them: what a recipe would ask others about (its asynchronous defaults: a git server, say) counts
 * as a fact that nobody has stated, and reads as `<key>`. What the user wrote is called as always.
 */
export function askNobody(definition: EnvDefinition): EnvDefinition {
  const declarations = [...definition.declarations].map(([key, declared]) => [key, toFact(declared)] as const);
  return { ...definition, declarations: new Map(declarations) };
}

/** How a setting reads that nobody has stated. */
export function placeholderOf(key: string): string {
  return `<${key}>`;
}

function toFact(declared: DeclaredSetting): DeclaredSetting {
  const { declaration } = declared;
  if (declaration.default?.constructor.name !== "AsyncFunction") return declared;
  return { ...declared, declaration: { ...declaration, kind: "fact", schema: undefined, default: undefined } };
}
