// Prints who imports whom: one line for each folder of src/ that imports from another, with the number of imports.
//
//   node build/arrows.mjs [folder of the sources] [depth]
//
// A place that imports back is marked with <->. Types count, as they do for the linter.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g;

const [sources = join(import.meta.dirname, "..", "src"), depth = "1"] = process.argv.slice(2);
const arrows = countArrows(resolve(sources), Number(depth));
for (const [place, targets] of arrows) {
  const drawn = [...targets].map(([target, count]) => `${arrows.get(target)?.has(place) ? "<->" : "-->"} ${target} (${count})`);
  process.stdout.write(`${place}\n${drawn.map((arrow) => `  ${arrow}\n`).join("")}`);
}
const pairs = [...arrows].flatMap(([place, targets]) => [...targets.keys()].map((target) => [place, target]));
const back = pairs.filter(([place, target]) => place < target && arrows.get(target)?.has(place));
process.stdout.write(`\n${arrows.size} places, ${pairs.length} arrows, ${back.length} pairs that import each other\n`);

/** From a place to the places that it imports, with the number of imports; both sorted by name. */
function countArrows(folder, depth) {
  const counts = new Map();
  for (const file of readdirSync(folder, { recursive: true }).toSorted()) {
    if (!file.endsWith(".ts")) continue;
    for (const [, specifier] of readFileSync(join(folder, file), "utf8").matchAll(IMPORT)) {
      const [from, to] = [file, relative(folder, resolve(folder, dirname(file), specifier))].map((path) => placeOf(path, depth));
      if (from === to) continue;
      const targets = counts.get(from) ?? counts.set(from, new Map()).get(from);
      targets.set(to, (targets.get(to) ?? 0) + 1);
    }
  }
  return sortKeys([...counts].map(([from, targets]) => [from, sortKeys([...targets])]));
}

/** Its folder, no deeper than this; a file that is in none is a place of its own. */
function placeOf(path, depth) {
  const parts = path.split(sep);
  return parts.length === 1 ? path : parts.slice(0, -1).slice(0, depth).join("/");
}

function sortKeys(entries) {
  return new Map(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
