import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeStandIns } from "../../src/rehearse/stand-ins.ts";

const folder = mkdtempSync(join(tmpdir(), "fake-stand-ins-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = process.env["PATH"] ?? "";
writeStandIns({
  folder,
  path,
  commands: {
    "sudo systemctl restart *": "ok",
    "sudo -u deployer *": "through",
    "doas *": "through",
    "su *": "through",
    printf: "real",
    systemctl: 'echo "$# words: $1"; exit 4',
    "docker it's; exit 9": "ok",
  },
});

const run = (...argv: readonly [string, ...string[]]) => {
  const [program, ...args] = argv;
  const { status, stdout, stderr } = spawnSync(program, args, { env: { PATH: `${folder}:${path}` }, encoding: "utf8" });
  return { status, stdout, stderr };
};

describe("programs that stand in", () => {
  it.each([
    [["sudo", "systemctl", "restart", "shop"], 0, ""],
    [["sudo", "-u", "deployer", "-H", "--", "sh", "-c", "echo hello"], 0, "hello\n"],
    [["doas", "-n", "-u", "deployer", "--", "sh", "-c", "echo hello"], 0, "hello\n"],
    [["su", "-s", "/bin/sh", "deployer", "-c", "echo hello"], 0, "hello\n"],
    [["printf", "%s", "a b"], 0, "a b"],
    [["systemctl", "a b", "c"], 4, "2 words: a b\n"],
    [["docker", "it's;", "exit", "9"], 0, ""],
  ] as const)("%j", (argv, status, stdout) => {
    expect(run(...(argv as unknown as [string]))).toEqual({ status, stdout, stderr: "" });
  });

  it("refuse what rules a machine or reaches others, with the line to write", () => {
    for (const argv of [
      ["sudo", "reboot"],
      ["curl", "https://example.com"],
      ["docker", "ps"],
    ] as [string, ...string[]][]) {
      const { status, stderr } = run(...argv);
      expect(status).toBe(127);
      expect(stderr).toContain(`rehearse({ commands: { "${argv.join(" ")}": "ok" } })`);
    }
  });

  it("leave other programs alone", () => {
    expect(run("sh", "-c", "echo fine").stdout).toBe("fine\n");
  });
});
