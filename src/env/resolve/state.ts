import type { EnvError } from "../../errors.ts";
import type { Callable, HostView, Provenance } from "../settings.ts";

/** One value in one layer. */
export interface LayerValue {
  readonly key: string;
  readonly provenance: Provenance;
  readonly input: unknown;
  /** Absent for plain values. */
  readonly callable: Callable<unknown> | undefined;
  readonly fresh: boolean;
  /** What a plain value comes to after its schema; worked out once. */
  plain: SettingResult | undefined;
}

export interface SettingValue {
  readonly kind: "value";
  readonly value: unknown;
}

/** A value that cannot be had. Remembered as values are, so that nothing is asked twice. */
export interface SettingFailure {
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

export type SettingResult = SettingValue | SettingFailure;

/** Not there yet. */
export interface SettingPending {
  readonly kind: "pending";
  /** The async setting that is being waited for. */
  readonly key: string;
  /** Fires when it is worth reading again. */
  readonly wake: Wake;
  /** The setting that was read. */
  readonly slot: Slot;
  /** Of a fresh async callable: no memory keeps it, so this promise is the only way to it. */
  readonly result: Promise<SettingResult> | undefined;
}

export type Outcome = SettingResult | SettingPending;

/** Fires once. Never rejects. */
export class Wake {
  fired = false;
  #resolve = (): void => {};
  readonly promise = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  fire(): void {
    this.fired = true;
    this.#resolve();
  }
}

/** What is known about one setting with a callable on one host. */
export class Slot {
  readonly scope: HostScope;
  readonly key: string;
  /** Of a fresh setting, which has no memory to find a cycle in: who reads it. */
  readonly fresh: { readonly reader: Slot | undefined } | undefined;
  settled: SettingResult | undefined;
  /** Keys that its callable looked at, in order. */
  reads: string[] = [];
  /** It is being worked out further down the JavaScript stack. */
  busy = false;
  /** Why the value was not there at the last read; it still is not before this fires. */
  pending: SettingPending | undefined;
  /** Settles when it is there, or counts no more. Absent while nobody waits. */
  driver: Promise<void> | undefined;
  /** The setting for which its sync callable was interrupted. */
  blockedOn: Slot | undefined;
  /** Another host's call that may serve it too, while it waits for that. */
  waitingFor: { readonly caller: Slot | undefined; wakeAll(): void } | undefined;
  /** Settings that its callable waits for, as often as it does. */
  readonly edges: Slot[] = [];
  /** The setting needs itself: the keys in between. Whatever its callable makes of that, there is no value. */
  cycle: readonly string[] | undefined;

  constructor(scope: HostScope, key: string, fresh?: Slot["fresh"]) {
    this.scope = scope;
    this.key = key;
    this.fresh = fresh;
  }

  /** Its callable looked at `key`. */
  noteRead(key: string): void {
    if (!this.reads.includes(key)) this.reads.push(key);
  }
}

/** One host, or the control machine of a run without hosts: its settings so far. */
export interface HostScope {
  readonly view: HostView;
  readonly slots: Map<string, Slot>;
  /** By key: the settings on this host whose callables looked at it. */
  readonly dependents: Map<string, Set<string>>;
  readonly facts: Map<string, LayerValue>;
  /** Host-level settings. */
  readonly own: ReadonlyMap<string, LayerValue>;
  readonly roles: RoleSettings;
  /** What the callables of fresh settings looked at when they were last read: no slot keeps it. */
  readonly freshReads: Map<string, readonly string[]>;
}

/** What the roles of a host say together. */
export interface RoleSettings {
  readonly sources: ReadonlyMap<string, LayerValue>;
  readonly conflicts: ReadonlyMap<string, RoleConflict>;
}

/** What two roles say about a key, when it is not the same. */
export interface RoleConflict {
  readonly key: string;
  readonly first: LayerValue;
  readonly second: LayerValue;
}

/**
 * Thrown through a function that reads a setting which is not there yet; the function is called again when it is. What it does when it
 * catches this is thrown away.
 */
export class Suspension extends Error {
  readonly pending: SettingPending;

  constructor(pending: SettingPending) {
    super(`\`${pending.key}\` is being worked out; this function is called again when it is there.`);
    this.name = "Suspension";
    this.pending = pending;
  }
}
