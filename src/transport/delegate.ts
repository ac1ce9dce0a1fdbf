import type { Connection } from "./transport.ts";

/**
 * A connection that does what another does, but for what is given in its place. Nothing is copied: what a connection can do one day, and
 * what changes while it is open, is there too.
 */
export function delegate(connection: Connection, overrides: Partial<Connection>): Connection {
  return new Proxy(connection, {
    get(target, key) {
      if (Object.hasOwn(overrides, key)) return overrides[key as keyof Connection];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
