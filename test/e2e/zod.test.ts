/** Schemas of a project, with the installed package: of its own zod, or of `z` that the package hands on. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { runFake } from "../support/fake.ts";
import { said } from "../support/story.ts";

describe("a project with a zod of its own", () => {
  const DEPLOYFILE = `
    import { defineDeployfile, setting } from "fake-deploy";
    import { z } from "zod";
    import * as mini from "zod/mini";
    export default defineDeployfile(({ settings, task }) => {
      settings({
        port: setting(z.int().min(1), { desc: "Port", default: 80 }),
        depth: setting(mini.int().check(mini.minimum(1)), { desc: "Depth", default: 1 }),
      });
      const args = z.object({ size: z.coerce.number().describe("How big") });
      task("grow", { args, local: true }, async ({ env, log, args: { size } }) => log.info(\`\${size + 1} of \${env.port}\`));
      task("dig", { args: mini.object({ to: mini.string().check(mini.describe("How far")) }), local: true }, () => {});
    });`;
  let project: string;
  const run = (...args: string[]) => runFake(inject("installed"), args, { cwd: project });
  beforeAll(() => {
    project = mkdtempSync(join(inject("installed"), "zod-"));
    writeFileSync(join(project, "deployfile.ts"), DEPLOYFILE);
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it("is understood, whichever kind of zod", async () => {
    const help = [await run("help", "grow"), await run("help", "dig")].map(({ stdout }) => stdout).join("");
    expect(help).toMatch(/size +How big \(required\)[\s\S]*to +How far \(required\)/);
    const grown = await run("grow", "size=2");
    expect(said(grown)).toContain("3 of 80");
  });

  it("hears what is wrong in the same words", async () => {
    const outcome = await run("-s", "port=0", "-s", "depth=0", "grow", "size=2");
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr.match(/Too small: expected number to be >=1/g)).toHaveLength(2);
  });
});

describe("z of the installed package", () => {
  const GROWS = `
    export default defineDeployfile(({ task }) => {
      const args = z.object({ size: z.coerce.number() });
      task("grow", { args, local: true }, ({ log, args: { size } }) => log.info(\`\${size + 1} grown\`));
    });`;
  const installed = inject("installed");
  let project: string;
  beforeAll(() => {
    project = mkdtempSync(join(installed, "z-"));
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it("is enough for a deployfile, and for what imports it with node alone", async () => {
    writeFileSync(join(project, "deployfile.mjs"), `import { defineDeployfile, z } from "fake-deploy";${GROWS}`);
    const grown = await runFake(installed, ["grow", "size=2"], { cwd: project });
    expect(said(grown)).toContain("3 grown");
    const refused = await runFake(installed, ["grow", "size=two"], { cwd: project });
    expect(refused.stderr).toContain('size: Invalid input: expected number, received NaN (got "two")');
    const code = `import "./deployfile.mjs"; import { z } from "fake-deploy"; import * as zod from "zod"; console.log(z === zod.z)`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: project, encoding: "utf8" })).toBe(
      "true\n",
    );
  });

  it("is said to be missing where nobody installed zod, to those who import it", async () => {
    const alone = realpathSync(mkdtempSync(join(tmpdir(), "fake-alone-")));
    try {
      mkdirSync(join(alone, "node_modules/.bin"), { recursive: true });
      symlinkSync("../fake-deploy/dist/cli/bin.cjs", join(alone, "node_modules/.bin/fake"));
      cpSync(join(installed, "node_modules/fake-deploy"), join(alone, "node_modules/fake-deploy"), { recursive: true });
      for (const name of ["esbuild", "@esbuild"])
        symlinkSync(join(installed, "node_modules", name), join(alone, "node_modules", name));
      const run = (file: string, text: string) => {
        writeFileSync(join(alone, file), text);
        return runFake(alone, ["-f", file, "tasks"], { cwd: alone });
      };
      const without = await run(
        "without.mjs",
        'import { defineDeployfile } from "fake-deploy";\nexport default defineDeployfile(() => {});',
      );
      expect(without.exitCode, said(without)).toBe(0);
      const imported = await run("imported.mjs", `import { defineDeployfile, z } from "fake-deploy";${GROWS}`);
      expect(imported.stderr).toContain(
        'imported.mjs:1:28: The package "zod" is not installed in version 4, and "fake-deploy" takes z from there.',
      );
      expect(imported.stderr).toContain("Run: npm install zod@4");
      expect(imported.exitCode).toBe(2);
      const required = await run(
        "required.cjs",
        `const { defineDeployfile, z } = require("fake-deploy");${GROWS.replace("export default", "module.exports =")}`,
      );
      expect(required.stderr).toMatch(
        /required\.cjs:1: threw Error: The package "zod" is not installed in version 4, .*Run: npm install zod@4/,
      );
      expect(required.exitCode).toBe(2);
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });
});
