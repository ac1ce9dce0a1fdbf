import { createSignal, type MemoNode, type Signal, type Slot } from "./state.ts";

/** What is known about callables, by key and function: the results so far, and how each came about. */
export interface Memo {
  /** Where knowledge about the callable of a setting starts. */
  rootOf(key: string, callable: object): MemoNode;
}

export function createMemo(): Memo {
  const roots = new Map<string, Map<object, MemoNode>>();
  return {
    rootOf(key, callable) {
      const byCallable = roots.get(key) ?? new Map<object, MemoNode>();
      const root = byCallable.get(callable) ?? createNode();
      byCallable.set(callable, root);
      roots.set(key, byCallable);
      return root;
    },
  };
}

export function createNode(): MemoNode {
  return { next: undefined, result: undefined, unshared: false, calls: undefined, changed: undefined };
}

/** The place to which a step leads when this was found there. */
export function branchOff({ branches }: NonNullable<MemoNode["next"]>, token: unknown): MemoNode {
  const branch = branches.get(token) ?? createNode();
  branches.set(token, branch);
  return branch;
}

/** Fires when more is known at this place, or a call under way has left it. */
export function whenChanged(node: MemoNode): Signal {
  node.changed ??= createSignal();
  return node.changed;
}

export function announce(node: MemoNode): void {
  const { changed } = node;
  node.changed = undefined;
  changed?.fire();
}

/** Steps are what a callable can look at. */
export const steps = {
  value: (key: string): string => `=${key}`,
  presence: (key: string): string => `?${key}`,
  /** The host itself, or something else that no other host's result can stand for. */
  host: "@",
} as const;

export type StepKind = { readonly kind: "value" | "presence"; readonly key: string };

export function stepKind(step: string): StepKind {
  return { kind: step.startsWith("=") ? "value" : "presence", key: step.slice(1) };
}

/** The call of `slot` has come from one place to another. */
export function moveCall(slot: Slot, from: MemoNode | undefined, to: MemoNode | undefined): void {
  if (from === to) return;
  if (from?.calls?.delete(slot) === true) {
    if (from.calls.size === 0) from.calls = undefined;
    announce(from);
  }
  if (to !== undefined) {
    to.calls ??= new Set();
    to.calls.add(slot);
    announce(to);
  }
}
