/**
 * Objects whose members are made when somebody asks for them: a run makes a context for each task on each host, and a task uses two or
 * three of its thirty members.
 */

/** How each member comes to be. */
export type MemberMakers<S, T> = { readonly [K in keyof T]-?: (from: S) => T[K] };

interface Made {
  readonly from: unknown;
  readonly members: Map<string, unknown>;
}

/**
 * Makes the objects. To whoever uses one it has its members from the start: it can be destructured, spread and listed, and cannot be changed.
 * @param anew members that are made each time that they are asked for: what they show changes
 */
export function withMembers<S, T extends object>(
  makers: MemberMakers<S, T>,
  anew: readonly (keyof T & string)[] = [],
): (from: S) => T {
  const known = new Map(Object.entries<(from: unknown) => unknown>(makers as never));
  const fleeting: ReadonlySet<string> = new Set(anew);
  const keys = [...known.keys()];
  const get = ({ from, members }: Made, key: string | symbol): unknown => {
    const make = typeof key === "string" ? known.get(key) : undefined;
    if (make === undefined) return Object.prototype[key as keyof typeof Object.prototype];
    if (typeof key !== "string" || fleeting.has(key)) return make(from);
    if (!members.has(key)) members.set(key, make(from));
    return members.get(key);
  };
  const has = (key: string | symbol): key is string => typeof key === "string" && known.has(key);
  const refuse = (): boolean => false;
  const handler: ProxyHandler<Made> = {
    get,
    has: (_, key) => has(key) || key in Object.prototype,
    ownKeys: () => keys,
    getOwnPropertyDescriptor: (made, key) =>
      has(key) ? { get: () => get(made, key), enumerable: true, configurable: true } : undefined,
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  };
  return (from) => new Proxy<Made>({ from, members: new Map() }, handler) as unknown as T;
}
