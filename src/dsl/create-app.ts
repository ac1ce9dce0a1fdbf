import { DeployfileError, formatLocation, type SourceLocation } from "../errors.ts";
import type { HookKind } from "../graph/task.ts";
import { createTaskGraph } from "../graph/task-graph.ts";
import { lazyCallerLocation } from "../source-location.ts";
import { addRole } from "./add-role.ts";
import { addFlow, addHook, addTask, replaceTask } from "./add-task.ts";
import { addOption, addVerb } from "./add-verb.ts";
import type { App } from "./app.ts";
import { declareSettings } from "./declare-settings.ts";
import type { Draft } from "./draft.ts";
import { LOGIN_SETTINGS } from "./login-settings.ts";
import { createSealedApp, type SealedApp } from "./sealed-app.ts";
import { parseValues } from "./setting-values.ts";
import { useRecipe } from "./use-recipe.ts";
import { inWords, isRecord } from "./value-words.ts";

export interface AppOptions {
  /** The line of the deployfile that is being run. @default the first caller outside this package */
  readonly locate?: (() => SourceLocation | undefined) | undefined;
}

/** An app to fill in, and the way to close it: afterwards it takes nothing more. */
export function createApp(options: AppOptions = {}): { readonly app: App; seal(): SealedApp } {
  const draft = createDraft(options.locate ?? (() => lazyCallerLocation()));
  let sealed: SealedApp | undefined;
  return {
    app: createMembers(draft),
    seal() {
      draft.isSealed = true;
      sealed ??= createSealedApp(draft);
      return sealed;
    },
  };
}

function createMembers(draft: Draft): App {
  const used = new Map<unknown, unknown>();
  const hook = (kind: HookKind) => (target: unknown, task: unknown) => {
    refuseSealed(draft, kind, IN_A_TASK.hook);
    addHook(draft, kind, target, task);
  };
  const app: App = Object.freeze({
    env: Object.freeze({
      set(...values: unknown[]) {
        refuseSealed(draft, "env.set", IN_A_TASK.set);
        setValues(draft, values);
      },
    }),
    settings(declarations: unknown) {
      refuseSealed(draft, "settings", IN_A_TASK.other);
      declareSettings(draft, declarations);
    },
    role(name: unknown, definition: unknown) {
      refuseSealed(draft, "role", IN_A_TASK.hosts);
      addRole(draft, name, definition);
    },
    host(host: unknown, settings?: unknown) {
      refuseSealed(draft, "host", IN_A_TASK.hosts);
      addHost(draft, host, settings);
    },
    task(name: unknown, ...rest: unknown[]) {
      refuseSealed(draft, "task", IN_A_TASK.task);
      return addTask(draft, name, rest);
    },
    replace(task: unknown, ...rest: unknown[]) {
      refuseSealed(draft, "replace", IN_A_TASK.task);
      return replaceTask(draft, task, rest);
    },
    flow(name: unknown, stages: unknown, options?: unknown) {
      refuseSealed(draft, "flow", IN_A_TASK.task);
      return addFlow(draft, name, stages, options);
    },
    before: hook("before"),
    after: hook("after"),
    onFailure: hook("onFailure"),
    always: hook("always"),
    verb(name: unknown, definition: unknown) {
      refuseSealed(draft, "verb", IN_A_TASK.other);
      addVerb(draft, name, definition);
    },
    option(name: unknown, definition: unknown) {
      refuseSealed(draft, "option", IN_A_TASK.other);
      addOption(draft, name, definition);
    },
    use<H>(recipe: unknown): H {
      refuseSealed(draft, "use", IN_A_TASK.other);
      return useRecipe(draft, app, used, recipe) as H;
    },
  });
  return app;
}

/** What does inside a task what a member does in a deployfile. */
const IN_A_TASK = {
  set: "Inside a task, state a value with `t.env.set(key, value)`.",
  task: "Inside a task, run another one with `t.execute(task)`.",
  hook: "Inside a task, run another one with `t.execute(task)`.",
  hosts: "A list of hosts that is not known yet can be a function: role(name, { hosts: async () => [...] }).",
  other: "Values that take time can be functions: env.set({ key: async () => ... }).",
};

function refuseSealed(draft: Draft, member: string, instead: string): void {
  if (!draft.isSealed) return;
  const where = draft.locate();
  const place = where === undefined || where.line === 0 ? "" : ` (${formatLocation(where)})`;
  throw new DeployfileError("APP_SEALED", `${member} was called after the deployfile had been read${place}.`, {
    hint: `Call it while the deployfile's function runs. ${instead}`,
  });
}

function setValues(draft: Draft, [values, second]: readonly unknown[]): void {
  if (!isRecord(values)) {
    const corrected =
      typeof values === "string" && second !== undefined ? `env.set({ ${values}: ... })` : "env.set({ key: value })";
    draft.report(`env.set: the values are ${inWords(values)}.`, { hint: `Write ${corrected}.` });
    return;
  }
  const layer = parseValues(values, draft.locate(), (message, subject, hint) => draft.report(message, { subject, hint }));
  draft.layers.push({ layer, depth: draft.running.length });
}

function addHost(draft: Draft, host: unknown, settings: unknown): void {
  const where = draft.locate();
  if (typeof host !== "string" && !isRecord(host)) {
    draft.report(`host: the host is ${inWords(host)}.`, { hint: 'Write host("app1.example.com", { key: value }).' });
    return;
  }
  if (settings !== undefined && !isRecord(settings)) {
    draft.report(`host: the settings are ${inWords(settings)}.`, { hint: 'Write host("app1.example.com", { key: value }).' });
    return;
  }
  const { values } = parseValues(settings ?? {}, where, (message, subject, hint) => draft.report(message, { subject, hint }));
  const input = typeof host === "string" ? { host } : host;
  draft.hosts.push({ input: Object.freeze({ ...input, ...values }) as Draft["hosts"][number]["input"], where });
}

function createDraft(locate: () => SourceLocation | undefined): Draft {
  const problems: Draft["problems"] = [];
  return {
    graph: createTaskGraph(),
    declarations: new Map(
      Object.entries(LOGIN_SETTINGS).map(([key, declaration]) => [key, { declaration, recipe: undefined, where: undefined }]),
    ),
    layers: [],
    roles: new Map(),
    hosts: [],
    args: new Map(),
    verbs: new Map(),
    options: new Map(),
    problems,
    missed: [],
    running: [],
    handlesAreLost: false,
    isSealed: false,
    locate,
    report(message, details = {}) {
      problems.push({ message, where: locate(), ...details });
    },
  };
}
