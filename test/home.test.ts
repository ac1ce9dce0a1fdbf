import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { findHome } from "../src/home.ts";

describe("the home of whoever runs this", () => {
  it.each([
    ["HOME, where it says anything", { HOME: "/x" }, "/x"],
    ["that of the user database where HOME is empty", { HOME: "" }, userInfo().homedir],
    ["that of the user database where there is no HOME", {}, userInfo().homedir],
  ])("is %s", (_, env, home) => {
    expect(findHome(env)).toBe(home);
  });
});
