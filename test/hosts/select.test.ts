import { describe, expect, it } from "vitest";
import { FakeError } from "../../src/errors.ts";
import { createInventory } from "../../src/hosts/inventory.ts";
import { type Selection, selectHosts } from "../../src/hosts/select.ts";

const inventory = createInventory(
  [
    ["production", "app1.example.com"],
    ["production", "app2.example.com"],
    ["production", "db1.example.com"],
    ["web", "app1.example.com"],
    ["web", "deployer@app2.example.com"],
    ["web", "stage1.example.com"],
    ["db", "db1.example.com"],
    ["staging", "stage1.example.com"],
    ["twins", "127.0.0.1:2201"],
    ["twins", "127.0.0.1:2202"],
  ].map(([role, input]) => ({ role: role as string, input: input as string })),
  ["production", "web", "db", "staging", "twins", "empty"],
);

const ids = (selection: Selection): string[] =>
  selectHosts(inventory, selection).map(({ host }) => host.id.replace(".example.com", ""));

function errorOf(selection: Selection): FakeError {
  try {
    selectHosts(inventory, selection);
  } catch (error) {
    if (error instanceof FakeError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("selectHosts", () => {
  it.each<[string, Selection, string[]]>([
    ["the union of roles, role by role, each host once", { roles: ["web", "production"] }, ["app1", "app2", "stage1", "db1"]],
    ["roles with blanks around them", { roles: [" db ", "db", ""] }, ["db1"]],
    ["only hosts that also have a role", { roles: ["production"], only: ["web"] }, ["app1", "app2"]],
    ["only hosts that have every one of several roles", { all: true, only: ["web", "staging"] }, ["stage1"]],
    ["hosts by name, in the order given", { hosts: ["db1.example.com", "app1.example.com"] }, ["db1", "app1"]],
    ["hosts by pattern", { hosts: ["app*"] }, ["app1", "app2"]],
    ["hosts by id", { hosts: ["127.0.0.1:2202"] }, ["127.0.0.1:2202"]],
    ["all hosts that share a name", { hosts: ["127.0.0.1"] }, ["127.0.0.1:2201", "127.0.0.1:2202"]],
    ["one character for ?", { hosts: ["app?.example.com"] }, ["app1", "app2"]],
    ["hosts of a role narrowed down by name", { roles: ["production"], hosts: ["app*"] }, ["app1", "app2"]],
    ["everything but what is left out", { all: true, exclude: ["app*", "127.*"] }, ["db1", "stage1"]],
    ["hosts by range", { hosts: ["app[1:2].example.com"] }, ["app1", "app2"]],
    ["hosts of a role narrowed down by range", { roles: ["production"], hosts: ["app[2:2].example.com"] }, ["app2"]],
    ["everything but a range", { roles: ["production"], exclude: ["app[1:2].example.com"] }, ["db1"]],
    ["everything but a role", { roles: ["production"], exclude: ["web"] }, ["db1"]],
    ["everything but a role and a host", { all: true, exclude: ["production", "127.*"] }, ["stage1"]],
    ["left out by name though not selected", { roles: ["db"], exclude: ["app1.example.com"] }, ["db1"]],
  ])("selects %s", (_, selection, expected) => {
    expect(ids(selection)).toEqual(expected);
  });

  it("leaves out the host and the hosts of the role where a name is both", () => {
    const entries = [
      ["db", "db1"],
      ["all", "db"],
      ["all", "db1"],
      ["all", "app"],
    ].map(([role, input]) => ({ role: role as string, input: input as string }));
    const left = selectHosts(createInventory(entries), { roles: ["all"], exclude: ["db"] });
    expect(left.map(({ host }) => host.id)).toEqual(["app"]);
  });

  it("tells the roles that selected a host from all its roles", () => {
    const [app1] = selectHosts(inventory, { roles: ["web", "production"] });
    expect(app1).toMatchObject({ effectiveRoles: ["web", "production"], settingsRoles: ["web", "production"] });
    const [db1] = selectHosts(inventory, { roles: ["db"] });
    expect(db1).toMatchObject({ effectiveRoles: ["db"], settingsRoles: ["db"] });
  });

  it.each<[string, Selection]>([
    ["by name", { hosts: ["db1.example.com"] }],
    ["with all", { all: true, only: ["db"] }],
  ])("applies all roles of a host selected %s", (_, selection) => {
    expect(selectHosts(inventory, selection)[0]).toMatchObject({ effectiveRoles: [], settingsRoles: ["production", "db"] });
  });

  it("takes a user and a port in front of and behind a host that it knows", () => {
    const [{ host } = { host: undefined }] = selectHosts(inventory, { hosts: ["root@app2.example.com:2222"] });
    expect(host).toMatchObject({ id: "app2.example.com", user: "root", port: 2222, roles: ["production", "web"] });
  });

  it("takes an address that the deployfile does not know", () => {
    expect(selectHosts(inventory, { hosts: ["user@10.0.0.1"] })).toMatchObject([
      { host: { id: "10.0.0.1", user: "user", roles: [] }, effectiveRoles: [], settingsRoles: [] },
    ]);
    expect(ids({ hosts: ["127.0.0.2"] })).toEqual(["127.0.0.2"]);
    expect(ids({ hosts: ["127.0.0.1:2203", "x:1", "x:2", "x:1"] })).toEqual(["127.0.0.1:2203", "x:1", "x:2"]);
  });
});

describe("what selectHosts refuses", () => {
  it.each<[Selection, string, RegExp]>([
    [{ roles: ["prodction"] }, "UNKNOWN_ROLE", /^There is no role "prodction"\. Did you mean "production"\?$/],
    [{ roles: ["wbe", "xyz"], only: ["dbb"] }, "UNKNOWN_ROLE", /"wbe".*"web"\?\n.*"xyz"\.\n.*"dbb".*"db"/],
    [{ roles: ["app1.example.com"] }, "UNKNOWN_ROLE", /It is a host: select it with -H app1/],
    [{ roles: ["app[1:2].example.com"] }, "UNKNOWN_ROLE", /It names hosts: select them with -H 'app\[1:2\]\.example\.com'\.$/],
    [{ roles: ["app*"] }, "UNKNOWN_ROLE", /It names hosts: select them with -H 'app\*'\.$/],
    [{}, "NO_HOSTS", /^No hosts were named\.$/],
    [{ exclude: ["app1.example.com"] }, "NO_HOSTS", /^No hosts were named\.$/],
    [{ roles: ["empty"] }, "NO_HOSTS", /^The role empty has no hosts\.$/],
    [{ roles: ["db"], only: ["web"] }, "NO_HOSTS", /^db1.example.com is selected, and does not have the role web\.$/],
    [
      { roles: ["production"], only: ["web", "db"] },
      "NO_HOSTS",
      /^Of the 3 hosts selected, none has all of the roles web, db\.$/,
    ],
    [{ roles: ["db"], exclude: ["db*"] }, "NO_HOSTS", /left out with -x: db1\.example\.com\.$/],
    [{ hosts: ["nope*"] }, "UNKNOWN_HOST", /^No host matches "nope\*"\.$/],
    [{ hosts: ["app1.exmple.com"] }, "UNKNOWN_HOST", /Did you mean "app1\.example\.com"\?$/],
    [{ hosts: ["root@app1.exmple.com"] }, "UNKNOWN_HOST", /Did you mean "app1\.example\.com"\?$/],
    [{ hosts: ["staging"] }, "UNKNOWN_HOST", /"staging" is a role: select its hosts with -R staging\./],
    [{ roles: ["db"], hosts: ["app1.example.com"] }, "UNKNOWN_HOST", /^app1.example.com is not in the role db\.$/],
    [{ roles: ["db"], hosts: ["10.0.0.1"] }, "UNKNOWN_HOST", /^No host of the role db is called "10\.0\.0\.1"\.$/],
    [
      { all: true, exclude: ["ap1.example.com"] },
      "UNKNOWN_HOST",
      /^There is no host or role "ap1.*to leave out\. Did you mean "app1\.example\.com"\?$/,
    ],
    [{ all: true, exclude: ["stagin"] }, "UNKNOWN_HOST", /to leave out\. Did you mean "staging"\?$/],
    [{ all: true, exclude: ["app[1-]", "db{1..2}"] }, "BAD_HOST", /\[1-\][\s\S]*braces/],
    [{ hosts: ["app[1:3].example.com"] }, "UNKNOWN_HOST", /There is no host "app3\.example\.com"\. Did you mean/],
    [{ hosts: ["-oProxyCommand=x"] }, "BAD_HOST", /starts with a dash/],
    [{ hosts: ["-x", "a b", "nope*"] }, "BAD_HOST", /"-x"[\s\S]*"a b"[\s\S]*"nope\*"/],
    [{ all: true, roles: ["web"] }, "SELECTION", /--all/],
  ])("refuses %j", (selection, code, message) => {
    const error = errorOf(selection);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.message).toMatch(message);
  });

  it.each<Selection>([{}, { roles: ["nope"] }, { roles: ["empty"] }, { roles: ["db"], only: ["web"] }, { hosts: ["nope*"] }])(
    "lists the roles for %j",
    (selection) => {
      expect(errorOf(selection).hint).toContain("Roles: production, web, db, staging, twins, empty.");
    },
  );

  it("says so when there are neither roles nor hosts", () => {
    const none = createInventory([]);
    expect(() => selectHosts(none, { all: true })).toThrow(
      expect.objectContaining({ message: "The deployfile has no hosts.", hint: "The deployfile has no roles." }),
    );
  });
});
