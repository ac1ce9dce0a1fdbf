import { EnvError } from "../errors.ts";
import type { HostView, TaskEnv } from "./settings.ts";
import { ignoreRejection } from "./values/thenable.ts";

/** Names that mean something else on an env. */
const RESERVED: ReadonlySet<string> = new Set(["get", "set", "setForRun", "has", "host", "then", "toJSON", "__proto__"]);

/** True for keys that no setting can have. */
export function isReserved(key: string): boolean {
  return RESERVED.has(key);
}

/** What an env object does when it is used. */
export interface ReaderParts {
  /** What it prints as. */
  readonly label: string;
  read(key: string): unknown;
  get(key: string): Promise<unknown>;
  has(key: string): boolean;
  host(): HostView;
  keys(): readonly string[];
  /** Absent where facts cannot be stated: in the functions of settings. */
  readonly set?: (key: string, value: unknown) => void;
  readonly setForRun?: (key: string, value: unknown) => void;
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** The object behind `env`. Printing it, awaiting it or listing its keys resolves nothing. */
export function createReader(parts: ReaderParts): TaskEnv {
  const shown = (): string => `[${parts.label}]`;
  const target: Record<PropertyKey, unknown> = Object.assign(Object.create(null), {
    [INSPECT]: shown,
    [Symbol.toStringTag]: parts.label,
  });
  const members = createMembers(parts, shown);
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === "symbol") return target[key];
      if (key === "host") return parts.host();
      if (isReserved(key)) return members[key];
      return isOfEveryObject(key) && !parts.has(key) ? Object.prototype[key] : parts.read(key);
    },
    has: (_, key) => typeof key === "string" && (key === "host" || members[key] !== undefined || parts.has(key)),
    ownKeys: () => [...parts.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === "string" && parts.keys().includes(key)
        ? { get: () => parts.read(key), enumerable: true, configurable: true }
        : undefined,
    set: (_, key, value) => refuse(key, value),
    defineProperty: (_, key) => refuse(key),
    deleteProperty: (_, key) => refuse(key),
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  }) as unknown as TaskEnv;
}

function createMembers(parts: ReaderParts, shown: () => string): Readonly<Record<string, unknown>> {
  const cannotState = (key: string): never => {
    throw new EnvError("FACT_NOT_STATED", `\`${key}\` cannot be stated in the function of a setting.`, [key], {
      hint: "Facts are stated by tasks.",
    });
  };
  return Object.assign(Object.create(null), {
    get(key: string) {
      const promise = parts.get(key);
      ignoreRejection(promise);
      return promise;
    },
    has: parts.has,
    set: parts.set ?? cannotState,
    setForRun: parts.setForRun ?? cannotState,
    toJSON: shown,
  });
}

/** `toString`, `constructor` and the like, which are looked for by whatever prints or compares an object. */
function isOfEveryObject(key: string): key is keyof typeof Object.prototype {
  return Object.hasOwn(Object.prototype, key);
}

function refuse(key: PropertyKey, value?: unknown): never {
  const name = String(key);
  throw new EnvError("ENV_READ_ONLY", `\`env.${name}\` cannot be assigned to.`, [name], {
    hint: value === undefined ? "Settings are set in the deployfile." : `State it with env.set("${name}", value).`,
  });
}
