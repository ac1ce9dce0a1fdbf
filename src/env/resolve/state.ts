import type { Layers, LayerValue, LayerValues, RoleConflict, RoleSettings } from "../layers/layers.ts";
import type { Locate } from "../layers/locate-key.ts";
import { isReserved } from "../reader.ts";
import type { HostView } from "../settings.ts";
import { describeProvenance, listSome } from "../values/describe.ts";
import type { Tokens } from "../values/token.ts";
import { createFailure, type SettingResult } from "./failure.ts";
import type { ValueChecker } from "./value-checker.ts";

/** What all hosts of a run have in common. */
export interface RunSettings {
  readonly layers: Layers;
  /** Of the command line. */
  readonly options: LayerValues;
  readonly locate: Locate;
  readonly tokens: Tokens;
  readonly checker: ValueChecker;
  /** A fact that no task stated reads as `<key>`, and so does what needs one; defaults of facts do not count. */
  readonly placeholders: boolean;
}

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
  /** Who reads a fresh setting, which has no memory to find a cycle in. */
  readonly reader: Slot | undefined;
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

  constructor(scope: HostScope, key: string, reader?: Slot) {
    this.scope = scope;
    this.key = key;
    this.reader = reader;
  }

  /** Its callable looked at `key`. */
  noteRead(key: string): void {
    if (!this.reads.includes(key)) this.reads.push(key);
  }
}

/** One host, or the control machine of a run without hosts: which value of a setting counts for it, and its settings so far. */
export class HostScope {
  readonly view: HostView;
  /** Host-level settings. */
  readonly own: LayerValues;
  readonly roles: RoleSettings;
  readonly run: RunSettings;
  readonly slots = new Map<string, Slot>();
  /** What the callables of fresh settings looked at when they were last read: no slot keeps it. */
  readonly freshReads = new Map<string, readonly string[]>();
  readonly #facts = new Map<string, LayerValue>();
  /** By key: the settings whose callables looked at it. */
  readonly #dependents = new Map<string, Set<string>>();

  constructor(view: HostView, own: LayerValues, roles: RoleSettings, run: RunSettings) {
    this.view = view;
    this.own = own;
    this.roles = roles;
    this.run = run;
  }

  /** The strongest layer's value, or undefined when no layer has the key. */
  find(key: string): LayerValue | undefined {
    const { placeholders, layers } = this.run;
    return this.#findSet(key) ?? (placeholders && this.#isFact(key) ? undefined : layers.defaults.get(key));
  }

  /** True when a layer sets the key; for settings a default counts, a fact must have been stated. */
  has(key: string): boolean {
    return this.#findSet(key) !== undefined || (this.run.layers.defaults.has(key) && !this.#isFact(key));
  }

  /** Keys that are declared, set or stated; declared ones first. */
  keys(): readonly string[] {
    const { layers, options } = this.run;
    const all = [layers.declarations, layers.deployfile, this.roles.sources, this.own, options, this.#facts];
    return [...new Set(all.flatMap((layer) => [...layer.keys()]))].filter((key) => !isReserved(key));
  }

  /** Keys that the callable of a setting looked at, in order. */
  readsOf(key: string): readonly string[] {
    return this.slots.get(key)?.reads ?? this.freshReads.get(key) ?? [];
  }

  /** Facts among `keys`, and among what their callables looked at, that no task has stated yet. */
  unstated(keys: Iterable<string>): readonly string[] {
    const seen = new Set(keys);
    const unstated: string[] = [];
    for (const key of seen) {
      for (const read of this.readsOf(key)) seen.add(read);
      if (this.#isFact(key) && !this.has(key)) unstated.push(key);
    }
    return unstated;
  }

  /** The callable of one setting looked at another. */
  noteDependent(dependent: string, key: string): void {
    this.#dependents.set(key, (this.#dependents.get(key) ?? new Set()).add(dependent));
  }

  /** A fact wins over every layer, and what was worked out from the old one, through however many settings, is dropped. */
  state(fact: LayerValue): void {
    this.#facts.set(fact.key, fact);
    const changed = new Set([fact.key]);
    for (const key of changed) {
      this.slots.delete(key);
      for (const dependent of this.#dependents.get(key) ?? []) changed.add(dependent);
    }
  }

  /** Those that were stated: on the control machine, those for all hosts. */
  facts(): Iterable<LayerValue> {
    return this.#facts.values();
  }

  #findSet(key: string): LayerValue | undefined {
    const strong = this.#facts.get(key) ?? this.run.options.get(key) ?? this.own.get(key);
    if (strong !== undefined) return strong;
    const conflict = this.roles.conflicts.get(key);
    return conflict === undefined
      ? (this.roles.sources.get(key) ?? this.run.layers.deployfile.get(key))
      : this.#withoutValue(conflict);
  }

  #withoutValue(conflict: RoleConflict): LayerValue {
    const { text, hint } = describeConflict(conflict, [this.view.id], this.run.locate);
    const plain = createFailure({ code: "ROLE_CONFLICT", text, chain: [conflict.first.key], hint });
    return { ...conflict.first, callable: undefined, plain };
  }

  #isFact(key: string): boolean {
    return this.run.layers.declarations.get(key)?.declaration.kind === "fact";
  }
}

/** Two roles of these hosts say different things, and nothing above them decides. */
export function describeConflict({ first, second }: RoleConflict, hosts: readonly string[], locate: Locate) {
  const both = `${describeProvenance(locate(first))} and ${describeProvenance(locate(second))}`;
  return {
    text: `\`${first.key}\` is set differently for ${listSome(hosts)} by two of its roles: ${both}.`,
    hint: `Say which counts with -s ${first.key}=..., or set it for the host.`,
  };
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
