/** Hosts whose names differ in one number, and the text that stands for all of them. */
export interface FoldedHosts {
  /** `web[1-3,7]`, as `expandRanges` reads it; a host that is like no other is its name. */
  readonly text: string;
  /** How many they are. */
  readonly count: number;
}

/** A name, cut around one of its numbers. */
interface Cut {
  readonly key: string;
  readonly head: string;
  readonly number: string;
  readonly value: number;
  readonly tail: string;
}

/** Ranges take no larger numbers. */
const DIGITS = 9;
/** What has a meaning in ranges, or in lists of hosts: such a name stands for itself alone. */
const TAKEN = /[[\]{},\s]/;

/**
 * Names of hosts with those that differ in one number as one range, in the order of their first hosts: `web[01-40]`, `db1`. Zeros in front
 * are kept. A name with several numbers goes by the one that most others differ in; the last of them, where it makes no difference.
 * @param hosts each once
 */
export function foldHosts(hosts: readonly string[]): readonly FoldedHosts[] {
  const cuts = new Map(hosts.map((host) => [host, cutsOf(host)]));
  const sizes = new Map<string, number>();
  for (const { key } of [...cuts.values()].flat()) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const sizeOf = (cut: Cut | undefined): number => (cut === undefined ? 0 : (sizes.get(cut.key) ?? 0));
  const groups = new Map<string, Cut[]>();
  for (const [host, its] of cuts) {
    const best = its.reduce<Cut | undefined>((most, cut) => (sizeOf(cut) >= sizeOf(most) ? cut : most), undefined);
    const cut = best ?? { key: host, head: host, number: "", value: 0, tail: "" };
    const group = groups.get(cut.key);
    if (group === undefined) groups.set(cut.key, [cut]);
    else group.push(cut);
  }
  return [...groups.values()].map((group) => ({ text: write(group), count: group.length }));
}

/** A name once for each of its numbers. */
function cutsOf(host: string): readonly Cut[] {
  if (TAKEN.test(host)) return [];
  // No range is read in the name of a user.
  const user = host.lastIndexOf("@");
  const numbers = [...host.matchAll(/\d+/g)].filter(({ 0: number, index }) => index > user && number.length <= DIGITS);
  return numbers.map(({ 0: number, index }) => {
    const [head, tail] = [host.slice(0, index), host.slice(index + number.length)];
    // A space is in no name: nothing else has this key.
    return { key: `${head} ${tail}`, head, number, value: Number(number), tail };
  });
}

/** All of a group have one head and tail. */
function write(group: readonly Cut[]): string {
  const { head = "", number = "", tail = "" } = group[0] ?? {};
  return group.length === 1 ? head + number + tail : `${head}[${rangesOf(group)}]${tail}`;
}

/** `1-3,7`: shorter numbers first, since `9` and `09` are two. */
function rangesOf(cuts: readonly Cut[]): string {
  const sorted = cuts.toSorted((left, right) => left.number.length - right.number.length || left.value - right.value);
  const runs: [first: string, last: string][] = [];
  for (const { number } of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && number === next(run)) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}

/** The number that would go on a run: as wide as its first where that has zeros in front. */
function next([first, last]: readonly [first: string, last: string]): string | undefined {
  const number = String(Number(last) + 1);
  if (!/^0\d/.test(first)) return number;
  return number.length > first.length ? undefined : number.padStart(first.length, "0");
}
