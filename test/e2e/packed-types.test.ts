/** What a compiler sees of the installed package: an editor's knowledge of settings comes from there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

const deployfile = `import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_is: Same<A, B>): void => undefined;

export default defineDeployfile<{ region: string }>(({ env, role, task, after, use }) => {
  const { finished } = use(deploy());
  env.set({ deployPath: (env) => \`/srv/\${env.application}\`, keepReleases: 3, region: "eu" });
  // @ts-expect-error nobody declares it
  env.set({ keepRelases: 3 });
  role("web", { hosts: ["app1.example.com"], branch: "main" });
  // @ts-expect-error a number
  env.set({ keepReleases: "many" });
  const restart = task("restart", async ({ env, run }) => {
    same<typeof env.keepReleases, number>(true);
    same<typeof env.releasePath, string>(true);
    same<typeof env.region, string>(true);
    // @ts-expect-error nobody declares it
    await run\`ls \${env.releasesPaht}\`;
  });
  after(finished, restart);
  // @ts-expect-error the recipe gives no such handle
  use(deploy()).finishd;
});
`;

const withZod = `import { defineDeployfile, setting, z as ours } from "fake-deploy";
import { z } from "zod";
import * as mini from "zod/mini";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_is: Same<A, B>): void => undefined;

export default defineDeployfile(({ settings, task, verb }) => {
  settings({
    port: setting(z.number().min(1), { desc: "Port", default: 80 }),
    depth: setting(mini.number().check(mini.minimum(1)), { desc: "Depth", default: 1 }),
  });
  const args = z.object({ size: z.coerce.number().describe("How big"), note: z.string().optional() });
  task("grow", { args, local: true }, async ({ log, args: { size, note } }) => {
    same<typeof size, number>(true);
    same<typeof note, string | undefined>(true);
    log.info(\`\${size + 1}\`);
  });
  task("dig", { args: mini.object({ to: mini.string().check(mini.minLength(1)) }), local: true }, ({ log, args: { to } }) => {
    same<typeof to, string>(true);
    log.info(to);
  });
  same<typeof ours, typeof z>(true);
  const same1 = ours.object({ at: ours.string().optional() });
  same<ours.infer<typeof same1>, { at?: string | undefined }>(true);
  verb("count", { desc: "Count", args: z.object({ limit: z.number() }), run: async (t) => { t.print(String(t.args.limit + 1)); } });
});
`;

const STRICT = ["--noEmit", "--ignoreConfig", "--strict", "--target", "es2023", "--module", "nodenext"];
const TYPES = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];

const test = `import { createTestRun } from "fake-deploy/testing";
import deployfile from "./deployfile.ts";

const { result, commands } = await createTestRun(deployfile, { roles: ["web"], tasks: ["restart"], set: { keepReleases: 1 } });
export const texts: readonly string[] = result.ok ? commands("app1.example.com") : [];
`;

describe("the types of the installed package", () => {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(inject("installed"), "types-"));
    writeFileSync(join(cwd, "deployfile.ts"), deployfile);
    writeFileSync(join(cwd, "deployfile.test.ts"), test);
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it.each([
    ["know the settings of recipes", []],
    ["do so also where declaration files are not checked", ["--skipLibCheck"]],
  ])("%s", (_what, options) => {
    const args = [...STRICT, ...TYPES, "--allowImportingTsExtensions", ...options, "deployfile.ts", "deployfile.test.ts"];
    expect(compile(args, cwd)).toBe("");
  });
});

describe("the types of the installed package, beside a project's own zod", () => {
  const installed = join(inject("installed"), "node_modules/fake-deploy");
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Record<string, Record<string, string>>;

  it("take the project's, whichever 4 it is", () => {
    expect(manifest["peerDependencies"]).toEqual({ zod: "^4.0.0" });
    expect(manifest["dependencies"]).not.toHaveProperty("zod");
  });

  it.each([
    ["zod-4.0", "4.0."],
    ["zod-4.3", "4.3."],
    ["zod", "4."],
  ])("compile with %s", (folder, version) => {
    const zod = join(root, "node_modules", folder);
    expect((JSON.parse(readFileSync(join(zod, "package.json"), "utf8")) as { version: string }).version).toContain(version);
    const cwd = mkdtempSync(join(inject("installed"), `${folder}-`));
    try {
      mkdirSync(join(cwd, "node_modules"));
      symlinkSync(zod, join(cwd, "node_modules/zod"));
      symlinkSync(installed, join(cwd, "node_modules/fake-deploy"));
      writeFileSync(join(cwd, "deployfile.ts"), withZod);
      expect(compile([...STRICT, ...TYPES, "--preserveSymlinks", "deployfile.ts"], cwd)).toBe("");
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});

function compile(args: readonly string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...args], { cwd, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
