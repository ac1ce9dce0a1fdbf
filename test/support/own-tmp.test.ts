import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "planted-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = `import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it, onTestFinished } from "vitest";
const make = (name) => mkdtempSync(join(tmpdir(), name));
`;
/** By name of the test file. */
const PLANTED = {
  leaves: 'it("passes", () => void make("kept-"));',
  tidy: `const whole = make("whole-");
afterAll(() => rmSync(whole, { recursive: true }));
it("passes", () => { const one = make("one-"); onTestFinished(() => rmSync(one, { recursive: true })); });`,
};

describe("a test file", () => {
  it("fails when it leaves something in the temporary directory, and is named with it", { timeout: 120_000 }, () => {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "tmp"));
    for (const [name, text] of Object.entries(PLANTED)) writeFileSync(join(folder, `${name}.test.js`), HEAD + text);
    const config = {
      test: { setupFiles: [join(import.meta.dirname, "own-tmp.ts")], include: ["*.test.js"], fileParallelism: false },
    };
    writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify(config)};\n`);
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--root", folder], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], TMPDIR: join(folder, "tmp"), NO_COLOR: "1" },
    });
    const said = stdout + stderr;
    expect(status, said).toBe(1);
    expect(said).toMatch(/FAIL {2}leaves\.test\.js[\s\S]*This file left in the temporary directory: kept-\w{6}/);
    expect(said).toMatch(/1 failed \| 1 passed \(2\)/);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  it("takes no fixed path for one that leads nowhere", () => {
    const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const path = new RegExp(`["'\`=: (]/(?:${["nonexistent", "nowhere", "nope", "none", "no"].join("|")})(?:[/"'\`)]|\\.\\w)`);
    const fixed = tests.filter((file) => path.test(readFileSync(join(root, "test", file), "utf8")));
    expect(fixed, "test/support/nowhere.ts has one").toEqual([]);
  });
});
