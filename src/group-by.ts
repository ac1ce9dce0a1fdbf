/** Groups things that are the same, in order of their first appearance, with all that had them. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => unknown): (readonly [T, ...T[]])[] {
  const groups = new Map<unknown, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
