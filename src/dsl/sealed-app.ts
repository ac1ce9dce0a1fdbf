import type { DeclaredSetting, EnvDefinition, OptionSetting } from "../env/definition.ts";
import type { EnvReader } from "../env/settings.ts";
import type { Problem } from "../errors.ts";
import { findProblems } from "../graph/problems.ts";
import { rolesOf, type Task, type TaskRef } from "../graph/task.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { Inventory } from "../hosts/inventory.ts";
import type { TaskBody } from "../runner/context.ts";
import type { ObjectSchema } from "../schema.ts";
import { didYouMean } from "../suggest.ts";
import { resolveInventory } from "./add-role.ts";
import type { Draft } from "./draft.ts";
import type { Declared, OptionDefinition, VerbDefinition } from "./verb.ts";

/** What a deployfile came to: nothing can be added any more. */
export interface SealedApp {
  readonly graph: TaskGraph<TaskBody>;
  readonly declarations: ReadonlyMap<string, DeclaredSetting>;
  /** Names of roles, in order of declaration. */
  readonly roles: readonly string[];
  /** All that was said about settings. `options`: those of the command line. */
  env(options?: readonly OptionSetting[]): EnvDefinition;
  /**
   * All hosts, with the roles that list them. Functions that give hosts are called with `reader`, once.
   * @throws ProblemsError with everything that is wrong with hosts.
   */
  inventory(reader: EnvReader): Promise<Inventory>;
  /** The schema of a task's arguments, when it takes any. */
  argsSchema(task: TaskRef): ObjectSchema | undefined;
  /** Verbs and options of the command line that it brings. */
  readonly verbs: ReadonlyMap<string, Declared<VerbDefinition>>;
  readonly options: ReadonlyMap<string, Declared<OptionDefinition>>;
  /** Names and aliases of tasks that are not hidden, for completion. */
  words(): readonly string[];
  /**
   * Everything that is wrong, as far as it can be known without asking for a value or a host.
   * @param reserved names that no task and no verb may have: those of the command line
   */
  problems(reserved?: Iterable<string>): readonly Problem[];
  /** What is odd but harmless. */
  warnings(): readonly Problem[];
}

export function createSealedApp(draft: Draft): SealedApp {
  const { graph, declarations, roles, problems, verbs, options } = draft;
  // A recipe's values are weaker than those of whoever uses it, wherever `use` stands.
  const deployfile = draft.layers.toSorted((left, right) => right.depth - left.depth).map(({ layer }) => layer);
  const roleLayers = new Map([...roles].map(([name, role]) => [name, role.layer] as const));
  let inventory: Promise<Inventory> | undefined;
  return Object.freeze({
    graph,
    declarations,
    verbs,
    options,
    roles: Object.freeze([...roles.keys()]),
    env: (options?: readonly OptionSetting[]) => ({ declarations, deployfile, roles: roleLayers, options }),
    inventory(reader: EnvReader) {
      inventory ??= resolveInventory(roles, draft.hosts, reader);
      return inventory;
    },
    argsSchema: (task: TaskRef) => draft.args.get(graph.get(task).name),
    words: () => graph.tasks().flatMap(wordsOf),
    problems(reserved: Iterable<string> = []) {
      const taken = new Set(reserved);
      return [...problems, ...findTakenVerbs(verbs, taken), ...findProblems(graph, [...taken, ...verbs.keys()])];
    },
    warnings: () => [...graph.warnings(), ...findUnknownRoles(graph, [...roles.keys()])],
  });
}

function wordsOf({ name, options }: Task): readonly string[] {
  return options.hidden === true ? [] : [name, ...(options.aliases ?? [])];
}

function findTakenVerbs(verbs: Draft["verbs"], taken: ReadonlySet<string>): Problem[] {
  return [...verbs].flatMap(([name, { where }]) =>
    taken.has(name) ? [{ message: `A verb cannot be named "${name}": fake has one of that name.`, subject: name, where }] : [],
  );
}

/** A recipe may have tasks for roles that a project does without; in a deployfile it is mostly a mistake. */
function findUnknownRoles(graph: TaskGraph, roles: readonly string[]): Problem[] {
  return graph.tasks().flatMap((task) => {
    return (rolesOf(task.options) ?? [])
      .filter((role) => !roles.includes(role))
      .map((role) => ({
        message: `Task "${task.name}" is for the role "${role}", which does not exist.`,
        subject: task.name,
        where: task.where,
        hint: didYouMean(role, roles) ?? "It runs on no host.",
      }));
  });
}
