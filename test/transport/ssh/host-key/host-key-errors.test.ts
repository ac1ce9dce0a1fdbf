import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepIn } from "../../../../src/transport/ssh/host-key/host-key-errors.ts";
import type { Target } from "../../../../src/transport/ssh/target.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fake-known-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const target = (...files: string[]): Target => ({ config: { userKnownHostsFile: files } }) as unknown as Target;

describe("the command that keeps a key", () => {
  it.each(["known", "a folder/known hosts", "it's/$HOME/known"])("works where the file is ~/%s", (path) => {
    const file = join(home, path);
    mkdirSync(join(file, ".."), { recursive: true });
    for (const shortened of ["", home]) {
      const command = keepIn(target(file), "echo key", shortened) ?? "";
      expect(command.includes("~/")).toBe(shortened === home);
      execFileSync("sh", ["-c", command], { env: { ...process.env, HOME: home } });
    }
    expect(readFileSync(file, "utf8")).toBe("key\nkey\n");
  });

  it("is left out where nothing is kept", () => {
    expect(keepIn(target("/dev/null"), "echo key")).toBeUndefined();
  });
});
