/** `z` of "fake-deploy": the project's zod, in deployfiles of every kind, and only where it is named. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { project, ran } from "./project.ts";

/** A zod that leaves a file behind when it is loaded. */
function zod(version: string): Record<string, string> {
  const code = (where: string): string => `import { writeFileSync } from "node:fs";
writeFileSync(${where} + "/loaded", "");
export const z = { from: ${JSON.stringify(version)} };`;
  return {
    "node_modules/zod/package.json": JSON.stringify({
      name: "zod",
      version,
      type: "module",
      exports: { ".": { import: "./index.js", require: "./index.cjs" } },
    }),
    "node_modules/zod/index.js": code("import.meta.dirname"),
    "node_modules/zod/index.cjs": `require("node:fs").writeFileSync(__dirname + "/loaded", "");\nexports.z = { from: ${JSON.stringify(version)} };`,
  };
}

const recipe = (type: string, index: string): Record<string, string> => ({
  "node_modules/fake-deploy-recipe-x/package.json": JSON.stringify({
    name: "fake-deploy-recipe-x",
    type,
    main: "index.js",
    peerDependencies: { "fake-deploy": "*" },
  }),
  "node_modules/fake-deploy-recipe-x/index.js": index,
});

interface Kind {
  readonly what: string;
  readonly name: string;
  /** A deployfile that sets `z`. */
  readonly named: string;
  /** The same without it. */
  readonly unnamed: string;
  readonly files?: Readonly<Record<string, string>>;
}

const set = (z: string): string => `(app) => app.env.set({ mark, z: ${z} })`;
const imported = (more: string): string => `import { mark${more} } from "fake-deploy";\n`;
const required = 'const { mark } = require("fake-deploy");\n';

const kinds: readonly Kind[] = [
  ...["deployfile.js", "deployfile.mjs", "deployfile.ts", "deployfile.mts"].map((name) => ({
    what: `${name} that imports it`,
    name,
    named: `${imported(", z")}export default ${set("z")};`,
    unnamed: `${imported("")}export default ${set("0")};`,
  })),
  {
    what: "a deployfile that imports all under one name",
    name: "deployfile.mjs",
    named: `import * as fake from "fake-deploy";\nconst { mark } = fake;\nexport default ${set("fake.z")};`,
    unnamed: `import * as fake from "fake-deploy";\nconst mark = fake.mark;\nexport default ${set("0")};`,
  },
  {
    what: "CommonJS",
    name: "deployfile.cjs",
    named: `${required}const { z } = require("fake-deploy");\nmodule.exports = ${set("z")};`,
    unnamed: `${required}module.exports = ${set("0")};`,
  },
  {
    what: "a module of the deployfile's own, which hands it on",
    name: "deployfile.mjs",
    named: `import { mark, z } from "./ours.mjs";\nexport default ${set("z")};`,
    unnamed: `import { mark } from "./ours.mjs";\nexport default ${set("0")};`,
    files: { "ours.mjs": 'export * from "fake-deploy";' },
  },
  {
    what: "a package of ES modules that builds on us",
    name: "deployfile.mjs",
    named: `import { mark, theirs } from "fake-deploy-recipe-x";\nexport default ${set("theirs()")};`,
    unnamed: `import { mark } from "fake-deploy-recipe-x";\nexport default ${set("0")};`,
    files: recipe("module", 'import { mark, z } from "fake-deploy";\nexport { mark };\nexport const theirs = () => z;'),
  },
  {
    what: "a package of CommonJS that builds on us, as compilers write it",
    name: "deployfile.mjs",
    named: `import x from "fake-deploy-recipe-x";\nconst { mark } = x;\nexport default ${set("x.theirs()")};`,
    unnamed: `import x from "fake-deploy-recipe-x";\nconst { mark } = x;\nexport default ${set("0")};`,
    files: recipe(
      "commonjs",
      `const fake = require("fake-deploy");
       if (!fake.__esModule) throw new Error("a compiler would copy it, and read all of it");
       exports.mark = fake.mark;
       exports.theirs = () => fake.z;`,
    ),
  },
];

describe("z of fake-deploy", () => {
  it.each(kinds)("is the project's zod in $what", async ({ name, named, files }) => {
    const { root } = project({ ...zod("4.9.9"), ...files, [name]: named });
    const wanted = [{ mark: { running: "copy" }, z: { from: "4.9.9" } }];
    expect((await ran(root)).sets).toEqual(wanted);
    expect((await ran(root)).sets).toEqual(wanted);
  });

  it.each(kinds)("is not loaded where nobody names it: $what", async ({ name, unnamed, files }) => {
    const { root } = project({ ...zod("4.9.9"), ...files, [name]: unnamed });
    expect((await ran(root)).sets).toEqual([{ mark: { running: "copy" }, z: 0 }]);
    expect(existsSync(join(root, "node_modules/zod/loaded"))).toBe(false);
  });

  it.each([
    ["has none", {}],
    ["has another version", zod("3.25.76")],
  ])("is the one that came with us where the project %s", async (_what, files) => {
    const { root } = project({
      ...files,
      "deployfile.ts": `import { z } from "fake-deploy";
        export default (app: any) => app.env.set({ ok: z.object({ n: z.coerce.number() }).parse({ n: "3" }) });`,
    });
    expect((await ran(root)).sets).toEqual([{ ok: { n: 3 } }]);
    expect(existsSync(join(root, "node_modules/zod/loaded"))).toBe(false);
  });

  it("is the project's as soon as that is of our version", async () => {
    const text = `import { z } from "fake-deploy";\nexport default (app) => app.env.set({ from: z.from ?? "ours" });`;
    const { root } = project({ ...zod("3.25.76"), "deployfile.mjs": text });
    expect((await ran(root)).sets).toEqual([{ from: "ours" }]);
    for (const [name, content] of Object.entries(zod("4.9.9"))) writeFileSync(join(root, name), content);
    expect((await ran(root)).sets).toEqual([{ from: "4.9.9" }]);
  });
});
