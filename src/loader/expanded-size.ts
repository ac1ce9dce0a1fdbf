/**
 * How many values there are in data once all that it mentions twice is written out; infinity where something is inside itself. An
 * alias in YAML costs three characters: ten lines of them can stand for more than any memory holds.
 */
export function expandedSize(value: unknown): number {
  const sizes = new Map<object, number>();
  const sizeOf = (part: unknown): number => {
    if (typeof part !== "object" || part === null) return 1;
    const known = sizes.get(part);
    if (known !== undefined) return known;
    // Until it is known: met again below itself.
    sizes.set(part, Number.POSITIVE_INFINITY);
    const size = Object.values(part).reduce<number>((sum, each) => sum + sizeOf(each), 1);
    sizes.set(part, size);
    return size;
  };
  return sizeOf(value);
}
