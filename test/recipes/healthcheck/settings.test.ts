import { describe, expect, it } from "vitest";
import { parseStatus, parseTarget, statusSchema, urlsSchema } from "../../../src/recipes/healthcheck/settings.ts";

describe("an address", () => {
  it("is one of HTTP or TCP", () => {
    expect(parseTarget("http://localhost/health?x=1")).toMatchObject({ kind: "http", host: "localhost", port: 80 });
    expect(parseTarget("https://[::1]:8443/")).toMatchObject({ kind: "http", host: "::1", port: 8443 });
    expect(parseTarget("tcp://db.internal:5432")).toMatchObject({ kind: "tcp", host: "db.internal", port: 5432 });
    expect(urlsSchema.parse("http://a/")).toBe("http://a/");
  });

  it.each([
    ["localhost:3000", "begins with http://, https:// or tcp://"],
    ["/health", "is no URL"],
    ["ftp://a/", "begins with"],
    ["http://ada:pw@a/", "must not hold a password"],
    ["tcp://a", "needs a port"],
    ["tcp://a:1/x", "has a path"],
    ["http://a/x y", "must not hold blanks"],
  ])("is refused with what is wrong: %s", (text, message) => {
    expect(
      urlsSchema
        .safeParse(["http://fine/", text])
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toContain(message);
  });
});

describe("a status", () => {
  it("is one, a range, or several", () => {
    expect(parseStatus("200-299,401")).toEqual([
      [200, 299],
      [401, 401],
    ]);
    expect(statusSchema.parse(204)).toBe(204);
    for (const wrong of ["2xx", "", "99", "200-", "600"]) expect(statusSchema.safeParse(wrong).success).toBe(false);
  });
});
