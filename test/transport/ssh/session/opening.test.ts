import { describe, expect, it } from "vitest";
import { prepareSession } from "../../../../src/transport/ssh/session/opening.ts";

describe("a session that is asked for", () => {
  it("holds nothing of its line, which is some kB and said once", () => {
    const { opening } = prepareSession({ program: "shell" });
    expect(opening.line()).toMatch(/^exec \/bin\/sh -c '/);
    expect(opening.line()).toBe(opening.line());
    expect(JSON.stringify(opening).length).toBeLessThan(100);
  });

  it("says another word each time, by which it is heard", () => {
    const [one, other] = [prepareSession({ program: "loader" }), prepareSession({ program: "loader" })];
    expect(one.opening.line()).not.toBe(other.opening.line());
  });
});
