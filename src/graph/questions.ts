import type { SourceLocation } from "../errors.ts";
import { planHooks } from "./build-plan.ts";
import type { Plan, Scope } from "./plan.ts";
import type { TaskGraph } from "./task-graph.ts";

/** What a task wants to have asked before it runs: its option `confirm`. */
export interface Question {
  /** Tells whether it was asked before: the same for all hosts. */
  readonly key: string;
  readonly text: string;
  readonly where: SourceLocation | undefined;
}

/** Hosts that a question names. */
const SHOWN = 5;

/**
 * All that is to be confirmed before this plan runs, each question once: of tasks, flows and stages with something to do in it, however
 * they came into the plan, and of those that run if it fails.
 */
export function questionsOf(graph: TaskGraph, plan: Plan): readonly Question[] {
  // Nearly always nobody asks: the hooks of failures are not planned for nothing.
  if (!graph.tasks().some(({ options }) => isAsking(options.confirm))) return [];
  const questions = new Map<string, Question>();
  for (const { part, scope, failed } of scopesOf(graph, plan)) {
    const { name, options, body, where } = graph.get(scope.task);
    const { confirm } = options;
    if (!isAsking(confirm)) continue;
    const hosts = hostsByScope(part);
    const on = body === undefined ? hosts.inside(scope) : hosts.own(scope);
    const condition = failed === undefined ? "" : ` if "${failed}" fails`;
    const text = typeof confirm === "string" ? confirm : `Run "${name}" on ${describe(on ?? [])}${condition}?`;
    const key = typeof confirm === "string" ? text : `run ${name}`;
    if (on !== undefined && !questions.has(key)) questions.set(key, { key, text, where });
  }
  return [...questions.values()];
}

/** A scope with something to do. */
interface BusyScope {
  readonly part: Plan;
  readonly scope: Scope;
  /** The task that the part is for the failure of. */
  readonly failed: string | undefined;
}

/** The scopes of a plan, each with those of the hooks that run if it fails behind it: a hook once for a flow. */
export function* scopesOf(graph: TaskGraph, plan: Plan): Generator<BusyScope> {
  const seen = new Set<string>();
  yield* inPart(plan, undefined);

  function* inPart(part: Plan, failed: string | undefined): Generator<BusyScope> {
    for (const scope of part.scopes.filter(({ first, last }) => last >= first)) {
      yield { part, scope, failed };
      for (const hook of scope.onFailure) {
        const known = `${hook}\n${scope.flow}`;
        if (seen.has(known)) continue;
        seen.add(known);
        yield* inPart(planHooks(graph, "onFailure", [hook], plan.hosts, scope.flow), scope.task);
      }
    }
  }
}

/** Where the work of a scope is done: undefined where there is none. */
function hostsByScope({ sections }: Plan) {
  const steps = sections.flatMap((section) => section.steps);
  const hostsOf = (some: typeof steps): readonly string[] | undefined =>
    some.length === 0 ? undefined : [...new Set(some.flatMap(({ hosts }) => hosts))];
  return {
    /** Of the task itself. */
    own: ({ id }: Scope) => hostsOf(steps.filter(({ scope }) => scope === id)),
    /** Of all in it. */
    inside: ({ first, last }: Scope) => hostsOf(steps.slice(first, last + 1)),
  };
}

function isAsking(confirm: unknown): boolean {
  return confirm !== undefined && confirm !== false;
}

function describe(hosts: readonly string[]): string {
  const shown = hosts.slice(0, SHOWN).join(", ") || "this machine";
  return hosts.length > SHOWN ? `${shown} and ${hosts.length - SHOWN} more` : shown;
}
