import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { App } from "../../src/dsl/app.ts";
import { loadIn, project, ran } from "./project.ts";

describe("a deployfile that is code", () => {
  it("is found upward from the working directory", async () => {
    const { root } = project({ "deployfile.js": "export default (app) => app.env.set({ ran: true });", "a/b/c.txt": "" });
    const { loaded, sets } = await ran(root, { cwd: join(root, "a", "b") });
    expect(loaded.path).toBe(join(root, "deployfile.js"));
    expect(sets).toEqual([{ ran: true }]);
  });

  it("may lie in a directory whose name would be a pattern", async () => {
    for (const name of ["*x", "a**b", "[a]{b,c}", "a b", "!a"]) {
      const { root } = project({
        [`${name}/deployfile.ts`]: 'import { a } from "./lib/part";\nexport default ({ env }: any) => env.set({ a });',
        [`${name}/lib/part.ts`]: "export const a = 1;",
      });
      expect([name, (await ran(join(root, name))).sets]).toEqual([name, [{ a: 1 }]]);
    }
  });

  it("is TypeScript with enums, types and modules of the user's own", async () => {
    const { root } = project({
      "deployfile.ts": `import { Region, names } from "./lib/regions";
        import type { Missing } from "./types-only";
        interface A { set(v: object): void }
        export default ({ env }: { env: A }) => env.set({ region: Region.EU, names });`,
      "types-only.ts": "export interface Missing {}",
      "lib/regions.ts": "export enum Region { US, EU }\nexport const names: string[] = ['a', 'b'];",
    });
    expect((await ran(root)).sets).toEqual([{ region: 1, names: ["a", "b"] }]);
  });

  it.each([
    ["commonjs", "deployfile.cjs", "const { x } = require('./lib.cjs');\nmodule.exports = (app) => app.env.set({ x });"],
    ["module", "deployfile.mjs", "import lib from './lib.cjs';\nexport default (app) => app.env.set({ x: lib.x });"],
    ["commonjs", "deployfile.js", "const { x } = require('./lib.cjs');\nmodule.exports = (app) => app.env.set({ x });"],
    ["commonjs", "deployfile.ts", "import lib = require('./lib.cjs');\nexport default (app: any) => app.env.set({ x: lib.x });"],
    ["module", "deployfile.mts", "import lib from './lib.cjs';\nexport default (app: any) => app.env.set({ x: lib.x });"],
  ])("loads in a package of type %s as %s", async (type, name, text) => {
    const { root } = project({ "package.json": JSON.stringify({ type }), [name]: text, "lib.cjs": "exports.x = 7;" });
    expect((await ran(root)).sets).toEqual([{ x: 7 }]);
  });

  it("awaits at top level, and in its recipe", async () => {
    const { root } = project({
      "deployfile.ts":
        "const x = await Promise.resolve(1);\nexport default async (app: any) => { const y = await 2; app.env.set({ x, y }); };",
    });
    expect((await ran(root)).sets).toEqual([{ x: 1, y: 2 }]);
  });

  it("keeps the place of each original file", async () => {
    const { root } = project({
      "deployfile.ts": `import { inner } from "./lib/inner.ts";
        export default (app: any) => app.env.set({ url: import.meta.url, dir: import.meta.dirname, file: import.meta.filename, old: [__dirname, __filename], inner });`,
      "lib/inner.ts": `import old from "./old.cjs";\nexport const inner = [import.meta.filename, ...old];`,
      "lib/old.cjs": "#!/usr/bin/env node\nmodule.exports = [__dirname, __filename];",
    });
    const lib = join(root, "lib");
    expect((await ran(root)).sets).toEqual([
      {
        url: `file://${root}/deployfile.ts`,
        dir: root,
        file: join(root, "deployfile.ts"),
        old: [root, join(root, "deployfile.ts")],
        inner: [join(lib, "inner.ts"), lib, join(lib, "old.cjs")],
      },
    ]);
  });

  it("imports JSON, and requires by a computed name", async () => {
    const { root } = project({
      "deployfile.cjs":
        "const n = './' + 'more.json';\nmodule.exports = (app) => app.env.set({ a: require('./data.json'), b: require(n) });",
      "data.json": '{"one":1}',
      "more.json": '{"two":2}',
    });
    expect((await ran(root)).sets).toEqual([{ a: { one: 1 }, b: { two: 2 } }]);
  });

  it("imports packages where node would find them", async () => {
    const { root } = project({
      "deployfile.ts": `import esm, { where } from "esm-only";\nimport cjs from "cjs-only";
        export default (app: any) => app.env.set({ esm, where, cjs });`,
      "node_modules/esm-only/package.json":
        '{"name":"esm-only","type":"module","exports":{"import":"./i.js","require":"./r.cjs"}}',
      "node_modules/esm-only/i.js": "export default 'esm';\nexport const where = import.meta.url;",
      "node_modules/esm-only/r.cjs": "throw new Error('the wrong one')",
      "node_modules/cjs-only/package.json": '{"name":"cjs-only","main":"index.js"}',
      "node_modules/cjs-only/index.js": "module.exports = __filename;",
    });
    const modules = join(root, "node_modules");
    expect((await ran(root)).sets).toEqual([
      { esm: "esm", where: `file://${modules}/esm-only/i.js`, cjs: join(modules, "cjs-only", "index.js") },
    ]);
  });

  it("shares one instance of us with packages that build on us", async () => {
    const { root } = project({
      "deployfile.ts": `import { mark } from "fake-deploy";\nimport { theirs } from "fake-recipe";
        export default (app: any) => app.env.set({ same: mark === theirs, mark });`,
      "node_modules/fake-recipe/package.json": '{"name":"fake-recipe","main":"index.js","peerDependencies":{"fake-deploy":"*"}}',
      "node_modules/fake-recipe/index.js": "const { mark } = require('fake-deploy');\nexports.theirs = mark;",
      "node_modules/fake-deploy/package.json": '{"name":"fake-deploy","main":"index.js"}',
      "node_modules/fake-deploy/index.js": "exports.mark = 'another copy';",
    });
    expect((await ran(root)).sets).toEqual([{ same: true, mark: { running: "copy" } }]);
  });

  it("runs anew each time it is loaded", async () => {
    const { root } = project({ "deployfile.js": "let n = 0;\nexport default (app) => app.env.set({ n: ++n });" });
    expect((await ran(root)).sets).toEqual([{ n: 1 }]);
    expect((await ran(root)).sets).toEqual([{ n: 1 }]);
  });

  it("tells which of its lines is running", async () => {
    const { root } = project({
      "deployfile.ts":
        "type A = 1;\n\nimport { more } from './lib.ts';\nexport default (app: any) => {\n  app.env.set({});\n  more(app);\n};",
      "lib.ts": "interface B {}\nexport const more = (app: any) => app.env.set({});",
    });
    const loaded = await loadIn(root);
    const places: unknown[] = [];
    const env = { set: () => places.push({ ...loaded.locate() }) };
    await loaded.fill({ env } as unknown as App);
    expect(places).toMatchObject([
      { file: "deployfile.ts", line: 5 },
      { file: "lib.ts", line: 2 },
    ]);
  });

  it("is named with -f, from anywhere", async () => {
    const { root } = project({ "ops/prod.ts": "export default (app: any) => app.env.set({ named: true });" });
    expect((await ran(root, { file: "ops/prod.ts" })).sets).toEqual([{ named: true }]);
  });

  it("leaves nothing in the project but its cache under node_modules", async () => {
    const { root } = project({ "deployfile.ts": "export default () => {};" });
    await ran(root);
    expect(readdirSync(root).sort()).toEqual(["deployfile.ts", "node_modules"]);
    expect(existsSync(join(root, "node_modules", ".cache", "fake"))).toBe(true);
  });

  it("changes when a module it imports changes", async () => {
    const { root } = project({
      "deployfile.ts": "import { x } from './x.ts';\nexport default (app: any) => app.env.set({ x });",
      "x.ts": "export const x = 1;",
    });
    expect((await ran(root)).sets).toEqual([{ x: 1 }]);
    writeFileSync(join(root, "x.ts"), "export const x = 2;");
    expect((await ran(root)).sets).toEqual([{ x: 2 }]);
  });
});
