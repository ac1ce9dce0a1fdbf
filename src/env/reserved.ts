/** Names that mean something else on an env. */
const RESERVED: ReadonlySet<string> = new Set(["get", "set", "setForRun", "has", "host", "then", "toJSON", "__proto__"]);

/** True for keys that no setting can have. */
export function isReserved(key: string): boolean {
  return RESERVED.has(key);
}
