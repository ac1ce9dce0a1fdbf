import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject } from "vitest";
import { runFake } from "../support/fake.ts";
import { outcomesOf } from "./outcome.ts";
import { fromRegistry } from "./registry.ts";

/** Every kind of option, each of them perhaps undefined; and what must not compile. */
const deployfile = `import { defineDeployfile, setting, z } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";
const cond = Math.random() > 2;
const maybe = <T>(value: T): T | undefined => (cond ? value : undefined);
export default defineDeployfile<{ region: string }>(({ env, role, host, task, flow, after, use, settings }) => {
  const { finished } = use(deploy({ cache: maybe("/tmp/cache") }));
  settings({ slots: setting(z.number(), { desc: "Slots", default: 1, example: maybe("1") }) });
  env.set({ deployPath: (env) => \`/srv/\${env.application}\`, keepReleases: maybe(3), region: "eu" });
  // @ts-expect-error nobody declares it
  env.set({ keepRelases: 3 });
  role("web", { hosts: [{ host: "app1", port: cond ? 22 : undefined, user: maybe("me"), address: maybe("x") }], branch: maybe("main") });
  host({ host: "b", port: maybe(22), name: maybe("b"), transport: maybe("local") });
  // @ts-expect-error a number
  host({ host: "b", port: "22" });
  const restart = task("restart", { desc: maybe("Restart"), once: maybe("run"), retry: maybe(1) }, async (t) => {
    await t.run({ timeout: maybe("5s"), quiet: maybe(true) })\`true\`;
    await t.ui.confirm("Sure?", { default: maybe(true), each: maybe(true) });
    await t.writeFile("a", "b", { mode: maybe("600") });
    const kept: number = t.env.keepReleases;
    // @ts-expect-error text
    const region: number = t.env.region;
    void [kept, region];
  });
  flow("go", ["a"], { desc: maybe("Go"), prefetch: maybe(["region"]) });
  after(finished, restart, { flows: maybe(["deploy"]) });
});
`;

const RESOLUTIONS = [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
] as const;

const timeout = 120_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "compilers-"));
  mkdirSync(join(folder, "node_modules"));
  const from = join(inject("installed"), "node_modules");
  for (const name of ["fake-deploy", "zod"]) cpSync(join(from, name), join(folder, "node_modules", name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function project(manifest: object, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(folder, "project-"));
  for (const [name, text] of Object.entries({ ...files, "package.json": JSON.stringify(manifest) }))
    writeFileSync(join(root, name), text);
  return root;
}

describe.each(["5.4", "5.9", "6", "7"])("TypeScript %s", (wanted) => {
  const compiler = fromRegistry(`typescript@${wanted}`);
  const on = outcomesOf({
    table: "compilers",
    name: "TypeScript",
    version: compiler.version("typescript"),
    missing: compiler.missing,
  });
  const check = (root: string): string =>
    spawnSync(process.execPath, [compiler.bin("tsc"), "-p", root], { encoding: "utf8" }).stdout;

  for (const [module, moduleResolution] of RESOLUTIONS) {
    on(`checks a deployfile, ${moduleResolution}`, { timeout }, () => {
      const compilerOptions = {
        ...{ target: "es2022", module, moduleResolution, types: [] },
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true },
      };
      const config = JSON.stringify({ compilerOptions, include: ["*.ts"] });
      expect(check(project({ type: "module" }, { "deployfile.ts": deployfile, "tsconfig.json": config }))).toBe("");
    });
  }

  on("`fake init` in a CommonJS project", { timeout }, async () => {
    for (const type of ["commonjs", undefined]) {
      const root = project({ type, devDependencies: { typescript: wanted } }, {});
      const { exitCode, stderr } = await runFake(inject("installed"), ["init"], { cwd: root });
      expect(exitCode, stderr).toBe(0);
      expect(check(root)).toBe("");
      // It was looked at.
      const written = readFileSync(join(root, "deployfile.mts"), "utf8");
      writeFileSync(join(root, "deployfile.mts"), written.replace("keepReleases", "keepRelases").replace("hosts:", "hots:"));
      expect(check(root)).toContain("deployfile.mts");
    }
  });
});
