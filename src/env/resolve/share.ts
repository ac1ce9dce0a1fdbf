import { branchOff, stepKind, whenChanged } from "./memo.ts";
import { type MemoNode, noteRead, type Outcome, type Pending, type Scope, type Settled, type Slot } from "./state.ts";
import { waitsFor } from "./wait-graph.ts";

/** How the memo learns what a callable would find on the host that asks. */
export interface Looks {
  /** True when nothing keeps the value of the key: it says nothing about what a call would find. */
  isFresh(scope: Scope, key: string): boolean;
  read(scope: Scope, key: string, by: Slot): Outcome;
  has(scope: Scope, key: string, by: Slot): boolean;
  token(settled: Settled): unknown;
}

/** Only a call on this host can tell; `heading`: the place to which it comes, if it keeps to what is known. */
export interface MustCall {
  readonly kind: "call";
  readonly heading: MemoNode | undefined;
}

const CALL_UNSHARED: MustCall = { kind: "call", heading: undefined };

/**
 * Follows what is known about a callable, looking at what it would look at: to a result that serves this host too, to something that
 * is not there yet, or to where nothing more is known.
 */
export function findShared(slot: Slot, root: MemoNode, looks: Looks): Outcome | MustCall {
  slot.reads = [];
  for (let node = root; ; ) {
    if (node.result !== undefined) return node.result;
    if (node.unshared) return CALL_UNSHARED;
    if (node.next === undefined) return waitForCalls(slot, node) ?? { kind: "call", heading: node };
    const found = look(slot, node.next.step, looks);
    if (found === "fresh") return CALL_UNSHARED;
    if ("kind" in found) return found;
    const branch = node.next.branches.get(found.token);
    if (branch === undefined) return waitForCalls(slot, node) ?? { kind: "call", heading: branchOff(node.next, found.token) };
    node = branch;
  }
}

function look(slot: Slot, step: string, looks: Looks): { readonly token: unknown } | Pending | "fresh" {
  const { kind, key } = stepKind(step);
  if (looks.isFresh(slot.scope, key)) return "fresh";
  noteRead(slot, key);
  if (kind === "presence") return { token: looks.has(slot.scope, key, slot) };
  const outcome = looks.read(slot.scope, key, slot);
  return outcome.kind === "pending" ? outcome : { token: looks.token(outcome) };
}

/**
 * Calls under way that found the same so far may end with what serves this host too: one question is enough for all. Unless they wait
 * for this very setting.
 */
function waitForCalls(slot: Slot, node: MemoNode): Pending | undefined {
  if (node.calls === undefined) return undefined;
  for (const call of node.calls) if (waitsFor(call, slot)) return undefined;
  slot.waitingAt = node;
  return { kind: "pending", key: slot.key, signal: whenChanged(node), slot, result: undefined };
}
