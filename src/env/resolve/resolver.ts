import type { LayerValue } from "../layers/layers.ts";
import { callFor, type Resolver } from "./call.ts";
import { Calls } from "./calls.ts";
import { cycleFailure, type SettingResult } from "./failure.ts";
import { type HostScope, type Outcome, type SettingPending, Slot, Wake } from "./state.ts";
import { findCycle, link } from "./wait-graph.ts";

export function createResolver(): Resolver {
  /** Calls so far, by key and callable. */
  const calls = new Map<string, Map<object, Calls>>();
  const resolver: Resolver = { read, get, until };

  function read(scope: HostScope, key: string, by?: Slot): Outcome {
    if (by !== undefined) scope.noteDependent(by.key, key);
    const { checker } = scope.run;
    const known = scope.slots.get(key);
    if (known?.settled !== undefined) return known.settled;
    const source = scope.find(key);
    if (source === undefined) return checker.absent(key, () => scope.keys());
    if (source.callable === undefined) return checker.plain(source);
    if (source.fresh) return readFresh(scope, source, by);
    const slot = known ?? new Slot(scope, key);
    if (known === undefined) scope.slots.set(key, slot);
    const cycle = by === undefined ? undefined : findCycle(by, slot);
    if (cycle !== undefined) return cycleFailure(cycle);
    // Its callable reads it through an env that is not its own.
    if (slot.busy) return cycleFailure([key, key]);
    const unlink = link(by, slot);
    slot.busy = true;
    try {
      return advance(slot, source, source.callable);
    } finally {
      slot.busy = false;
      unlink();
    }
  }

  /** One step towards the value: as far as it gets without waiting. */
  function advance(slot: Slot, source: LayerValue, callable: object): Outcome {
    if (slot.pending?.wake.fired === false) return slot.pending;
    slot.waitingFor = undefined;
    const { blockedOn } = slot;
    const blocked = blockedOn === undefined ? undefined : read(blockedOn.scope, blockedOn.key, slot);
    if (blocked?.kind === "pending") return block(slot, blocked);
    slot.blockedOn = undefined;
    const shared = slot.cycle === undefined ? callsOf(slot.key, callable).find(slot, resolver) : cycleFailure(slot.cycle);
    if (shared.kind === "pending") return block(slot, shared);
    if (slot.cycle !== undefined) return settle(slot, cycleFailure(slot.cycle));
    if (shared.kind !== "call") return settle(slot, shared);
    const outcome = callFor(slot, source, resolver, shared.record);
    if (!(outcome instanceof Promise)) return outcome.kind === "pending" ? block(slot, outcome) : settle(slot, outcome);
    const wake = new Wake();
    outcome.then((settled) => {
      settle(slot, settled);
      wake.fire();
    });
    return block(slot, { kind: "pending", key: slot.key, wake, slot, result: undefined });
  }

  function callsOf(key: string, callable: object): Calls {
    const byCallable = calls.get(key) ?? new Map<object, Calls>();
    const found = byCallable.get(callable) ?? new Calls();
    calls.set(key, byCallable.set(callable, found));
    return found;
  }

  /** `pending` as whoever reads `slot` sees it, which waits for that. */
  function block(slot: Slot, pending: SettingPending): SettingPending {
    slot.blockedOn = pending.slot === slot ? undefined : pending.slot;
    slot.pending = { ...pending, slot };
    return slot.pending;
  }

  function readFresh(scope: HostScope, source: LayerValue, by: Slot | undefined): Outcome {
    const { key } = source;
    const chain = freshCycle(scope, key, by);
    if (chain !== undefined) return cycleFailure(chain);
    const slot = new Slot(scope, key, by);
    const unlink = link(by, slot);
    const outcome = callFor(slot, source, resolver);
    unlink();
    scope.freshReads.set(key, slot.reads);
    if (!(outcome instanceof Promise)) return outcome.kind === "pending" ? block(slot, outcome) : standIn(slot, outcome);
    const wake = new Wake();
    const result = outcome.then((settled) => standIn(slot, settled)).finally(() => wake.fire());
    return { kind: "pending", key, wake, slot, result };
  }

  function settle(slot: Slot, result: SettingResult): SettingResult {
    slot.settled = standIn(slot, result);
    slot.pending = undefined;
    slot.blockedOn = undefined;
    slot.edges.length = 0;
    return slot.settled;
  }

  /** A dry run shows what it can: a function that stumbles over `<releaseId>` is no mistake of the deployfile. */
  function standIn(slot: Slot, result: SettingResult): SettingResult {
    if (!slot.scope.run.placeholders || result.kind === "value" || result.code === "SETTING_CYCLE") return result;
    return slot.scope.unstated(slot.reads).length === 0 ? result : { kind: "value", value: `<${slot.key}>` };
  }

  async function get(scope: HostScope, key: string, by?: Slot): Promise<SettingResult> {
    for (;;) {
      const outcome = read(scope, key, by);
      if (outcome.kind !== "pending") return outcome;
      const unlink = link(by, outcome.slot);
      const fresh = await (outcome.result ?? until(outcome));
      unlink();
      if (fresh !== undefined) return fresh;
    }
  }

  /** One driver serves all who wait for a setting, and itself waits for the driver of what that setting is blocked on. */
  function until({ slot }: SettingPending): Promise<void> {
    slot.driver ??= drive(slot).finally(() => {
      slot.driver = undefined;
    });
    return slot.driver;
  }

  async function drive(slot: Slot): Promise<void> {
    while (slot.pending !== undefined) {
      const { blockedOn, pending } = slot;
      await (blockedOn?.pending === undefined ? pending.wake.promise : until(blockedOn.pending));
      // Nothing keeps a fresh one; and what a task stated since may have made this one count no more.
      if (slot.scope.slots.get(slot.key) !== slot) return;
      read(slot.scope, slot.key);
    }
  }

  return resolver;
}

/** Fresh settings have no slot that stays, so a cycle of nothing but these shows only in who reads whom. */
function freshCycle(scope: HostScope, key: string, by: Slot | undefined): readonly string[] | undefined {
  const chain = [key];
  for (let slot = by; slot !== undefined; slot = slot.reader) {
    chain.unshift(slot.key);
    if (slot.scope === scope && slot.key === key) return chain;
  }
  return undefined;
}
