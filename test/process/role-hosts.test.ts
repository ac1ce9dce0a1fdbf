import { expect, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { toHosts } from "../../src/process/hosts.ts";
import { hosts, type RoleHosts } from "../../src/process/role-hosts.ts";

const names = (some: Iterable<{ readonly id: string }>): readonly string[] => [...some].map(({ id }) => id);
const fleet: RoleHosts = hosts({
  www: ["web[1:2]", { host: "both", port: 2222 }],
  cache: new Set(["both:2222", "ada@cache1"]),
  db: "db1",
  none: [],
});

it("has each host once, in the order in which they were written, with all of its roles", () => {
  expect(names(fleet)).toEqual(["web1", "web2", "both", "cache1", "db1"]);
  expect([...fleet].map(({ roles }) => roles.join(" "))).toEqual(["www", "www", "www cache", "cache", "db"]);
  expect([...fleet].map(({ user, port }) => [user, port])[3]).toEqual(["ada", undefined]);
  expect([fleet.size, fleet.roles]).toEqual([5, ["www", "cache", "db", "none"]]);
});

it("is filtered by roles: any of them, or all", () => {
  expect(names(fleet.filter("cache"))).toEqual(["both", "cache1"]);
  expect(names(fleet.filter("db", "www"))).toEqual(["web1", "web2", "both", "db1"]);
  expect(names(fleet.filter("www").filter("cache"))).toEqual(["both"]);
  expect([names(fleet.filter("*")), fleet.filter("none").size]).toEqual([names(fleet), 0]);
  expect(() => fleet.filter("cahce")).toThrow(
    expect.objectContaining({ code: "UNKNOWN_ROLE", message: 'There is no role "cahce". Did you mean "cache"?' }),
  );
  expect(() => fleet.filter()).toThrow(expect.objectContaining({ code: "FLEET_FILTER" }));
});

it("gives one host, or says which there are", () => {
  expect(fleet.one("db").name).toBe("db1");
  expect(fleet.filter("www").filter("cache").one().port).toBe(2222);
  expect(() => fleet.one("cache")).toThrow("One host with the role cache is wanted, and there are 2: both, cache1.");
  expect(() => fleet.one("none")).toThrow(
    "One host with the role none is wanted, and there is none, of web1, web2, both, cache1, db1.",
  );
});

it("takes further hosts, each of them once", () => {
  const more = fleet.filter("db").with("deployer@extra:2222", "db1", ...toHosts(["web9"]), "web9");
  expect(names(more)).toEqual(["db1", "extra", "web9"]);
  expect(names(more.filter("db"))).toEqual(["db1"]);
});

it("stands wherever hosts are taken", async () => {
  await using launcher = createLauncher();
  const here = hosts({ a: { host: "one", transport: "local" }, b: [{ host: "two", transport: "local" }] });
  const action = await launcher.remote(here, "echo {{{host}}}", { stdin: "" }).run();
  expect(action.processes.map(({ stdout }) => stdout)).toEqual(["one\n", "two\n"]);
  expect((await launcher.remote(here.filter("b"), "true", { stdin: "" }).run()).processes).toHaveLength(1);
  expect((await launcher.process("true", { host: here.one("a"), stdin: "" }).run()).finishedOk).toBe(true);
});

it("says all that is wrong at once", () => {
  expect(() => hosts({ www: ["-x", "fine"], db: "a b" })).toThrow(
    expect.objectContaining({ code: "BAD_HOSTS", shortMessage: "2 problems" }),
  );
  expect(() => hosts({ www: "ada@web1", db: "bob@web1" })).toThrow(/web1 has the user ada and bob/);
  for (const none of ["web1", ["web1"], undefined, null] as never[])
    expect(() => hosts(none)).toThrow(expect.objectContaining({ code: "BAD_ROLES" }));
});
