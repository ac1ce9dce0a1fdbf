import { describe, expect, it } from "vitest";
import { suggest } from "../src/suggest.ts";

describe("suggest", () => {
  it.each([
    ["prodction", "production"],
    ["prodcution", "production"],
    ["Production", "production"],
    ["prod", "production"],
    ["stagin", "staging"],
    ["wbe", "web"],
    ["deploy:chek", "deploy:check"],
  ])("takes %s for %s", (word, meant) => {
    expect(suggest(word, ["staging", "production", "web", "deploy:check"])).toBe(meant);
  });

  it("takes the closest", () => {
    expect(suggest("restat", ["start", "restart"])).toBe("restart");
  });

  it.each(["xyz", "a", "backup", ""])("has nothing for %j", (word) => {
    expect(suggest(word, ["staging", "production", "web", "b"])).toBeUndefined();
  });

  it("never suggests the word itself", () => {
    expect(suggest("web", ["web"])).toBeUndefined();
  });
});
