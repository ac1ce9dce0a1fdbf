/** What a compiler sees of the installed package: an editor's knowledge of settings comes from there. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

const deployfile = `import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_is: Same<A, B>): void => undefined;

export default defineDeployfile<{ region: string }>(({ env, role, task, after, use }) => {
  const { finished } = use(deploy());
  env.set({ deployPath: (env) => \`/srv/\${env.application}\`, keepReleases: 3, region: "eu", mine: 1 });
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
    const strict = ["--noEmit", "--ignoreConfig", "--strict", "--target", "es2023", "--module", "nodenext"];
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types"), "--allowImportingTsExtensions"];
    expect(compile([...strict, ...types, ...options, "deployfile.ts", "deployfile.test.ts"], cwd)).toBe("");
  });
});

function compile(args: readonly string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...args], { cwd, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
