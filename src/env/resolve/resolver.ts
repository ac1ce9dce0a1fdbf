import { type Lookup, unstatedFacts } from "../layers/lookup.ts";
import type { Tokens } from "../values/token.ts";
import { callFor, type SettingReads } from "./call.ts";
import { Calls } from "./calls.ts";
import { cycleFailure } from "./failure.ts";
import { type HostScope, type LayerValue, type Outcome, type SettingPending, type SettingResult, Slot, Wake } from "./state.ts";
import type { ValueChecker } from "./value-checker.ts";
import { findCycle, link } from "./wait-graph.ts";

export interface ResolverParts {
  readonly lookup: Lookup;
  readonly checker: ValueChecker;
  readonly tokens: Tokens;
  /** A value that cannot be had since it needs a fact that no task stated reads as `<key>`. */
  readonly placeholders: boolean;
}

/** Works settings out, each at most once for hosts on which it comes to the same. */
export interface Resolver {
  /** What a setting comes to now. `by`: the setting whose callable reads it. Never throws. */
  read(scope: HostScope, key: string, by?: Slot): Outcome;
  /** Waits until it is there. Never rejects. */
  get(scope: HostScope, key: string, by?: Slot): Promise<SettingResult>;
  /** Settles when what was not there yet is worth reading again. Never rejects. */
  until(pending: SettingPending): Promise<void>;
}

export function createResolver({ lookup, checker, tokens, placeholders }: ResolverParts): Resolver {
  /** Calls so far, by key and callable. */
  const calls = new Map<string, Map<object, Calls>>();
  const reads: SettingReads = {
    isFresh: (scope, key) => lookup.find(scope, key)?.fresh === true,
    read,
    get,
    has(scope, key, by) {
      noteDependent(by, key);
      return lookup.has(scope, key);
    },
    keys: (scope) => lookup.keys(scope),
    checker,
    tokens,
  };

  function read(scope: HostScope, key: string, by?: Slot): Outcome {
    noteDependent(by, key);
    const known = scope.slots.get(key);
    if (known?.settled !== undefined) return known.settled;
    const source = lookup.find(scope, key);
    if (source === undefined) return checker.absent(key, () => lookup.keys(scope));
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
    const shared = slot.cycle === undefined ? callsOf(slot.key, callable).find(slot, reads) : cycleFailure(slot.cycle);
    if (shared.kind === "pending") return block(slot, shared);
    if (slot.cycle !== undefined) return settle(slot, cycleFailure(slot.cycle));
    if (shared.kind !== "call") return settle(slot, shared);
    const outcome = callFor(slot, source, reads, shared.record);
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
    const slot = new Slot(scope, key, { reader: by });
    const unlink = link(by, slot);
    const outcome = callFor(slot, source, reads);
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
    if (!placeholders || result.kind === "value" || result.code === "SETTING_CYCLE") return result;
    if (unstatedFacts(slot.scope, slot.reads, lookup).length === 0) return result;
    return { kind: "value", value: `<${slot.key}>` };
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

  return { read, get, until };
}

function noteDependent(by: Slot | undefined, key: string): void {
  if (by === undefined) return;
  const { dependents } = by.scope;
  const existing = dependents.get(key);
  if (existing === undefined) dependents.set(key, new Set([by.key]));
  else existing.add(by.key);
}

/** Fresh settings have no slot that stays, so a cycle of nothing but these shows only in who reads whom. */
function freshCycle(scope: HostScope, key: string, by: Slot | undefined): readonly string[] | undefined {
  const chain = [key];
  for (let slot = by; slot?.fresh !== undefined; slot = slot.fresh.reader) {
    chain.unshift(slot.key);
    if (slot.scope === scope && slot.key === key) return chain;
  }
  return undefined;
}
