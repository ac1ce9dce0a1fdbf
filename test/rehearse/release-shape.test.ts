import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commonShape, findShapeFault, readShape } from "../../src/rehearse/release-shape.ts";

describe("what a complete release looks like", () => {
  let folder: string;
  const make = (id: string, log: string): string => {
    const release = join(folder, id);
    mkdirSync(join(release, "bin"), { recursive: true });
    writeFileSync(join(release, "bin", "start"), "run\n", { mode: 0o755 });
    writeFileSync(join(release, "build.log"), log);
    symlinkSync(join(release, "bin"), join(release, "link"));
    return release;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-shape-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is what clean runs made alike", () => {
    const [one, other] = [make("20260101000000", "1 ms"), make("20260102000000", "20 ms")];
    writeFileSync(join(one, "cache-1"), "");
    const shape = commonShape(readShape(one), readShape(other));
    expect([...shape.keys()].toSorted()).toEqual(["bin", "bin/start", "build.log", "link"]);
    const third = make("20260103000000", "a different size");
    expect(findShapeFault(shape, third)).toBeUndefined();
    writeFileSync(join(third, "bin", "start"), "r");
    expect(findShapeFault(shape, third)).toBe(
      "bin/start is an executable file of 1 bytes, and an executable file of 4 bytes after a run without any fault",
    );
    writeFileSync(join(third, "bin", "start"), "run\n");
    chmodSync(join(third, "bin", "start"), 0o644);
    expect(findShapeFault(shape, third)).toContain("bin/start is a file of 4 bytes");
    rmSync(join(third, "link"));
    chmodSync(join(third, "bin", "start"), 0o755);
    expect(findShapeFault(shape, third)).toBe("link is missing");
  });
});
