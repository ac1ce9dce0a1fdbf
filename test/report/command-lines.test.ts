import { describe, expect, it } from "vitest";
import { displayCommand } from "../../src/command/compose.ts";
import { Secret } from "../../src/command/secret.ts";
import { commandRow, withoutContext } from "../../src/report/command-lines.ts";
import { createBuilder } from "../command/commands.ts";

const { within, vars, as } = createBuilder();

describe("a command in one row", () => {
  it.each([
    ["npm ci", "npm ci"],
    ["\n  npm ci\n  npm run build\n", "  npm ci"],
    ["cd /srv && (\nmake\nmake install\n)", "cd /srv && (make"],
    ["cd /srv/shop/releases/20261130135525 && npm ci", "cd releases/20261130135525 && npm ci"],
    ["", ""],
  ])("is its first line that says something: %j", (command, row) => {
    expect(commandRow(command)).toBe(row);
  });

  it.each([
    [within("/srv").cmd`npm ci`, "… npm ci"],
    [
      within("/srv/a b")
        .umask("027")
        .vars({ A: "x && y", B: new Secret("hunter2") }).cmd`npm ci`,
      "… npm ci",
    ],
    [vars({ A: "it's" }).cmd("make; make install"), "… (make; make install)"],
    [within("/srv").prefix(". env.sh").cmd`npm ci`, "… . env.sh && npm ci"],
    [as("www").within("/srv/a b").vars({ A: "1" }).cmd`npm ci`, "sudo -u www '… npm ci'"],
    [as("www").cmd`npm ci`, "sudo -u www 'npm ci'"],
    [{ ...as("www").within("/srv").cmd`npm ci`, becomeMethod: "doas" as const }, "doas -u www '… npm ci'"],
    [{ ...as("www").within("/srv").cmd`npm ci`, becomeMethod: "su" as const }, "su www '… npm ci'"],
    [createBuilder().cmd("cd /srv || exit; cdrecord && exportfs && make"), "cd /srv || exit; cdrecord && exportfs && make"],
  ])("leaves its context out where there is no room", (command, short) => {
    expect(withoutContext(commandRow(displayCommand(command)))).toBe(short);
  });
});
