import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type BuiltCli, buildCli, type Ended, start } from "../built.ts";
import { deployfile, project } from "../run-cli.ts";

// Each of these starts node once or more, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let built: BuiltCli;
beforeAll(() => {
  built = buildCli();
}, 60_000);
afterAll(() => built.remove());

const fake = (root: string, argv: readonly string[]): Promise<Ended> => start(process.execPath, [built.bin, ...argv], root).ended;
const shell = (root: string, script: string): Promise<Ended> =>
  start("bash", ["-c", script], root, { FAKE: `${process.execPath} ${built.bin}` }).ended;

const tasks = deployfile('role("web", [local("a")]); task("loose", () => {});');

describe("completion", () => {
  it("prints candidates and nothing else, however broken the deployfile", async () => {
    const root = project({ "deployfile.ts": tasks });
    expect(await fake(root, ["__complete", "--", "-R", "web", "lo"])).toEqual({ code: 0, stdout: "loose\n", stderr: "" });
    for (const text of [
      "const = 1",
      "throw new Error('x')",
      "process.exit(1)",
      "await new Promise(() => {})",
      "setInterval(() => {}, 9)",
    ]) {
      const broken = project({ "deployfile.ts": text });
      expect(await fake(broken, ["__complete", "--", "rel"])).toEqual({ code: 0, stdout: "releases\n", stderr: "" });
    }
    expect(await fake(project({}), ["__complete", "--", "--rol"])).toEqual({ code: 0, stdout: "--roles\n", stderr: "" });
  });

  it("works in bash, names with colons included", async () => {
    const root = project({
      "deployfile.ts": deployfile('role("web", ["a"]); task("app:one", () => {}); task("app:two", () => {});'),
    });
    const script = `
      fake() { $FAKE "$@"; }
      eval "$(fake completion bash)"
      try() { COMP_LINE="$1" COMP_POINT=\${#1}; _fake_complete; echo "\${COMPREPLY[@]}"; }
      try "fake app:t"; try "fake -R w"; try "fake completion "`;
    expect((await shell(root, script)).stdout).toBe("two\nweb\nbash zsh fish\n");
  });

  it.each([["bash"], ["zsh"], ["fish"]])("has a script for %s that its shell can read", async (name) => {
    const root = project({});
    const { code, stdout } = await fake(root, ["completion", name]);
    expect(code).toBe(0);
    expect(stdout).toContain("fake __complete --");
    const checked = await shell(root, `command -v ${name} >/dev/null || exit 0; $FAKE completion ${name} > s && ${name} -n s`);
    expect(checked).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(root, "deployfile.ts"))).toBe(false);
  });

  it("names the shell that was meant", async () => {
    expect(await fake(project({}), ["completion", "bahs"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean bash?"),
    });
  });
});
