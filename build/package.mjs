// Builds dist/ (or the folder that is named): the command line, and the public entry points beside it.
//
// Most of the time of a short command is loading. So the code and its libraries become a few CommonJS files: node loads them faster
// than ES modules, and the command line can keep what V8 made of them (src/cli/package/module-loader.ts). The entry points are thin ES modules over
// the same files, so that there is one instance of everything in a process.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { bundledPackages, licenceText } from "./licences.mjs";
import { nodeGuard } from "./node-guard.mjs";
import { poly1305WhenUsed } from "./poly1305.mjs";
import { findRecipes, listedRecipes } from "./recipes.mjs";
import { billOfMaterials } from "./sbom.mjs";
import { stringWidthWhenUsed } from "./string-width.mjs";

const root = resolve(import.meta.dirname, "..");
const outdir = resolve(root, process.argv[2] ?? "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { version, dependencies, engines } = manifest;

/** What a package exports, by the place of its ES module in dist/. */
const entryPoints = {
  index: "src/index.ts",
  testing: "src/testing.ts",
  process: "src/process.ts",
  ...Object.fromEntries(findRecipes(root).map((name) => [`recipes/${name}/index`, `src/recipes/${name}/index.ts`])),
};

/** Code that is needed together stays together: each with all that it imports, unless that is in a group before it. */
const groups = {
  cli: [
    "columns",
    "cli/start",
    "cli/main",
    "cli/call-verb",
    "cli/argv/parse-argv",
    "cli/argv/verbs",
    "cli/help/show-help",
    "loader/find",
  ],
  app: ["index", "recipes/deploy/index", "execution/load-app", "cli/open-app", "cli/read-deployfile", "cli/commands/tasks"],
  run: ["cli/commands/run", "cli/commands/exec", "report/plain"],
  sessions: [
    "transport",
    "config/ssh-config-source",
    "jump",
    "connection",
    "deadline",
    "keepalive",
    "try-again",
    "host-key/host-key",
    "login/auth-error",
    "session/opening",
  ].map((name) => `transport/ssh/${name}`),
};

/** One byte a character: half the work for whoever reads it. Names and lines stay, for stack traces. */
const plain = { charset: "ascii", comments: { legal: true, annotation: false, jsdoc: false } };

const NATIVE = "native-parts";

/** ssh2 does without, as it would where nothing compiled them. Our ciphers are the ones that node does itself. */
const withoutNativeParts = {
  name: "without-native-parts",
  resolveId: (id) => (/^cpu-features$|\.node$/.test(id) ? NATIVE : undefined),
  load: (id) => (id === NATIVE ? 'module.exports = undefined; throw new Error("Native parts are not bundled.");' : undefined),
};

const NO_AGENTS = "http-agents-of-ssh2";

/** Nobody asks for what is behind an SSH host by HTTP; the parts of node that do it take 20 ms to load. */
const withoutHttpAgents = {
  name: "without-http-agents",
  resolveId: (id, importer = "") =>
    id === "./http-agents.js" && /ssh2[\\/]lib[\\/]index\.js$/.test(importer) ? NO_AGENTS : undefined,
  load: (id) => (id === NO_AGENTS ? "module.exports = {};" : undefined),
};

const Z = "z-of-the-project";

/** The compiled deployfile brings it (`src/loader/bundle-plugin.ts`), and the entry point, which is what others import. */
const zFromOutside = {
  name: "z-from-outside",
  resolveId: (id, importer) => (id === "zod" && importer === join(root, "src/index.ts") ? Z : undefined),
  load: (id) => (id === Z ? "export const z = undefined;" : undefined),
};

rmSync(outdir, { recursive: true, force: true });
const library = await bundle(
  { ...nameEntries(entryPoints), start: "src/cli/start.ts", host: "src/rehearse/serve-connection.ts" },
  {},
  {
    dir: join(outdir, "lib"),
    // The module loader gives it no import().
    dynamicImportInCjs: false,
    entryFileNames: "[name]-[hash].cjs",
    chunkFileNames: "[name]-[hash].cjs",
    codeSplitting: { groups: Object.entries(groups).map(toGroup) },
  },
);
const placeOf = (entry) => JSON.stringify(`../lib/${library.find(({ isEntry, name }) => isEntry && name === entry).fileName}`);
// Each by itself: what they share would be one more file to load.
const programs = [];
for (const name of ["bin", "rehearsed"]) {
  const define = { __FAKE_START__: placeOf("start"), __FAKE_HOST__: placeOf("host") };
  const output = { dir: join(outdir, "cli"), entryFileNames: "[name].cjs" };
  // What is called by hand says that node is too old, in words that an old one can read.
  const [front, target] = name === "bin" ? [{ banner: nodeGuard(engines.node) }, "es2015"] : [];
  programs.push(...(await bundle({ [name]: `src/cli/${name}.ts` }, define, { ...output, ...front }, target)));
}
for (const place of Object.keys(entryPoints)) writeEntryPoint(place);
const packages = bundledPackages([...library, ...programs]);
writeFileSync(join(outdir, "THIRD-PARTY-LICENSES"), licenceText(packages));
writeFileSync(join(outdir, "sbom.cdx.json"), `${JSON.stringify(billOfMaterials(manifest, packages), null, 2)}\n`);

/** @returns the files that were written */
async function bundle(input, define, output, target = "node20.19") {
  const build = await rolldown({
    cwd: root,
    input,
    platform: "node",
    // What is installed with the package is not in it.
    external: [...Object.keys(dependencies), "typescript"],
    plugins: [zFromOutside, withoutNativeParts, withoutHttpAgents, poly1305WhenUsed, stringWidthWhenUsed, listedRecipes(root)],
    transform: { target, define: { __FAKE_VERSION__: JSON.stringify(version), ...define } },
    // yargs looks for a file beside itself, which it does not need; and what a group holds together is loaded together.
    checks: { emptyImportMeta: false, ineffectiveDynamicImport: false },
    logLevel: "warn",
  });
  const written = await build.write({ format: "cjs", sourcemap: true, ...plain, ...output });
  await build.close();
  return written.output.filter(({ type }) => type === "chunk");
}

/** The first one is asked first. */
function toGroup([name, modules], index, { length }) {
  const files = new Set(modules.map((module) => join(root, "src", `${module}.ts`)));
  for (const file of files)
    if (!existsSync(file)) throw new Error(`The group ${name} of build/package.mjs has a file that is not there: ${file}`);
  return { name, test: (id) => files.has(id), priority: length - index };
}

function nameEntries(entries) {
  return Object.fromEntries(Object.entries(entries).map(([place, source]) => [entryName(place), source]));
}

function entryName(place) {
  return place.replace(/\/index$/, "").replaceAll("/", "-");
}

/** An ES module that exports what its CommonJS file does. */
function writeEntryPoint(place) {
  const { fileName, exports } = library.find(({ isEntry, name }) => isEntry && name === entryName(place));
  const path = join(outdir, `${place}.js`);
  const from = relative(dirname(path), join(outdir, "lib", fileName));
  mkdirSync(dirname(path), { recursive: true });
  const own = exports.filter((name) => name !== "z");
  const lines = [
    `import shared from "${from.startsWith(".") ? from : `./${from}`}";`,
    ...(own.length < exports.length ? ['export { z } from "zod";'] : []),
    `export const { ${own.join(", ")} } = shared;`,
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
}
