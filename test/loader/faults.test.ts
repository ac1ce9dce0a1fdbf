import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { redirectStdout } from "../../src/loader/stdout.ts";
import { faultOf, project, ran } from "./project.ts";

/** A deployfile that is wrong: what its error must say. */
interface Case {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly code: string;
  readonly says: readonly string[];
  readonly hint?: string;
}

const ok = "export default () => {};";

const cases: readonly Case[] = [
  {
    what: "a syntax error",
    files: { "deployfile.ts": "export default () => {\n  const = 3;\n};" },
    code: "DEPLOYFILE_SYNTAX",
    says: ["deployfile.ts:2:9:", "Expected identifier", "> 2 |   const = 3;"],
  },
  {
    what: "a syntax error in a module of the user's own",
    files: { "deployfile.ts": `import "./lib/x.ts"; ${ok}`, "lib/x.ts": "\n\nlet let;" },
    code: "DEPLOYFILE_SYNTAX",
    says: ["lib/x.ts:3:"],
  },
  {
    what: "an error thrown while it is read",
    files: { "deployfile.ts": `type A = 1;\nconst x: any = undefined;\nx.y();\n${ok}` },
    code: "DEPLOYFILE_THREW",
    says: ["deployfile.ts:3: threw TypeError: Cannot read properties of undefined", "> 3 | x.y();"],
  },
  {
    what: "an error thrown by its recipe",
    files: { "deployfile.ts": "interface A {}\nexport default () => {\n  throw new RangeError('too far');\n};" },
    code: "DEPLOYFILE_THREW",
    says: ["deployfile.ts:3: threw RangeError: too far"],
  },
  {
    what: "an error thrown in a module of the user's own",
    files: {
      "deployfile.ts": "import { f } from './f.ts';\nexport default () => f();",
      "f.ts": "export function f() {\n  throw new Error('x');\n}",
    },
    code: "DEPLOYFILE_THREW",
    says: ["f.ts:2: threw Error: x"],
  },
  {
    what: "something thrown that is no error",
    files: { "deployfile.js": "export default () => { throw 'words'; };" },
    code: "DEPLOYFILE_THREW",
    says: ["deployfile.js:1: threw a string: words"],
  },
  {
    what: "a rejected recipe",
    files: { "deployfile.js": "export default async () => {\n  await null;\n  throw new Error('later');\n};" },
    code: "DEPLOYFILE_THREW",
    says: ["deployfile.js:3: threw Error: later"],
  },
  {
    what: "no default export",
    files: { "deployfile.ts": "const n = 1;\nexport const setup = () => n;" },
    code: "DEPLOYFILE_EXPORT",
    says: ["deployfile.ts:2: has no default export; it exports `setup`."],
    hint: "Did you mean `export default setup`?",
  },
  {
    what: "an empty file",
    files: { "deployfile.ts": "" },
    code: "DEPLOYFILE_EXPORT",
    says: ["deployfile.ts:1: has no default export."],
    hint: "A deployfile ends with: export default defineDeployfile(",
  },
  {
    what: "a CommonJS file that exports nothing",
    files: { "deployfile.cjs": "const recipe = () => {};" },
    code: "DEPLOYFILE_EXPORT",
    says: ["has no default export"],
  },
  {
    what: "an object as default export",
    files: { "deployfile.ts": "export default { roles: {} };" },
    code: "DEPLOYFILE_EXPORT",
    says: ["exports an object by default, not a recipe."],
    hint: "Write it as a function",
  },
  {
    what: "a class as default export",
    files: { "deployfile.ts": "export default class Deploy {}" },
    code: "DEPLOYFILE_EXPORT",
    says: ["exports the class Deploy by default"],
  },
  {
    what: "process.exit while it is read",
    files: { "deployfile.ts": `type A = 1;\nprocess.exit(0);\n${ok}` },
    code: "DEPLOYFILE_EXITED",
    says: ["deployfile.ts:2: called process.exit(0) while it was loaded."],
  },
  {
    what: "process.exit that it catches itself",
    files: { "deployfile.js": "export default () => {\n  try { process.exit(3); } catch {}\n};" },
    code: "DEPLOYFILE_EXITED",
    says: ["deployfile.js:2: called process.exit(3)"],
  },
  {
    what: "an await that never settles",
    files: { "deployfile.ts": `type A = 1;\nconst x = await new Promise(() => {});\n${ok}` },
    code: "DEPLOYFILE_NEVER_SETTLES",
    says: ["deployfile.ts:2: waits for a promise that never settles"],
  },
  {
    what: "a recipe that never settles",
    files: { "deployfile.js": "// first\nexport default () => new Promise(() => {});" },
    code: "DEPLOYFILE_NEVER_SETTLES",
    says: ["deployfile.js:2: waits for a promise that never settles"],
  },
  {
    what: "a package that is not installed",
    files: { "deployfile.ts": `import x from "@acme/tool/sub";\nimport "other";\nx();\n${ok}` },
    code: "DEPLOYFILE_SYNTAX",
    says: ['deployfile.ts:1:15: The package "@acme/tool" is not installed.', 'The package "other" is not installed.'],
    hint: "Run: npm install @acme/tool other",
  },
  {
    what: "a package that is not installed, required",
    files: { "deployfile.cjs": "const a = 1;\nconst x = require('nope');\nmodule.exports = x;" },
    code: "DEPLOYFILE_IMPORT",
    says: ['deployfile.cjs:2: The package "nope" is not installed.'],
    hint: "Run: npm install nope",
  },
  {
    what: "a module that is not there",
    files: { "deployfile.ts": `import "./gone.ts";\n${ok}` },
    code: "DEPLOYFILE_SYNTAX",
    says: ['deployfile.ts:1:8: There is no module "./gone.ts".'],
  },
  {
    what: "a name that we do not export",
    files: { "deployfile.ts": 'import { defineDeployfle } from "fake-deploy";\nexport default defineDeployfle(() => {});' },
    code: "DEPLOYFILE_SYNTAX",
    says: ['deployfile.ts:1:10: No matching export in "fake-deploy" for import "defineDeployfle"', "defineDeployfile"],
  },
  {
    what: "an entry point that we do not have",
    files: { "deployfile.ts": `import { deploy } from "fake-deploy/recipes/deplo";\ndeploy();\n${ok}` },
    code: "DEPLOYFILE_SYNTAX",
    says: ['There is no "fake-deploy/recipes/deplo". Did you mean "fake-deploy/recipes/deploy"?'],
  },
  {
    what: "YAML that cannot be read",
    files: { "deployfile.yaml": "env:\n  a: 1\n b: 2\n" },
    code: "DEPLOYFILE_SYNTAX",
    says: ["deployfile.yaml:3:", "> 3 |  b: 2"],
  },
  {
    what: "JSON that cannot be read",
    files: { "deployfile.json": '{\n  "env": {,}\n}' },
    code: "DEPLOYFILE_SYNTAX",
    says: ["deployfile.json:2:", '> 2 |   "env": {,}'],
  },
];

describe("a deployfile that is wrong", () => {
  it.each(cases)("says so: $what", async ({ files, code, says, hint }) => {
    const { root } = project(files);
    // What ends by itself has all the time that a busy machine takes for it.
    const error = await faultOf(root, code === "DEPLOYFILE_NEVER_SETTLES" ? { timeout: 200 } : {});
    expect(error).toMatchObject({ code, exitCode: 2 });
    for (const text of says) expect(error.message).toContain(text);
    expect(error.message).not.toMatch(/^\s+at /m);
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });

  it("says where it looked", async () => {
    const { root } = project({ "a/b.txt": "" });
    const error = await faultOf(join(root, "a"), { cwd: join(root, "a") });
    expect(error).toMatchObject({ code: "DEPLOYFILE_NOT_FOUND", exitCode: 2 });
    expect(error.message).toContain(`\n  ${root}/a\n  ${root}\n`);
    expect(error.hint).toContain("fake init");
  });

  it.each([
    ["missing.ts", "There is no file"],
    [".", "is not a deployfile"],
    ["notes.txt", "is not a deployfile"],
    ["package.json", 'has no "fake" key'],
  ])("refuses -f %s", async (file, says) => {
    const { root } = project({ "notes.txt": "", "package.json": "{}" });
    const error = await faultOf(root, { file });
    expect(error.message).toContain(says);
    expect(error.exitCode).toBe(2);
  });

  it("names the package when it goes missing after the deployfile was compiled", async () => {
    const { root } = project({
      "deployfile.ts": "import 'gone';\nexport default () => {};",
      "node_modules/gone/package.json": '{"name":"gone","main":"i.js"}',
      "node_modules/gone/i.js": "",
    });
    await ran(root);
    rmSync(join(root, "node_modules/gone/i.js"));
    const error = await faultOf(root);
    expect(error.message).toContain('deployfile.ts:1:8: The package "gone" is not installed.');
    expect(error.hint).toBe("Run: npm install gone");
  });

  it.each([
    ["a rejection", "Promise.reject(new Error('let go'));"],
    ["a timer", "await new Promise((go) => { setTimeout(() => { setTimeout(go, 50); throw new Error('let go'); }, 0); });"],
  ])("tells of %s that nobody waits for", async (_what, text) => {
    const { root } = project({ "deployfile.ts": `type A = 1;\n${text}\nexport default () => {};` });
    expect((await faultOf(root)).message).toContain("deployfile.ts:2: threw Error: let go");
  });

  it("says the same of a deployfile that comes from the cache", async () => {
    const { root } = project({ "deployfile.js": "export default () => process.exit(3);" });
    const first = await faultOf(root);
    expect(await faultOf(root)).toEqual(first);
    expect(first.message).toContain("deployfile.js:1: called process.exit(3)");
  });

  it("leaves the process as it was", async () => {
    const { root } = project({ "deployfile.js": "process.exitCode = 9;\nprocess.exit(1);" });
    const { exit, exitCode } = process;
    const listeners = process.listenerCount("uncaughtException");
    await faultOf(root);
    expect(process.exit).toBe(exit);
    expect(process.exitCode).toBe(exitCode);
    expect(process.listenerCount("uncaughtException")).toBe(listeners);
  });
});

describe("what user code prints", () => {
  it("does not reach stdout", async () => {
    const seen: string[] = [];
    const write = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    const restore = redirectStdout((text) => seen.push(text));
    process.stdout.write("one");
    process.stdout.write(Buffer.from("é").subarray(0, 1));
    process.stdout.write(Buffer.from("é").subarray(1), () => {});
    restore();
    expect(seen.join("")).toBe("oneé");
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });
});
