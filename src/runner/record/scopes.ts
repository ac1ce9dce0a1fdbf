import type { Plan, Scope, Step } from "../../graph/plan.ts";

/** Each scope from the inside out, with the one around it. */
export function pathUp(plan: Plan, inner: Scope | undefined): readonly { readonly scope: Scope; readonly around: Scope }[] {
  const path: { scope: Scope; around: Scope }[] = [];
  for (let scope = inner; scope?.parent !== undefined; ) {
    const around: Scope | undefined = plan.scopes[scope.parent];
    if (around !== undefined) path.push({ scope, around });
    scope = around;
  }
  return path;
}

/** True for a step that is the work of an `always` hook of this scope: it is outside of what the hook watches over. */
export function isAlwaysHookOf(plan: Plan, watched: Scope, step: Step): boolean {
  return pathUp(plan, plan.scopes[step.scope]).some(
    ({ scope, around }) => around === watched && watched.always.includes(scope.task),
  );
}

/** The flow that a scope belongs to, told by the scope of the flow itself: the same flow may run twice. */
export function flowScope(plan: Plan, scope: Scope): Scope | undefined {
  const isFlow = ({ task, flow }: Scope): boolean => task === flow;
  return isFlow(scope) ? scope : pathUp(plan, scope).find(({ around }) => isFlow(around))?.around;
}

/** How many scopes stand around each. */
export function depths(plan: Plan): readonly number[] {
  const depth: number[] = [];
  // A scope is opened after the one around it, so the depth of that one is known.
  for (const { parent } of plan.scopes) depth.push(parent === undefined ? 0 : (depth[parent] ?? 0) + 1);
  return depth;
}
