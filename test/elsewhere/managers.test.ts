import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, inject, onTestFinished } from "vitest";
import { outcomesOf } from "./outcome.ts";
import { fromRegistry } from "./registry.ts";

interface Manager {
  readonly name: string;
  readonly spec: string;
  /** Name of the package, and of its program. */
  readonly from: readonly [name: string, bin: string];
  readonly install: readonly string[];
  /** What stands in front of `fake`. */
  readonly run: readonly string[];
  /** Says how yarn links packages. */
  readonly linker?: string;
}

const MANAGERS: readonly Manager[] = [
  { name: "npm", spec: "npm@11", from: ["npm", "npm"], install: ["install"], run: ["exec", "--", "fake"] },
  { name: "pnpm", spec: "pnpm@10", from: ["pnpm", "pnpm"], install: ["install"], run: ["exec", "fake"] },
  { name: "yarn", spec: "yarn@1", from: ["yarn", "yarn"], install: ["install"], run: ["-s", "fake"] },
  ...["node-modules", "pnp"].map((linker) => ({
    ...{ name: `yarn, ${linker}`, spec: "@yarnpkg/cli-dist@4", linker },
    from: ["@yarnpkg/cli-dist", "yarn"] as const,
    ...{ install: ["install", "--no-immutable"], run: ["fake"] },
  })),
  { name: "bun", spec: "bun", from: ["bun", "bun"], install: ["install"], run: ["x", "fake"] },
];

const registry = spawnSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).stdout.trim();
const packed = dirname(inject("installed"));
const timeout = 400_000;

const deployfile = `import { defineDeployfile, z } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";
export default defineDeployfile(({ task, use }) => {
  use(deploy());
  task("hello", { desc: "Says hello", args: z.object({ to: z.string() }), local: true }, ({ log, args }) => log.info(args.to));
});
`;

describe.each(MANAGERS)("$name", ({ name, spec, from: [packageName, bin], install, run, linker }) => {
  const manager = fromRegistry(spec);
  const on = outcomesOf({ table: "managers", name, version: manager.version(packageName), missing: manager.missing });

  on("installs it, and it reads a deployfile", { timeout }, () => {
    const folder = mkdtempSync(join(tmpdir(), "manager-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tarball = readdirSync(packed).find((file) => file.endsWith(".tgz")) ?? "";
    const dependencies = { "fake-deploy": `file:${join(packed, tarball)}`, zod: "^4.0.0" };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "site", private: true, type: "module", dependencies }));
    writeFileSync(join(folder, "deployfile.ts"), deployfile);
    // A project of its own: whatever is above is none of its.
    writeFileSync(join(folder, "yarn.lock"), "");
    if (linker !== undefined) writeFileSync(join(folder, ".yarnrc.yml"), `nodeLinker: ${linker}\nenableGlobalCache: false\n`);
    mkdirSync(join(folder, "tmp"));
    // Yarn 1 leaves things there.
    const TMPDIR = join(folder, "tmp");
    const env = { ...process.env, TMPDIR, YARN_NPM_REGISTRY_SERVER: registry, YARN_ENABLE_TELEMETRY: "0", NO_COLOR: "1", CI: "" };
    const call = (...args: readonly string[]) =>
      spawnSync(manager.bin(bin), args, { cwd: folder, encoding: "utf8", env, timeout: timeout / 2 });
    const installed = call(...install);
    expect(installed.status, installed.stdout + installed.stderr).toBe(0);
    expect(existsSync(join(folder, linker === "pnp" ? ".pnp.cjs" : "node_modules/fake-deploy"))).toBe(true);
    const { status, stdout, stderr } = call(...run, "tasks");
    expect([status, stdout], stderr).toEqual([0, expect.stringContaining("Says hello")]);
  });
});
