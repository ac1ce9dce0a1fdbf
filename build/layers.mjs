// The layers of src/ are an allow list: layers.json names each part, a folder or one file of it, and what this part may import.
// From that table come the linter's rules (layers.biome.json) and the drawing in docs/architecture.md.
//
//   node build/layers.mjs           writes both
//   node build/layers.mjs --check   fails where one of them is not what would be written
//
// What is in no row may import nothing outside of its own folder, so a new folder needs a row before it can be used for anything.
import { readFileSync, writeFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(import.meta.dirname, "..");
const files = {
  table: join(import.meta.dirname, "layers.json"),
  rules: join(import.meta.dirname, "layers.biome.json"),
  drawing: join(root, "docs", "architecture.md"),
};

/** How deep the folders of a part may be nested; below that, an import from outside of the folder is refused. */
const DEPTH = 4;

/** A part by its place in src/, from the top down, with the places that it may import. */
export function readLayers(path = files.table) {
  const layers = new Map(Object.entries(JSON.parse(readFileSync(path, "utf8"))));
  const places = [...layers.keys()];
  for (const [index, place] of places.entries())
    for (const target of layers.get(place))
      if (!places.includes(target, index + 1))
        throw new Error(`layers.json: ${place} imports ${target}, which has no row below it.`);
  return layers;
}

/** The configuration that biome.json extends: one rule for each part and depth. A later one replaces an earlier one. */
export function toRules(layers) {
  const places = [...layers.keys()].toSorted((one, other) => isFile(one) - isFile(other) || depthOf(one) - depthOf(other));
  const unnamed = "is in no row of build/layers.json and may import nothing: add a row, then `npm run layers`.";
  const overrides = [
    toRule("src/**", ["../**"], [], `This folder ${unnamed}`),
    toRule("src/*", ["../**", "./**"], [], `This file ${unnamed}`),
    ...places.flatMap((place) => toPartRules(layers, place)),
  ];
  return { $schema: "https://biomejs.dev/schemas/2.5.15/schema.json", overrides };
}

/** A line for each part, from the top down. */
export function draw(layers) {
  const width = Math.max(...[...layers.keys()].map(({ length }) => length));
  return [...layers].map(([place, targets]) =>
    targets.length === 0 ? place : `${place.padEnd(width)} ──> ${targets.join(", ")}`,
  );
}

function toPartRules(layers, place) {
  const may = layers.get(place);
  const message = `src/${place} may import ${may.join(", ") || "nothing"} (build/layers.json; docs/architecture.md).`;
  const folder = isFile(place) ? posix.dirname(place) : place;
  if (isFile(place)) return [toRule(`src/${place}`, ["../**", "./**"], allow(layers, folder, may), message)];
  if (hasParts(layers, place)) return [toRule(`src/${place}/*`, ["../**", "./*/**"], allow(layers, folder, may), message)];
  return Array.from({ length: DEPTH }, (_, depth) => {
    const up = "../".repeat(depth);
    const allowed = allow(layers, folder, may).map((pattern) => pattern.replace(/^(!?)/, `$1${up}`));
    return toRule(`src/${place}/${"*/".repeat(depth)}*`, [`${up}../**`], allowed, message);
  });
}

/** @returns patterns of what may be imported from a file in this folder, as a specifier has it */
function allow(layers, folder, targets) {
  const open = [folder, ...targets];
  const files = [...layers.keys()].filter((place) => isFile(place) && open.includes(posix.dirname(place)));
  const named = targets.map(
    (target) => `!${from(folder, target)}${isFile(target) ? "" : hasParts(layers, target) ? "/*" : "/**"}`,
  );
  return [...named, ...files.filter((file) => !targets.includes(file)).map((file) => from(folder, file))];
}

function toRule(includes, refused, allowed, message) {
  const patterns = [{ group: [...refused, "./**/../**", "fake-deploy", "fake-deploy/**", ...allowed], message }];
  const noRestrictedImports = { level: "error", options: { patterns } };
  return { includes: [includes], linter: { rules: { style: { noRestrictedImports } } } };
}

function from(folder, target) {
  const path = posix.relative(folder, target);
  return path.startsWith("..") ? path : path === "" ? "." : `./${path}`;
}

function isFile(place) {
  return place.endsWith(".ts");
}

function hasParts(layers, place) {
  return [...layers.keys()].some((other) => other.startsWith(`${place}/`));
}

function depthOf(place) {
  return place.split("/").length;
}

/** One rule a line, for whoever reads a difference. */
function print({ overrides, ...head }) {
  const rules = overrides.map((rule) => JSON.stringify(rule)).join(",\n");
  return `${JSON.stringify({ ...head, overrides: [] }).replace("[]", () => `[\n${rules}\n]`)}\n`;
}

function drawInto(text, layers) {
  const drawn = ["<!-- layers -->", "```", ...draw(layers), "```", "<!-- /layers -->"].join("\n");
  return text.replace(/<!-- layers -->[\s\S]*<!-- \/layers -->/, () => drawn);
}

function main(mode) {
  const layers = readLayers();
  const written = {
    [files.rules]: print(toRules(layers)),
    [files.drawing]: drawInto(readFileSync(files.drawing, "utf8"), layers),
  };
  for (const [path, text] of Object.entries(written)) {
    if (mode !== "--check") writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) throw new Error(`${path} is not what build/layers.json says: npm run layers`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2]);
