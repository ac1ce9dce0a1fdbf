/**
 * Whether a version is in a range as package.json has it. Sent to hosts as text: it names nothing from outside.
 * @returns undefined where the range is none that is understood
 */
export function satisfies(version: string, range: string): boolean | undefined {
  const COMPARATOR = /^([<>]=?|=|~>?|\^)?v?(\d+|[xX*])?(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-[\w.-]+)?$/;
  const here = version.split(".").map(Number);
  let isKnown = true;
  const isBelow = (bound: readonly number[]): boolean => {
    const at = here.findIndex((part, index) => part !== bound[index]);
    return at >= 0 && (here[at] ?? 0) < (bound[at] ?? 0);
  };
  const holds = (comparator: string): boolean => {
    const match = COMPARATOR.exec(comparator);
    if (match === null) isKnown = false;
    const [, sign = "", ...parts] = match ?? [];
    const wild = parts.findIndex((part) => part === undefined || !/^\d/.test(part));
    const given = (wild < 0 ? parts : parts.slice(0, wild)).map(Number);
    if (given.length === 0) return true;
    const low = [0, 1, 2].map((index) => given[index] ?? 0);
    /** The first version in which this part is another one. */
    const next = (index: number): readonly number[] => low.map((part, at) => (at < index ? part : at === index ? part + 1 : 0));
    const last = given.length - 1;
    if (sign === ">=") return !isBelow(low);
    if (sign === ">") return !isBelow(next(last));
    if (sign === "<") return isBelow(low);
    if (sign === "<=") return isBelow(next(last));
    const nonZero = given.findIndex((part) => part !== 0);
    const fixed = sign === "^" ? (nonZero < 0 ? last : nonZero) : sign.startsWith("~") ? Math.min(last, 1) : last;
    return !isBelow(low) && isBelow(next(fixed));
  };
  const alternatives = range.split("||").map((part) => {
    const comparators = part
      .trim()
      .replace(/(\S+)\s+-\s+(\S+)/g, ">=$1 <=$2")
      .replace(/([<>=~^])\s+/g, "$1");
    return comparators.split(/\s+/).map(holds).every(Boolean);
  });
  return isKnown ? alternatives.some(Boolean) : undefined;
}
