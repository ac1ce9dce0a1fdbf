import type { TaskHooks } from "./hook-index.ts";
import type { Scope } from "./plan.ts";

export interface ScopeBuilder {
  /** Opens a scope at the step that comes next; its id. */
  open(task: string, parent: number | undefined, flow: string | undefined, hooks: TaskHooks, next: number): number;
  /** Closes a scope before the step that comes next. */
  close(id: number, next: number): void;
  build(): readonly Scope[];
}

export function createScopes(): ScopeBuilder {
  const scopes: { -readonly [K in keyof Scope]: Scope[K] }[] = [];
  return {
    open(task, parent, flow, { onFailure, always }, next) {
      const id = scopes.length;
      scopes.push({ id, task, parent, flow, first: next, last: next - 1, onFailure, always });
      return id;
    },
    close(id, next) {
      const scope = scopes[id];
      if (scope !== undefined) scope.last = next - 1;
    },
    build: () => Object.freeze(scopes.map((scope) => Object.freeze(scope))),
  };
}
