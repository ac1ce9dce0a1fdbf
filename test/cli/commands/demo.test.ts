import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nowhere } from "../../support/nowhere.ts";
import { fake, project } from "../run-cli.ts";

/** The demo keeps its folders beneath TMPDIR: a folder of our own shows what is left. */
async function demo(argv: readonly string[], onText: (text: string, signal: () => void) => void = () => {}) {
  const root = project({ "tmp/.keep": "", ".ssh/known_hosts": "" });
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = join(root, "tmp");
  try {
    const result = await fake(root, ["demo", ...argv], {
      prepare(io) {
        const { write } = io.stderr;
        Object.assign(io.stderr, {
          write(text: string) {
            write.call(io.stderr, text);
            onText(text, () => io.signal("SIGINT"));
          },
        });
      },
    });
    return { ...result, left: readdirSync(join(root, "tmp")).filter((name) => name !== ".keep"), root };
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}

describe("fake demo", () => {
  it("deploys twice, lists releases, rolls back, and leaves nothing behind", async () => {
    const { code, stdout, stderr, left, root } = await demo(["--reporter", "quiet"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("");
    const [two, one] = [
      stderr.indexOf("app2: <h1>The shop, version 2</h1>"),
      stderr.lastIndexOf("app2: <h1>The shop, version 1</h1>"),
    ];
    expect(two).toBeGreaterThan(0);
    expect(one).toBeGreaterThan(two);
    expect(stderr).toMatch(/\n\* {2}\d{14} {2}live/);
    expect(left).toEqual([]);
    expect(readdirSync(join(root, ".ssh"))).toEqual(["known_hosts"]);
    expect(tmpdir()).not.toContain(root);
  }, 60_000);

  it("says what it misses where there is no git", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = nowhere;
    const { code, stderr, left } = await demo([]).finally(() => {
      process.env["PATH"] = path;
    });
    expect(code).toBe(2);
    expect(stderr).toContain("The demo could not use git");
    expect(left).toEqual([]);
  });

  it("goes on until ctrl-C with --keep, and then leaves nothing behind", async () => {
    let folder = "";
    const { code, stderr, left } = await demo(["--keep", "--reporter", "quiet"], (text, signal) => {
      folder = /-f (\S+)\/deployfile\.ts/.exec(text)?.[1] ?? folder;
      if (text.includes("ctrl-C")) {
        expect(existsSync(join(folder, "ssh_config"))).toBe(true);
        setImmediate(signal);
      }
    });
    expect(code, stderr).toBe(0);
    expect(left).toEqual([]);
  }, 60_000);

  it("leaves nothing behind when it is interrupted in the middle", async () => {
    let isStopped = false;
    const { code, left } = await demo(["--reporter", "plain"], (text, signal) => {
      if (isStopped || !text.includes("deploy:create-release")) return;
      isStopped = true;
      signal();
      signal();
    });
    expect(code).toBe(130);
    expect(left).toEqual([]);
  }, 60_000);
});
