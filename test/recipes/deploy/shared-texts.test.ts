import { queryObjects } from "node:v8";
import { describe, expect, it } from "vitest";
import { deployPaths } from "../../../src/recipes/deploy/paths.ts";
import { shareText } from "../../../src/recipes/deploy/shared-texts.ts";
import { parseState } from "../../../src/recipes/deploy/state.ts";

/** Bytes that live: what is asked for counts objects when all others are gone. */
function live(): number {
  queryObjects(WeakMap);
  return process.memoryUsage().heapUsed;
}

describe("a text that several hosts have said", () => {
  it("is the same, whatever is in it", () => {
    for (const text of ["", "a", "1234567890abcdef".repeat(20), "é\n\0\ud800", "x".repeat(300)])
      expect(shareText(text)).toBe(text);
  });
});

describe("the state of a host", () => {
  it("keeps nothing of the rest that the host has printed", () => {
    const root = "/srv/app";
    const paths = deployPaths({
      ...{ deployPath: root, releasesPath: `${root}/releases`, sharedPath: `${root}/shared` },
      ...{ repoPath: `${root}/repo`, currentPath: `${root}/current` },
    });
    const sha = "0123456789abcdef0123456789abcdef01234567";
    const print = (host: number): string =>
      [`clock 2026120100000${host % 10}`, `release 20261201000000 ${sha}`, `noise ${"x".repeat(100_000)}${host}`].join("\n");
    const before = live();
    const states = Array.from({ length: 100 }, (_, host) => parseState(print(host), paths));
    expect(states[7]?.releases[0]?.revision).toBe(sha);
    expect((live() - before) / states.length).toBeLessThan(20_000);
  });
});
