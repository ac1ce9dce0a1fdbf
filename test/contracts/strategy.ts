import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isRevisionId } from "../../src/recipes/deploy/revision.ts";
import { isStrategy } from "../../src/recipes/deploy/strategies/pick.ts";
import type { Strategy } from "../../src/recipes/deploy/strategies/strategy.ts";
import { createShellHost, shells } from "../recipes/deploy/shell-host.ts";
import { createWorld, type Origin, type World } from "./strategy-world.ts";

export interface StrategyCase {
  readonly name: string;
  /** @param directory of the origin */
  create(directory: string): Strategy;
  createOrigin(directory: string): Origin;
}

/** One suite for all strategies, in each shell that hosts have. */
export function strategyContract({ name, create, createOrigin }: StrategyCase): void {
  describe.each(shells)(`the ${name} strategy builds a release in $name`, { timeout: 60_000 }, (shell) => {
    let world: World;
    beforeEach(() => {
      world = createWorld(create, createOrigin, createShellHost(shell));
    });
    afterEach(() => world.remove());

    it("with all of the code, and nothing else", async () => {
      world.origin.commit({
        "app.js": "v1",
        "bin/start": { executable: "#!/bin/sh\n" },
        "docs/a b'c\"d\n.md": "odd",
        ünïcode: "u",
        latest: { link: "docs" },
        "-rf": "dash",
        README: "large",
        readme: "small",
      });
      expect(await world.build("20261120101500")).toMatchObject({ code: 0 });
      const release = join(world.host.paths.releases, "20261120101500");
      const names = ["-rf", "README", "app.js", "bin", "docs", "latest", "readme", "ünïcode"];
      expect(readdirSync(release).sort()).toEqual(names.sort());
      expect(readFileSync(join(release, "docs/a b'c\"d\n.md"), "utf8")).toBe("odd");
      expect(lstatSync(join(release, "bin/start")).mode & 0o111).not.toBe(0);
      expect(readlinkSync(join(release, "latest"))).toBe("docs");
    });

    it("of what is there now, each time", async () => {
      const { origin, host } = world;
      origin.commit({ "app.js": "v1", "old.js": "v1" });
      await world.build("20261120101500");
      origin.commit({ "app.js": "v2", "old.js": undefined });
      await world.build("20261120101501");
      expect(["0", "1"].map((end) => host.read(`releases/2026112010150${end}/app.js`))).toEqual(["v1", "v2"]);
      expect(host.exists("releases/20261120101501/old.js")).toBe(false);
    });

    it("of a revision that was resolved before, whatever came after", async () => {
      world.origin.commit({ "app.js": "v1" });
      const revision = await world.resolve("HEAD");
      world.origin.commit({ "app.js": "v2" });
      expect(await world.build("20261120101500", { revision })).toMatchObject({ code: 0 });
      expect(world.host.read("releases/20261120101500/app.js")).toBe("v1");
    });
  });

  describe(`the ${name} strategy on the control machine`, { timeout: 60_000 }, () => {
    let world: World;
    beforeEach(() => {
      world = createWorld(create, createOrigin, createShellHost());
    });
    afterEach(() => world.remove());

    it("is one, as scm takes it", () => {
      expect(isStrategy(create("/"))).toBe(true);
    });

    it("names what is deployed by one word, the same for the same and another for another", async () => {
      world.origin.commit({ "app.js": "v1" });
      const [first, same] = [await world.resolve("HEAD"), await world.resolve("HEAD")];
      world.origin.commit({ "app.js": "v2" });
      const other = await world.resolve("HEAD");
      expect([isRevisionId(first.id ?? ""), first.label === "", same.id === first.id, other.id === first.id]).toEqual([
        true,
        false,
        true,
        false,
      ]);
    });

    it("says so, or leaves it to a host, when the code cannot be read", async () => {
      world.origin.commit({ "app.js": "v1" });
      world.origin.remove();
      const found = await world.resolve("HEAD").catch((error: unknown) => error);
      expect(found).toMatchObject(found instanceof Error ? { code: expect.any(String) } : { reason: expect.any(String) });
    });
  });
}
