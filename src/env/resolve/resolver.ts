import type { Lookup } from "../layers/lookup.ts";
import type { Tokens } from "../values/token.ts";
import { Call, type Reads } from "./call.ts";
import { cycleFailure } from "./failure.ts";
import type { Judge } from "./judge.ts";
import { createMemo } from "./memo.ts";
import { findShared, type Looks } from "./share.ts";
import {
  createSignal,
  createSlot,
  type Edge,
  type Outcome,
  type Pending,
  type Scope,
  type Settled,
  type Slot,
  type Source,
} from "./state.ts";
import { unstatedFacts } from "./unstated.ts";
import { findCycle, link, unlink } from "./wait-graph.ts";

export interface ResolverParts {
  readonly lookup: Lookup;
  readonly judge: Judge;
  readonly tokens: Tokens;
  /** A value that cannot be had since it needs a fact that no task stated reads as `<key>`. */
  readonly placeholders: boolean;
}

/** Works settings out, each at most once for hosts on which it comes to the same. */
export interface Resolver {
  /** What a setting comes to now. `by`: the setting whose callable reads it. Never throws. */
  read(scope: Scope, key: string, by?: Slot): Outcome;
  /** Waits until it is there. Never rejects. */
  get(scope: Scope, key: string, by?: Slot): Promise<Settled>;
  /** Settles when what was not there yet is worth reading again. Never rejects. */
  until(pending: Pending): Promise<void>;
}

export function createResolver({ lookup, judge, tokens, placeholders }: ResolverParts): Resolver {
  const memo = createMemo();
  const looks: Looks & Reads = {
    isFresh: (scope, key) => lookup.find(scope, key)?.fresh === true,
    read,
    get,
    has(scope, key, by) {
      if (by !== undefined) noteDependent(by, key);
      return lookup.has(scope, key);
    },
    keys: (scope) => lookup.keys(scope),
    token: (settled) => tokens.settled(settled),
    judge,
    tokens,
  };

  function read(scope: Scope, key: string, by?: Slot): Outcome {
    if (by !== undefined) noteDependent(by, key);
    const known = scope.slots.get(key);
    if (known?.settled !== undefined) return known.settled;
    const source = lookup.find(scope, key);
    if (source?.callable === undefined) return readPlain(scope, key, source);
    if (source.fresh) return readFresh(scope, source, by);
    const slot = known ?? createSlot(scope, key, undefined);
    if (known === undefined) scope.slots.set(key, slot);
    const cycle = by === undefined ? undefined : findCycle(by, slot);
    if (cycle !== undefined) return cycleFailure(cycle);
    // Its callable reads it through an env that is not its own.
    if (slot.busy) return cycleFailure([key, key]);
    return whileLinked(by, slot, () => advance(slot, source));
  }

  function readPlain(scope: Scope, key: string, source: Source | undefined): Settled {
    if (source === undefined) return judge.absent(key, () => lookup.keys(scope));
    source.plain ??= judge.value(source, source.input);
    return source.plain;
  }

  /** One step towards the value: as far as it gets without waiting. */
  function advance(slot: Slot, source: Source): Outcome {
    if (slot.pending !== undefined && !slot.pending.signal.fired) return slot.pending;
    slot.waitingAt = undefined;
    slot.busy = true;
    try {
      const blocked = stillBlocked(slot);
      if (blocked !== undefined) return blocked;
      if (slot.cycle !== undefined) return settle(slot, cycleFailure(slot.cycle));
      const root = memo.rootOf(slot.key, source.callable ?? source);
      const shared = findShared(slot, root, looks);
      if (shared.kind === "pending") return block(slot, shared);
      if (slot.cycle !== undefined) return settle(slot, cycleFailure(slot.cycle));
      if (shared.kind !== "call") return settle(slot, shared);
      return call(slot, new Call(slot, source, looks, root, shared.heading));
    } finally {
      slot.busy = false;
    }
  }

  function stillBlocked(slot: Slot): Pending | undefined {
    const { blockedOn } = slot;
    if (blockedOn === undefined) return undefined;
    const outcome = read(blockedOn.scope, blockedOn.key, slot);
    if (outcome.kind === "pending") return block(slot, outcome);
    slot.blockedOn = undefined;
    return undefined;
  }

  /** `pending` as it looks to whoever reads `slot`, which waits for it. */
  function block(slot: Slot, pending: Pending): Pending {
    slot.blockedOn = pending.slot === slot ? undefined : pending.slot;
    slot.pending = { ...pending, slot };
    return slot.pending;
  }

  function call(slot: Slot, one: Call): Outcome {
    const outcome = one.run();
    if (!(outcome instanceof Promise)) return outcome.kind === "pending" ? block(slot, outcome) : settle(slot, outcome);
    const signal = createSignal();
    outcome.then((settled) => {
      settle(slot, settled);
      signal.fire();
    });
    return block(slot, { kind: "pending", key: slot.key, signal, slot, result: undefined });
  }

  function readFresh(scope: Scope, source: Source, by: Slot | undefined): Outcome {
    const { key } = source;
    const chain = freshCycle(scope, key, by);
    if (chain !== undefined) return cycleFailure(chain);
    const slot = createSlot(scope, key, { reader: by });
    return whileLinked(by, slot, () => {
      const outcome = new Call(slot, source, looks).run();
      scope.freshReads.set(key, slot.reads);
      if (!(outcome instanceof Promise)) return outcome.kind === "pending" ? block(slot, outcome) : standIn(slot, outcome);
      const signal = createSignal();
      const result = outcome.then((settled) => standIn(slot, settled)).finally(() => signal.fire());
      return { kind: "pending", key, signal, slot, result };
    });
  }

  function settle(slot: Slot, settled: Settled): Settled {
    slot.settled = standIn(slot, settled);
    slot.pending = undefined;
    slot.blockedOn = undefined;
    slot.edges = [];
    return slot.settled;
  }

  /** A dry run shows what it can: a function that stumbles over `<releaseId>` is no mistake of the deployfile. */
  function standIn(slot: Slot, settled: Settled): Settled {
    if (!placeholders || settled.kind === "value" || settled.code === "SETTING_CYCLE") return settled;
    if (unstatedFacts(slot.scope, slot.reads, lookup).length === 0) return settled;
    return { kind: "value", value: `<${slot.key}>` };
  }

  async function get(scope: Scope, key: string, by?: Slot): Promise<Settled> {
    for (;;) {
      const outcome = read(scope, key, by);
      if (outcome.kind !== "pending") return outcome;
      const edge = by === undefined ? undefined : link(by, outcome.slot);
      const fresh = await (outcome.result ?? until(outcome));
      if (by !== undefined) unlink(by, edge);
      if (fresh !== undefined) return fresh;
    }
  }

  /** One driver serves all who wait for a setting, and itself waits for the driver of what that setting is blocked on. */
  function until({ slot }: Pending): Promise<void> {
    slot.driver ??= drive(slot).finally(() => {
      slot.driver = undefined;
    });
    return slot.driver;
  }

  async function drive(slot: Slot): Promise<void> {
    while (slot.settled === undefined && slot.pending !== undefined) {
      const { blockedOn, pending } = slot;
      await (blockedOn?.pending === undefined ? pending.signal.promise : until(blockedOn.pending));
      // Nothing keeps a fresh one; and what a task stated since may have made this one count no more.
      if (slot.scope.slots.get(slot.key) !== slot) return;
      read(slot.scope, slot.key);
    }
  }

  return { read, get, until };
}

/** While one setting is worked out for another, that other waits for it. */
function whileLinked<T>(by: Slot | undefined, slot: Slot, work: () => T): T {
  const edge: Edge | undefined = by === undefined ? undefined : link(by, slot);
  try {
    return work();
  } finally {
    if (by !== undefined) unlink(by, edge);
  }
}

function noteDependent(by: Slot, key: string): void {
  const { dependents } = by.scope;
  const existing = dependents.get(key);
  if (existing === undefined) dependents.set(key, new Set([by.key]));
  else existing.add(by.key);
}

/** Fresh settings have no slot that stays, so a cycle of nothing but these shows only in who reads whom. */
function freshCycle(scope: Scope, key: string, by: Slot | undefined): readonly string[] | undefined {
  const chain = [key];
  for (let slot = by; slot?.fresh === true; slot = slot.reader) {
    chain.unshift(slot.key);
    if (slot.scope === scope && slot.key === key) return chain;
  }
  return undefined;
}
