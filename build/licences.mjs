// Who wrote what is bundled, and on which terms: their licences want to travel with the code.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const LICENCE = /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i;

/** The packages that something in these files comes from, by name. */
export function bundledPackages(chunks) {
  const modules = chunks.flatMap(({ modules }) => Object.entries(modules));
  const folders = new Set(modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([path]) => packageFolder(path)));
  const packages = [...folders].filter((folder) => folder !== undefined).map(readPackage);
  return packages.toSorted((one, other) => titleOf(one).localeCompare(titleOf(other), "en"));
}

/** @throws for a package whose terms cannot be found: it must not be bundled */
export function licenceText(packages) {
  const parts = packages.map((one) => `${titleOf(one)} (${one.license})\n\n${one.texts.join("\n\n")}`);
  const head = "fake-deploy contains code of these packages.";
  return `${[head, ...parts].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

function packageFolder(path) {
  const [, before, name] = /^(.*[\\/]node_modules)[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path.replace(/^\0/, "")) ?? [];
  return name === undefined ? undefined : join(before, name.split(sep).join("/"));
}

function readPackage(folder) {
  const {
    name,
    version,
    licenses,
    license = licenses?.[0]?.type,
  } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder)
    .filter((file) => LICENCE.test(file))
    .toSorted();
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (typeof license !== "string" || texts.length === 0) throw new Error(`${name}: its licence cannot be found`);
  return { name, version, license, texts };
}

function titleOf({ name, version }) {
  return `${name}@${version}`;
}
