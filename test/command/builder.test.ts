import { describe, expect, it } from "vitest";
import { createVerb, toCommand } from "../../src/command/builder.ts";
import type { Command } from "../../src/command/command.ts";
import { Secret } from "../../src/command/secret.ts";
import { createBuilder } from "./commands.ts";

const { cmd, within, vars, as, umask, prefix } = createBuilder();

/** Not what the types allow, but types are not looked at when a deployfile is run. */
const cmdWith = cmd as (...values: readonly unknown[]) => unknown;

describe("a verb", () => {
  it("takes a template, an argument list, text, or a command that exists", () => {
    const written = [cmd`echo ${"a b"}`, cmd(["echo", "a b"]), cmd("echo 'a b'"), cmd(cmd`echo ${"a b"}`)];
    for (const command of written) expect(command).toEqual({ kind: "command", text: "echo 'a b'" });
  });

  it("takes options in front, more than once, the last one winning", () => {
    expect(cmd({ timeout: "1s", quiet: true })({ timeout: "2s" })`true`).toEqual({
      kind: "command",
      text: "true",
      timeout: "2s",
      quiet: true,
    });
  });

  it("leaves the verb without options as it was", () => {
    const slow = cmd({ timeout: "9m" });
    expect(cmd`true`).not.toHaveProperty("timeout");
    expect(slow("true").timeout).toBe("9m");
  });

  it("hands what it makes to its maker, with the context", () => {
    const seen: Command[] = [];
    const run = createVerb((command) => seen.push(command), { cwd: "/srv" });
    expect(run`true`).toBe(1);
    expect(seen).toEqual([{ kind: "command", text: "true", cwd: "/srv" }]);
  });

  it("notes the line that made a command, which is no difference between two", () => {
    const [one, other] = [cmd`true`, cmd("true")];
    const copy = cmd({ quiet: true })(one);
    const hidden = { ...one };
    expect([one, other, copy].map((command) => command.where?.file)).toEqual(Array(3).fill(import.meta.filename));
    expect(copy.where?.line).toBe(one.where?.line);
    expect(one).toEqual(other);
    expect(hidden).not.toHaveProperty("where");
    expect(toCommand("true").where).toBeUndefined();
  });

  it("takes a command that says itself where it was written", () => {
    const where = { file: "/srv/deployfile.ts", line: 3 };
    expect(cmd({ quiet: true })({ kind: "command", text: "true", where }).where).toBe(where);
  });

  it("makes commands of one shape, whoever made them", () => {
    const getters = [cmd`true`, within("/a").cmd`false`].map((one) => Object.getOwnPropertyDescriptor(one, "where")?.get);
    expect([getters[0] === getters[1], typeof getters[0]]).toEqual([true, "function"]);
  });

  it("makes frozen commands", () => {
    expect(Object.isFrozen(cmd`true`)).toBe(true);
    expect(Object.isFrozen(within("/a").cmd(cmd`true`))).toBe(true);
  });

  it.each([
    ["empty text", () => cmd(" \n"), "COMMAND_EMPTY"],
    ["an empty argument list", () => cmd([]), "COMMAND_EMPTY"],
    ["NUL", () => cmd("a\0b"), "COMMAND_NUL"],
    ["undefined", () => cmd(undefined as unknown as string), "COMMAND_VALUE"],
    ["a secret", () => cmd`login ${new Secret("x") as unknown as string}`, "SECRET_IN_COMMAND"],
    ["a bad timeout", () => cmd({ timeout: "soon" }), "BAD_DURATION"],
    ["options behind the command", () => cmdWith("npm ci", { timeout: 5 }), "COMMAND_EXTRA"],
    ["arguments that are no list", () => cmdWith("npm", "ci"), "COMMAND_EXTRA"],
    ["an unknown option", () => cmd({ timout: 5 } as object), "COMMAND_OPTION"],
  ])("refuses %s", (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it("is what a list of texts may be mapped with", () => {
    expect(["uptime", "df"].map(cmdWith)).toMatchObject([{ text: "uptime" }, { text: "df" }]);
  });

  it("names the option that was probably meant", () => {
    expect(() => cmd({ timout: 5 } as object)).toThrow(expect.objectContaining({ hint: "Did you mean timeout?" }));
  });
});

describe("a builder", () => {
  it.each([
    ["/srv", "app", "/srv/app"],
    ["/srv/", "app", "/srv/app"],
    ["/srv", "/opt", "/opt"],
    ["srv", "app", "srv/app"],
    ["/srv", "~/x", "~/x"],
    ["/", "app", "/app"],
  ])("within %j within %j is in %j", (outer, inner, cwd) => {
    expect(within(outer).within(inner).cmd`pwd`.cwd).toBe(cwd);
  });

  it("adds variables and prefixes, and replaces user and umask", () => {
    const command = vars({ A: 1, B: true }).vars({ A: "2" }).as("a").as("b").umask("022").umask("077").prefix("one").prefix("two")
      .cmd`x`;
    expect(command).toMatchObject({ vars: { A: "2", B: "true" }, user: "b", umask: "077", prefixes: ["one", "two"] });
  });

  it("never changes the builder it came from", () => {
    const outer = within("/srv").vars({ A: "1" });
    outer.within("app").vars({ B: "2" }).prefix("x");
    expect(outer.cmd`true`).toEqual({ kind: "command", text: "true", cwd: "/srv", vars: { A: "1" } });
  });

  it("keeps secrets as secrets", () => {
    expect(vars({ A: new Secret("x") }).cmd`true`.vars?.["A"]).toBeInstanceOf(Secret);
  });

  it.each([
    ["an empty directory", () => within(""), "COMMAND_DIRECTORY"],
    ["a variable with a dash", () => vars({ "A-B": 1 }), "COMMAND_VARIABLE"],
    ["an undefined variable", () => vars({ A: undefined as unknown as string }), "COMMAND_VARIABLE"],
    ["a user like an option", () => as("-i"), "COMMAND_USER"],
    ["a umask that is not octal", () => umask("u=rwx"), "COMMAND_UMASK"],
    ["an empty prefix", () => prefix(" "), "COMMAND_PREFIX"],
  ])("refuses %s", (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});

describe("a command that exists", () => {
  it("is the same object where nothing is added", () => {
    const command = within("/srv").cmd`true`;
    expect(toCommand(command)).toBe(command);
  });

  it("keeps its context and takes the rest from around it, once", () => {
    const app = within("app").vars({ A: "1" }).prefix("p");
    const command = app.cmd`true`;
    expect(app.cmd(command)).toEqual(command);
    expect(within("/other").vars({ A: "0", B: "2" }).as("deployer").cmd(command)).toMatchObject({
      cwd: "app",
      vars: { A: "1", B: "2" },
      user: "deployer",
      prefixes: ["p"],
    });
  });
});
