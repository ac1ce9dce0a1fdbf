import type { EnvError } from "../../errors.ts";
import type { Callable, HostView, Provenance } from "../settings.ts";

/** One value in one layer. */
export interface Source {
  readonly key: string;
  readonly provenance: Provenance;
  readonly input: unknown;
  /** Absent for plain values. */
  readonly callable: Callable<unknown> | undefined;
  readonly fresh: boolean;
  /** What a plain value comes to after its schema; worked out once. */
  plain: Settled | undefined;
}

export interface Found {
  readonly kind: "value";
  readonly value: unknown;
}

/** A value that cannot be had. Remembered as values are, so that nothing is asked twice. */
export interface Failed {
  readonly kind: "failed";
  readonly code: string;
  /** What went wrong at the end of the chain, in one sentence. */
  readonly text: string;
  readonly hint: string | undefined;
  /** Keys that were being resolved, outermost first. */
  readonly chain: readonly string[];
  readonly cause: Error | undefined;
  /** The fact that no task stated, when that is the reason. */
  readonly unset: string | undefined;
  readonly error: EnvError;
}

export type Settled = Found | Failed;

/** Fires once. Never rejects. */
export interface Signal {
  readonly promise: Promise<void>;
  readonly fired: boolean;
  fire(): void;
}

/** Not there yet. */
export interface Pending {
  readonly kind: "pending";
  /** The async setting that is being waited for. */
  readonly key: string;
  /** Fires when it is worth reading again. */
  readonly signal: Signal;
  /** The setting that was read. */
  readonly slot: Slot;
  /** Of a fresh async callable: no memory keeps it, so this promise is the only way to it. */
  readonly result: Promise<Settled> | undefined;
}

export type Outcome = Settled | Pending;

/** What is known about one setting with a callable on one host. */
export interface Slot {
  readonly scope: Scope;
  readonly key: string;
  readonly fresh: boolean;
  /** For fresh ones, which have no memory to find a cycle in: who reads it. */
  readonly reader: Slot | undefined;
  settled: Settled | undefined;
  /** Keys that its callable looked at, in order. */
  reads: string[];
  /** It is being worked out further down the JavaScript stack. */
  busy: boolean;
  /** Why it was not there when it was last read; it still is not before that signal fires. */
  pending: Pending | undefined;
  /** Settles when it is there, or counts no more. Absent while nobody waits. */
  driver: Promise<void> | undefined;
  /** The setting for which its sync callable was interrupted. */
  blockedOn: Slot | undefined;
  /** Where it waits for another host's call, which may serve it too. */
  waitingAt: MemoNode | undefined;
  /** Settings that its callable waits for. */
  edges: readonly Edge[];
  /** It needs itself: the keys in between. Whatever its callable makes of that, it has no value. */
  cycle: readonly string[] | undefined;
}

export interface Edge {
  readonly to: Slot;
}

/** One host, or the control machine of a run without hosts: its settings so far. */
export interface Scope {
  readonly view: HostView;
  readonly slots: Map<string, Slot>;
  /** By key: the settings on this host whose callables looked at it. */
  readonly dependents: Map<string, Set<string>>;
  readonly facts: Map<string, Source>;
  /** Host-level settings. */
  readonly own: ReadonlyMap<string, Source>;
  readonly roles: RoleSettings;
  /** What the callables of fresh settings looked at when they were last read: no slot keeps it. */
  readonly freshReads: Map<string, readonly string[]>;
}

/** What the roles of a host say together. */
export interface RoleSettings {
  readonly sources: ReadonlyMap<string, Source>;
  readonly conflicts: ReadonlyMap<string, RoleConflict>;
}

/** What two roles say about a key, when it is not the same. */
export interface RoleConflict {
  readonly key: string;
  readonly first: Source;
  readonly second: Source;
}

/**
 * A place in what is known about a callable. The way to it is what the callable looked at and found there, in order; since a callable
 * depends on nothing else, all hosts that find the same go the same way, look at the same next, and end with the same result.
 */
export interface MemoNode {
  next: { readonly step: string; readonly branches: Map<unknown, MemoNode> } | undefined;
  result: Settled | undefined;
  /** From here on it is worked out for each host alone. */
  unshared: boolean;
  /** Calls under way that have come as far as this; absent while there is none. */
  calls: Set<Slot> | undefined;
  /** Fires when more is known here, or a call under way has left. */
  changed: Signal | undefined;
}

export function createSlot(scope: Scope, key: string, fresh: { readonly reader: Slot | undefined } | undefined): Slot {
  return {
    scope,
    key,
    fresh: fresh !== undefined,
    reader: fresh?.reader,
    settled: undefined,
    reads: [],
    busy: false,
    pending: undefined,
    driver: undefined,
    blockedOn: undefined,
    waitingAt: undefined,
    edges: [],
    cycle: undefined,
  };
}

/** `slot`'s callable looked at `key`. */
export function noteRead(slot: Slot, key: string): void {
  if (!slot.reads.includes(key)) slot.reads.push(key);
}

export function createSignal(): Signal {
  let resolve = (): void => {};
  let fired = false;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return {
    promise,
    get fired() {
      return fired;
    },
    fire() {
      fired = true;
      resolve();
    },
  };
}
