import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/errors.ts";
import type { HostInput } from "../../src/hosts/host.ts";
import { parseHost } from "../../src/hosts/parse-host.ts";

const where = { file: "deployfile.ts", line: 7 };

describe("parseHost", () => {
  it.each([
    ["app1", "app1", undefined, undefined],
    ["app1.example.com", "app1.example.com", undefined, undefined],
    ["deployer@app2.example.com:2222", "app2.example.com", "deployer", 2222],
    ["10.0.0.1:22", "10.0.0.1", undefined, 22],
    ["::1", "::1", undefined, undefined],
    ["fe80::1%eth0", "fe80::1%eth0", undefined, undefined],
    ["[::1]:2222", "::1", undefined, 2222],
    ["root@[2001:db8::1]", "2001:db8::1", "root", undefined],
    ["me@corp.com@app1", "app1", "me@corp.com", undefined],
    ["CORP\\me@app1", "app1", "CORP\\me", undefined],
    ["bücher.example", "bücher.example", undefined, undefined],
  ])("reads %s", (text, address, user, port) => {
    expect(parseHost(text, where)).toEqual({
      id: address,
      name: address,
      address,
      user,
      port,
      transport: undefined,
      roles: [],
      settings: {},
      where,
    });
  });

  it("reads an object: what it does not know is a setting", () => {
    const host = parseHost({
      host: "10.0.0.1",
      name: "db1",
      user: "postgres",
      port: 2200,
      transport: "local",
      branch: "main",
      roles: ["x"],
    });
    expect(host).toMatchObject({ id: "db1", name: "db1", address: "10.0.0.1", user: "postgres", port: 2200, transport: "local" });
    expect(host.settings).toEqual({ branch: "main", roles: ["x"] });
    expect(parseHost({ host: "app1", transport: "openssh" }).settings).toEqual({ transport: "openssh" });
    expect(parseHost({ host: "deployer@app1:22", address: "[::1]" })).toMatchObject({
      name: "app1",
      address: "::1",
      user: "deployer",
      port: 22,
    });
  });

  it("freezes what it makes", () => {
    const host = parseHost({ host: "app1", branch: "main" });
    expect([host, host.roles, host.settings].every(Object.isFrozen)).toBe(true);
  });

  it.each([
    [""],
    [" "],
    ["app 1"],
    ["app1\n"],
    ["app1\u202e"],
    ["-oProxyCommand=x"],
    ["user@-oProxyCommand=x"],
    ["-l@app1"],
    ["@app1"],
    ["a;b@app1"],
    ["user@"],
    ["app1:"],
    ["app1:0"],
    ["app1:65536"],
    ["app1:22x"],
    ["app1:+22"],
    ["[::1"],
    ["[::1]22"],
    ["[app1]:22"],
    ["1:2:3"],
    ["10.0.0.256"],
    ["10.0.1"],
    ["ssh://app1"],
    ["app1;reboot"],
    ["$(reboot)"],
    ["app1/../x"],
    [".."],
    ["app,db"],
  ])("refuses %j", (text) => {
    expect(() => parseHost(text, where)).toThrow(expect.objectContaining({ code: "BAD_HOST", exitCode: 2 }));
  });

  it.each([
    [{}],
    [{ host: "" }],
    [{ host: 5 }],
    [{ host: "a", port: "22" }],
    [{ host: "a", port: 0 }],
    [{ host: "a", user: "" }],
    [{ host: "a", user: "-x" }],
    [{ host: "a", name: "-x" }],
    [{ host: "a", name: "a b" }],
    [{ host: "a", address: "-x" }],
    [{ host: "a", transport: 1 }],
    [{ host: "x@a", user: "y" }],
    [{ host: "a:22", port: 23 }],
    [null],
    [5],
    [["a"]],
  ])("refuses %j", (input) => {
    expect(() => parseHost(input as unknown as HostInput)).toThrow(expect.objectContaining({ code: "BAD_HOST" }));
  });

  it("reports everything that is wrong with a host, with its place and what would be right", () => {
    let problems: ProblemsError["problems"] = [];
    try {
      parseHost({ host: "-x", user: "-y", port: 0 }, where);
    } catch (error) {
      problems = (error as ProblemsError).problems;
    }
    expect(problems.map((problem) => problem.message)).toEqual([
      'The host "-x" starts with a dash.',
      '"-y" is not a user name.',
      "0 is not a port.",
    ]);
    for (const problem of problems) expect(problem).toMatchObject({ subject: "-x", where, hint: expect.stringMatching(/./) });
  });

  it("reads any text or refuses it, and never makes an option of it", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."-@:[].a1 x") })), (text) => {
        try {
          const host = parseHost(text);
          expect(host.address).toMatch(/^[^-\s]\S*$/);
          expect(host.user ?? "x").toMatch(/^[^-\s]\S*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemsError);
        }
      }),
    );
  });
});
