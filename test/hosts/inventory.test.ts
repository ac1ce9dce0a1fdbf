import { describe, expect, it } from "vitest";
import { Secret } from "../../src/command/secret.ts";
import type { ProblemsError } from "../../src/errors.ts";
import type { HostInput } from "../../src/hosts/host.ts";
import { createInventory, type InventoryEntry } from "../../src/hosts/inventory.ts";

const at = (line: number): { file: string; line: number } => ({ file: "deployfile.ts", line });
const entry = (role: string | undefined, input: HostInput, line = 1): InventoryEntry => ({ role, input, where: at(line) });

function problemsOf(entries: readonly InventoryEntry[]): string[] {
  try {
    createInventory(entries);
    return [];
  } catch (error) {
    return (error as ProblemsError).problems.map((problem) => problem.message);
  }
}

describe("createInventory", () => {
  it("makes one host of one name in several roles", () => {
    const { hosts, roles } = createInventory([
      entry("web", "app1"),
      entry("web", "app2"),
      entry("db", "deployer@app1"),
      entry("web", "app1"),
    ]);
    expect(hosts.map(({ id, user, roles }) => ({ id, user, roles }))).toEqual([
      { id: "app1", user: "deployer", roles: ["web", "db"] },
      { id: "app2", user: undefined, roles: ["web"] },
    ]);
    expect(roles).toEqual(["web", "db"]);
  });

  it("lists a host's roles in the order in which the roles were declared", () => {
    const { hosts, roles } = createInventory([entry("db", "app1"), entry("web", "app1")], ["web", "empty", "db"]);
    expect(hosts[0]?.roles).toEqual(["web", "db"]);
    expect(roles).toEqual(["web", "empty", "db"]);
  });

  it("tells hosts that share a name apart by their port", () => {
    const { hosts } = createInventory([
      entry("a", "127.0.0.1:2201"),
      entry("a", "127.0.0.1:2202"),
      entry("a", "[::1]:22"),
      entry("b", "::1"),
      entry("b", "app1:22"),
    ]);
    expect(hosts.map((host) => host.id)).toEqual(["127.0.0.1:2201", "127.0.0.1:2202", "[::1]:22", "::1", "app1"]);
    expect(hosts.map((host) => host.name)).toEqual(["127.0.0.1", "127.0.0.1", "::1", "::1", "app1"]);
    expect(hosts.map((host) => host.port)).toEqual([2201, 2202, 22, undefined, 22]);
  });

  it("adds settings of a host that was listed with its port elsewhere", () => {
    const { hosts } = createInventory([entry(undefined, { host: "app1", branch: "next" }), entry("web", "app1:2222")]);
    expect(hosts).toHaveLength(1);
    expect(hosts[0]).toMatchObject({ id: "app1", port: 2222, roles: ["web"], settings: { branch: "next" } });
  });

  it("knows a host that has no role", () => {
    expect(createInventory([entry(undefined, "app1")]).hosts).toMatchObject([{ id: "app1", roles: [] }]);
  });

  it("merges settings and takes equal ones", () => {
    const same = { list: [1] };
    const { hosts } = createInventory([
      entry("a", { host: "app1", x: same }),
      entry("b", { host: "app1", x: { list: [1] }, y: 2 }),
    ]);
    expect(hosts[0]?.settings).toEqual({ x: same, y: 2 });
  });

  it("names both places where a host has two users, addresses or transports", () => {
    expect(problemsOf([entry("a", "x@app1", 3), entry("b", "y@app1", 9)])).toEqual([
      "app1 has the user x (deployfile.ts:3) and y (deployfile.ts:9).",
    ]);
    expect(
      problemsOf([entry("a", { host: "app1", address: "10.0.0.1" }), entry("b", { host: "app1", address: "10.0.0.2" })]),
    ).toHaveLength(1);
    expect(
      problemsOf([entry("a", { host: "app1", transport: "ssh" }), entry("b", { host: "app1", transport: "local" })]),
    ).toHaveLength(1);
  });

  it("names both places where a host's setting differs", () => {
    expect(problemsOf([entry("a", { host: "app1", x: 1 }, 3), entry("b", { host: "app1", x: 2 }, 9)])).toEqual([
      "app1 has its setting x set twice, differently (deployfile.ts:3) (deployfile.ts:9).",
    ]);
  });

  it("takes two secrets for different values, and one secret for the same", () => {
    const [one, two] = [new Secret("one"), new Secret("two")];
    const both = (x: unknown, y: unknown) =>
      problemsOf([entry("a", { host: "app1", x }, 3), entry("b", { host: "app1", x: y }, 9)]);
    expect([both(one, two).length, both({ in: one }, { in: two }).length, both(one, one).length]).toEqual([1, 1, 0]);
  });

  it("reports all hosts that are none at once", () => {
    expect(problemsOf([entry("a", "-x"), entry("a", "ok"), entry("b", "a b")])).toHaveLength(2);
  });

  it("freezes what it makes", () => {
    const inventory = createInventory([entry("a", "app1")]);
    expect(
      [inventory, inventory.hosts, inventory.hosts[0], inventory.hosts[0]?.roles, inventory.hosts[0]?.settings].every(
        Object.isFrozen,
      ),
    ).toBe(true);
  });
});
