import { DeployfileError, formatLocation, type SourceLocation } from "../errors.ts";
import type { HookKind } from "../graph/task.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import { lazyCallerLocation } from "../source-location.ts";
import { addRehearsal } from "./add-rehearsal.ts";
import { addRole } from "./add-role.ts";
import { addFlow, addHook, addTask, replaceTask } from "./add-task.ts";
import { addCheck, addOption, addVerb } from "./add-verb.ts";
import type { App } from "./app.ts";
import { CORE_SETTINGS } from "./core-settings.ts";
import { declareSettings, parseValues } from "./declare-settings.ts";
import type { Draft, HostDraft } from "./draft.ts";
import { createSealedApp, type SealedApp } from "./sealed-app.ts";
import { useRecipe } from "./use-recipe.ts";
import { inWords, isRecord } from "./value-words.ts";

/**
 * An app to fill in, and the way to close the app: afterwards nothing more can be added.
 * @param options `locate`: the line of the deployfile that is being run; the first caller outside this package otherwise
 */
export function createApp(options: { readonly locate?: Draft["locate"] | undefined } = {}) {
  const draft = createDraft(options.locate ?? (() => lazyCallerLocation()));
  let sealed: SealedApp | undefined;
  return {
    app: createMembers(draft),
    seal(): SealedApp {
      draft.isSealed = true;
      sealed ??= createSealedApp(draft);
      return sealed;
    },
  };
}

function createMembers(draft: Draft): App {
  const used = new Map<unknown, unknown>();
  // Each member refuses to be called when the deployfile has been read, and says what to write `instead`.
  const open =
    <A extends unknown[], R>(member: string, instead: keyof typeof IN_A_TASK, fill: (...given: A) => R) =>
    (...given: A): R => {
      if (draft.isSealed) throw sealedError(draft.locate(), member, IN_A_TASK[instead]);
      refuseMore(draft, member, given);
      return fill(...given);
    };
  const hook = (kind: HookKind) => open(kind, "task", (...given: unknown[]) => addHook(draft, kind, given));
  const app: App = Object.freeze({
    env: guardEnv(
      draft,
      open("env.set", "set", (...values: unknown[]) => setValues(draft, values)),
    ),
    settings: open("settings", "other", (declarations: unknown) => declareSettings(draft, declarations)),
    role: open("role", "hosts", (name: unknown, definition: unknown) => addRole(draft, name, definition)),
    host: open("host", "hosts", (host: unknown, settings?: unknown) => addHost(draft, host, settings)),
    task: open("task", "task", (name: unknown, ...rest: unknown[]) => addTask(draft, name, rest)),
    replace: open("replace", "task", (task: unknown, ...rest: unknown[]) => replaceTask(draft, task, rest)),
    flow: open("flow", "task", (name: unknown, stages: unknown, options?: unknown) => addFlow(draft, name, stages, options)),
    before: hook("before"),
    after: hook("after"),
    onFailure: hook("onFailure"),
    always: hook("always"),
    verb: open("verb", "other", (name: unknown, definition: unknown) => addVerb(draft, name, definition)),
    option: open("option", "other", (name: unknown, definition: unknown) => addOption(draft, name, definition)),
    rehearse: open("rehearse", "other", (definition: unknown) => addRehearsal(draft, definition)),
    doctor: open("doctor", "other", (check: unknown) => addCheck(draft, check)),
    use: open("use", "other", (recipe: unknown) => useRecipe(draft, app, used, recipe)) as App["use"],
  });
  return app;
}

/** `env` of an app, which only sets: an assignment, or a value that is read, is one of the env that tasks and functions have. */
function guardEnv(draft: Draft, set: App["env"]["set"]): App["env"] {
  const refuse = (key: string, what: string, hint: string): void => {
    if (draft.isSealed) {
      throw new DeployfileError("APP_SEALED", `env.${key}: this is the deployfile's own env, which only sets.`, {
        hint: `In a task, write t.env.${key}.`,
      });
    }
    draft.report(`env.${key} ${what}.`, hint, key);
  };
  return new Proxy(Object.freeze({ set }), {
    set(_, key) {
      refuse(String(key), "cannot be assigned to", `Write env.set({ ${String(key)}: ... }).`);
      return true;
    },
    get(target, key, receiver) {
      // What prints or compares objects looks for names of its own.
      if (
        typeof key === "string" &&
        !(key in target) &&
        !/^(?:then|toJSON|inspect|asymmetricMatch|nodeType|tagName|[$@].*)$/.test(key)
      )
        refuse(key, "has no value while the deployfile is read", `Write a function that reads it later: (env) => env.${key}`);
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
}

/** How many values a member takes at most: those behind would be ignored. `forEach` adds an index and a list to what takes one. */
const MOST: Readonly<Record<string, readonly [most: number, example: string]>> = {
  task: [3, "task(name, { roles: ... }, body)"],
  replace: [3, "replace(name, { roles: ... }, body)"],
  flow: [3, "flow(name, stages, { desc: ... })"],
  "env.set": [1, "env.set({ key: value, other: value })"],
  settings: [1, "settings({ key: setting(schema, { desc: ... }) })"],
  rehearse: [1, "rehearse({ check, commands, files })"],
  doctor: [1, "doctor({ command, judge })"],
  use: [
    1,
    "use(deploy({ cache: ... })), as options are for the function that gives the recipe; a second recipe has a use(...) of its own",
  ],
  host: [2, 'host("app1.example.com", { key: value })'],
  role: [2, "role(name, { hosts: [...], key: value })"],
  verb: [2, "verb(name, { desc: ..., run: ... })"],
  option: [2, "option(name, { desc: ..., setting: ... })"],
  before: [3, "before(target, hook, { flows: [...] })"],
  after: [3, "after(target, hook, { flows: [...] })"],
  onFailure: [3, "onFailure(target, hook, { flows: [...] })"],
  always: [3, "always(target, hook, { flows: [...] })"],
};

function refuseMore(draft: Draft, member: string, given: readonly unknown[]): void {
  const [most, example] = MOST[member] ?? [Number.POSITIVE_INFINITY, ""];
  const isMeant = (value: unknown): boolean =>
    most === 1 ? isRecord(value) || typeof value === "function" : value !== undefined;
  const extra = given.slice(most).find(isMeant);
  if (extra !== undefined)
    draft.report(`${member}: ${inWords(extra)} follows what it takes, and would be ignored.`, `Write ${example}.`);
}

/** What does inside a task what a member does in a deployfile. */
const IN_A_TASK = {
  set: "Inside a task, state a value with `t.env.set(key, value)`.",
  task: "Inside a task, run another one with `t.execute(task)`.",
  hosts: "A list of hosts that is not known yet can be a function: role(name, { hosts: async () => [...] }).",
  other: "Values that take time can be functions: env.set({ key: async () => ... }).",
};

function sealedError(where: SourceLocation | undefined, member: string, instead: string): DeployfileError {
  return new DeployfileError("APP_SEALED", `${member} was called after the deployfile had been read${placeOf(where)}.`, {
    hint: `Call it while the deployfile's function runs. ${instead}`,
  });
}

function placeOf(where: SourceLocation | undefined): string {
  return where === undefined || where.line === 0 ? "" : ` (${formatLocation(where)})`;
}

function setValues(draft: Draft, [values, second]: readonly unknown[]): void {
  if (!isRecord(values)) {
    const key = typeof values === "string" && second !== undefined ? `${values}: ...` : "key: value";
    draft.report(`env.set: the values are ${inWords(values)}.`, `Write env.set({ ${key} }).`);
    return;
  }
  draft.layers.push({ layer: parseValues(values, draft.locate(), draft.report), depth: draft.running.length });
}

function addHost(draft: Draft, host: unknown, settings: unknown): void {
  const where = draft.locate();
  const isHost = typeof host === "string" || isRecord(host);
  if (!isHost || (settings !== undefined && !isRecord(settings))) {
    const wrong = isHost ? `the settings are ${inWords(settings)}` : `the host is ${inWords(host)}`;
    draft.report(`host: ${wrong}.`, 'Write host("app1.example.com", { key: value }).');
    return;
  }
  const { values } = parseValues(settings ?? {}, where, draft.report);
  const input = typeof host === "string" ? { host } : host;
  draft.hosts.push({ input: Object.freeze({ ...input, ...values }) as HostDraft["input"], where });
}

function createDraft(locate: () => SourceLocation | undefined): Draft {
  const problems: Draft["problems"] = [];
  return {
    graph: new TaskGraph(),
    declarations: new Map(
      Object.entries(CORE_SETTINGS).map(([key, declaration]) => [key, { declaration, recipe: undefined, where: undefined }]),
    ),
    layers: [],
    roles: new Map(),
    hosts: [],
    args: new Map(),
    looks: new Map(),
    verbs: new Map(),
    checks: [],
    options: new Map(),
    rehearsals: [],
    problems,
    missed: [],
    running: [],
    handlesAreLost: false,
    isSealed: false,
    locate,
    report: (message, hint, subject) => void problems.push({ message, where: locate(), hint, subject }),
  };
}
