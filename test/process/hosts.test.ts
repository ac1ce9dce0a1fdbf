import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostInput } from "../../src/hosts/host.ts";
import { createInventory } from "../../src/hosts/inventory.ts";
import { parseHost } from "../../src/hosts/parse-host.ts";
import { type HostsInput, hostKey, sameHost, toHosts, uniqueHosts } from "../../src/process/hosts.ts";

const shown = (inputs: HostsInput): readonly string[] =>
  toHosts(inputs).map(({ id, user }) => (user === undefined ? id : `${user}@${id}`));

describe("toHosts", () => {
  it.each<[HostsInput, readonly string[]]>([
    [
      ["web1", "deployer@db1"],
      ["web1", "deployer@db1"],
    ],
    ["web1", ["web1"]],
    [{ host: "web1", user: "ada" }, ["ada@web1"]],
    [new Set(["web[1:3]", "db1"]), ["web1", "web2", "web3", "db1"]],
    [[{ host: "web[1:2]", user: "ada" }], ["ada@web1", "ada@web2"]],
    [
      ["web1", "web1"],
      ["web1", "web1"],
    ],
    [
      ["web1:22", "web1:2222"],
      ["web1:22", "web1:2222"],
    ],
    [
      ["web1", "web1:2222"],
      ["web1", "web1:2222"],
    ],
    [
      ["[::1]:22", "[::1]:23"],
      ["[::1]:22", "[::1]:23"],
    ],
    [["web1:2222"], ["web1"]],
    [[], []],
  ])("reads %j as %j", (inputs, hosts) => {
    expect(shown(inputs)).toEqual(hosts);
  });

  it("leaves hosts as they are that were read before", () => {
    const { hosts } = createInventory([
      { role: "web", input: { host: "web1", keepReleases: 3 } },
      { role: "web", input: "web1:2222" },
    ]);
    const again = toHosts(hosts);
    expect(again).toEqual(hosts);
    for (const [index, host] of again.entries()) expect(host).toBe(hosts[index]);
    expect(toHosts(parseHost("web1"))).toEqual([parseHost("web1")]);
    // What a host's object sets may be called anything.
    expect(toHosts([{ host: "web1", id: "a", roles: [], address: "10.0.0.5" }])[0]?.settings).toEqual({ id: "a", roles: [] });
  });

  it("says all that is wrong at once", () => {
    expect(() => toHosts(["web1:99999", "fine", "-x", "web[3:1]", { host: "a b" }, 5 as never, { name: "x" } as never])).toThrow(
      expect.objectContaining({ code: "BAD_HOSTS", exitCode: 2, shortMessage: "6 problems" }),
    );
    for (const one of [undefined, null, 5, {}] as never[])
      expect(() => toHosts(one)).toThrow(expect.objectContaining({ code: "BAD_HOSTS" }));
  });
});

describe("sameHost", () => {
  it.each<[HostInput, HostInput, boolean]>([
    ["web1", "web1", true],
    ["web1", "WEB1", true],
    ["web1", "web2", false],
    ["web1", { host: "one", address: "web1" }, true],
    ["web1", { host: "web1", address: "10.0.0.5" }, false],
    ["ada@web1", "web1", false],
    ["ada@web1", "bob@web1", false],
    ["ada@web1:22", "ada@web1:22", true],
    ["web1:22", "web1", false],
    ["web1:22", "web1:2222", false],
    ["[::1]:22", "[0:0:0:0:0:0:0:1]:22", true],
    ["::1", "::2", false],
    ["fe80::1%eth0", "fe80::1%eth1", false],
    ["web1", { host: "web1", transport: "openssh" }, true],
    ["web1", { host: "web1", transport: "local" }, false],
    ["web1", { host: "web1", keepReleases: 3 }, true],
    ["web[1:2]", "web1", false],
  ])("%j and %j: %s", (one, other, same) => {
    expect(sameHost(one, other)).toBe(same);
    expect(sameHost(other, one)).toBe(same);
  });

  it("refuses what is no host", () => {
    expect(() => sameHost("a b", "-x")).toThrow(expect.objectContaining({ code: "BAD_HOSTS", shortMessage: "2 problems" }));
  });
});

describe("uniqueHosts", () => {
  it("keeps the first of those that are the same, in their order", () => {
    const hosts = uniqueHosts(["web2", { host: "first", address: "web1" }, "web[1:3]", "ada@web2", "web2"]);
    expect(hosts.map(({ name }) => name)).toEqual(["web2", "first", "web3", "web2"]);
    expect(hosts[3]?.user).toBe("ada");
  });

  it("leaves no two that are the same, and none out", () => {
    const input = fc
      .tuple(
        fc.constantFrom("", "ada@", "bob@"),
        fc.constantFrom("a", "A", "b", "[::1]", "[::0:1]"),
        fc.constantFrom("", ":22", ":23"),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(input, { maxLength: 12 }), (inputs) => {
        const kept = uniqueHosts(inputs);
        for (const one of kept) expect(kept.filter((other) => sameHost(one, other))).toEqual([one]);
        for (const one of toHosts(inputs)) expect(kept.some((other) => sameHost(one, other))).toBe(true);
        expect(uniqueHosts(kept)).toEqual(kept);
      }),
    );
  });
});

describe("hostKey", () => {
  it("is the same for hosts that are the same, as keys of a map", () => {
    const loads = new Map([[hostKey("ada@web1:22"), 1]]);
    expect(loads.get(hostKey({ host: "one", address: "WEB1", user: "ada", port: 22 }))).toBe(1);
    for (const other of ["web1:22", "ada@web1", "ada@web1:23", "ada@web2:22"]) expect(loads.has(hostKey(other))).toBe(false);
  });

  it("is of one host", () => {
    expect(() => hostKey("web[1:3]")).toThrow("hostKey takes one host, and was given 3.");
    expect(() => hostKey("a b")).toThrow(expect.objectContaining({ code: "BAD_HOSTS" }));
  });
});
