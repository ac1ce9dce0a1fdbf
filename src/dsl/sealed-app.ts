import type { DeclaredSetting, EnvDefinition, OptionSetting } from "../env/definition.ts";
import type { EnvReader } from "../env/settings.ts";
import type { Problem } from "../errors.ts";
import { findProblems } from "../graph/problems.ts";
import { findSharedHooks } from "../graph/shared-hooks.ts";
import { rolesOf, type Task, type TaskRef } from "../graph/task.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { Inventory } from "../hosts/inventory.ts";
import type { ObjectSchema } from "../schema.ts";
import { didYouMean } from "../suggest.ts";
import { type HostSource, resolveInventory } from "./add-role.ts";
import type { TaskDefinition } from "./app.ts";
import type { Draft } from "./draft.ts";
import type { RehearsalDefinition } from "./rehearsal.ts";
import type { Declared, DoctorCheck, OptionDefinition, VerbDefinition } from "./verb.ts";

/** What a deployfile came to: nothing can be added any more. */
export type SealedApp = ReturnType<typeof createSealedApp>;

export function createSealedApp(draft: Draft) {
  const { graph, declarations, problems, verbs, options, checks } = draft;
  // A recipe's values are weaker than those of whoever uses it, wherever `use` stands.
  const deployfile = draft.layers.toSorted((left, right) => right.depth - left.depth).map(({ layer }) => layer);
  const roleLayers = new Map([...draft.roles].map(([name, role]) => [name, role.layer] as const));
  /** Names, in order of declaration. */
  const roles: readonly string[] = Object.freeze([...draft.roles.keys()]);
  let inventory: Promise<Inventory> | undefined;
  return Object.freeze({
    graph,
    declarations: declarations as ReadonlyMap<string, DeclaredSetting>,
    roles,
    /** Verbs and options of the command line that it brings. */
    verbs: verbs as ReadonlyMap<string, Declared<VerbDefinition>>,
    rehearsals: draft.rehearsals as readonly RehearsalDefinition[],
    options: options as ReadonlyMap<string, Declared<OptionDefinition>>,
    /** What `doctor` looks at on hosts. */
    checks: checks as readonly Declared<DoctorCheck>[],
    /** All that was said about settings. `given`: those of the command line. */
    env: (given?: readonly OptionSetting[]): EnvDefinition => ({ declarations, deployfile, roles: roleLayers, options: given }),
    /**
     * All hosts, with the roles that list them. Functions that give hosts are called with `reader`, once.
     * @param source where hosts were written
     * @throws ProblemsError with everything that is wrong with hosts.
     */
    inventory(reader: EnvReader, source?: HostSource): Promise<Inventory> {
      inventory ??= resolveInventory(draft, reader, source);
      return inventory;
    },
    /** The schema of a task's arguments, when it takes any. */
    argsSchema: (task: TaskRef): ObjectSchema | undefined => draft.args.get(graph.get(task).name),
    /** What `--dry-run=connect` says of a task, when that was said. */
    lookOf: (task: TaskRef): TaskDefinition["look"] => draft.looks.get(graph.get(task).name),
    /** Names and aliases of tasks that are not hidden, for completion. */
    words: (): readonly string[] => graph.tasks().flatMap(wordsOf),
    /**
     * Everything that is wrong, as far as it can be known without asking for a value or a host.
     * @param reserved names that no task and no verb may have: those of the command line
     */
    problems(reserved: Iterable<string> = []): readonly Problem[] {
      const taken = new Set(reserved);
      return [...problems, ...findTakenVerbs(verbs, taken), ...findProblems(graph, [...taken, ...verbs.keys()])];
    },
    /** What is odd but harmless. */
    warnings: (): readonly Problem[] => [...graph.warnings(), ...findSharedHooks(graph), ...findUnknownRoles(graph, roles)],
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
        hint: didYouMean(role, roles, (near) => `roles: ${JSON.stringify(near)}`) ?? "It runs on no host.",
      }));
  });
}
