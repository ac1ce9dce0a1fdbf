import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { toCommand } from "../../src/command/builder.ts";
import type { Command } from "../../src/command/command.ts";
import { compose } from "../../src/command/compose.ts";
import { quote, raw } from "../../src/command/quote.ts";
import { Secret } from "../../src/command/secret.ts";
import { createBuilder } from "./commands.ts";
import { home, posixShells, runCommandLine, runEach, words } from "./shells.ts";
import { anyText } from "./texts.ts";

const base = mkdtempSync(join(tmpdir(), "compose "));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const { within, cmd } = createBuilder();
const directory = anyText
  .map((text) => text.replaceAll("/", "_"))
  .filter((text) => !["", ".", "..", "~"].includes(text) && Buffer.byteLength(text) < 200);

describe.each(posixShells)("compose in $name", (shell) => {
  const skipped = shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`;
  const asInFlight = (command: Command): string => `( eval ${quote(` ${compose(command)}`)} )`;
  const run = (command: Command): string => runEach(shell, [asInFlight(command)]).join("");

  it.skipIf(shell.missing)(`hands over directory, variables and values to the byte${skipped}`, () => {
    const cases = fc.sample(fc.record({ name: directory, value: anyText, first: anyText, second: anyText }), 500);
    for (const { name } of cases) mkdirSync(join(base, name), { recursive: true });
    const outputs = runEach(
      shell,
      cases.map(({ name, value, first, second }) =>
        compose(
          within(base)
            .within(name)
            .vars({ FIRST: first, SECOND: new Secret(second) })
            .umask("027")
            .prefix("one=1 # a comment").cmd`printf '%s\\0' "$PWD" "$(umask)" "$FIRST" "$SECOND" "$one" ${value}`,
        ),
      ),
    );
    for (const [index, { name, value, first, second }] of cases.entries()) {
      const [cwd, umask, ...rest] = words(outputs[index] as Buffer);
      expect(cwd).toBe(join(base, name));
      expect(umask).toMatch(/^0?027$/);
      expect(rest).toEqual([first, second, "1", value]);
    }
  });

  it.skipIf(shell.missing).each([
    ["a comment at its end", "echo hi # not )", "hi\n"],
    // What a backslash is at the very end, each shell decides.
    ["a trailing backslash", "printf %s hi\\", runCommandLine(shell, "printf %s hi\\").stdout.toString()],
    ["several lines", "a=1\nb=2\necho $a$b\n", "12\n"],
    ["a here-document", "cat <<EOF\nhi $((1+1))\nEOF", "hi 2\n"],
    ["a leading dash", "-x 2>/dev/null || echo no", "no\n"],
    ["only a comment", "# nothing", ""],
    ["a loose operator inside", "false || echo or", "or\n"],
  ])(`keeps text with %s whole${skipped}`, (_, text, output) => {
    expect(run({ kind: "command", text })).toBe(output);
    expect(run({ kind: "command", text, cwd: "/", vars: { A: "1" }, prefixes: ["true || false"] })).toBe(output);
  });

  it.skipIf(shell.missing).each(["echo 'open", "if", "echo )", "cat <<", "}"])(
    `keeps the syntax error %j to itself${skipped}`,
    (text) => {
      const outputs = runEach(shell, [asInFlight({ kind: "command", text, cwd: "/" }), asInFlight(toCommand("echo next"))]);
      expect(outputs[1]?.toString()).toBe("next\n");
    },
  );

  it.skipIf(shell.missing)(`stops at the first layer that fails, with its exit code${skipped}`, () => {
    const at = (command: Command): string => runEach(shell, [`( ${compose(command)}\n) 2>/dev/null; echo $?`]).join("");
    expect(at(cmd`exit 7`)).toBe("7\n");
    expect(at(within("/does not exist").cmd`echo ran`)).toMatch(/^[12]\n$/);
    expect(at(createBuilder().prefix("(exit 5)").cmd`echo ran`)).toBe("5\n");
  });

  it.skipIf(shell.missing)(`takes any name of a directory for what it is${skipped}`, () => {
    mkdirSync(join(base, "-"), { recursive: true });
    mkdirSync(join(base, "-P"), { recursive: true });
    const from = (cwd: string): string =>
      runEach(shell, [`cd ${`'${base}'`}; CDPATH=/; ${compose({ kind: "command", text: "pwd", cwd })}`]).join("");
    expect(from("-")).toBe(`${join(base, "-")}\n`);
    expect(from("-P")).toBe(`${join(base, "-P")}\n`);
    expect(run(within("~").cmd`pwd`)).toBe(`${home}\n`);
    expect(run(within("~/..").cmd`pwd`)).toBe(`${dirname(home)}\n`);
  });
});

describe("compose", () => {
  it("puts the layers in order: directory, umask, variables, prefixes, text", () => {
    const command = createBuilder().prefix(". env.sh").vars({ A: "1" }).umask("022").within("/srv/app").cmd`npm ci`;
    expect(compose(command)).toBe("cd -- /srv/app && umask 022 && export A='1' && eval '. env.sh' || exit\nnpm ci");
    expect(compose(toCommand("echo 'one'"))).toBe("echo 'one'");
  });

  it.each([
    [{ vars: { "A-B": "1" } }, "COMMAND_VARIABLE"],
    [{ vars: { "A=1;rm": "1" } }, "COMMAND_VARIABLE"],
    [{ vars: { A: "a\0b" } }, "COMMAND_NUL"],
    [{ vars: { A: new Secret("a\0b") } }, "COMMAND_NUL"],
    [{ umask: "9" }, "COMMAND_UMASK"],
    [{ umask: "022; reboot" }, "COMMAND_UMASK"],
    [{ user: "-s" }, "COMMAND_USER"],
    [{ user: "a b" }, "COMMAND_USER"],
    [{ cwd: "a\0b" }, "COMMAND_NUL"],
    [{ text: "a\0b" }, "COMMAND_NUL"],
  ])("refuses %o", (part, code) => {
    expect(() => compose({ kind: "command", text: "x", ...part })).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it("leaves raw text to its author", () => {
    expect(cmd`echo ${raw("a | tr a b")}`.text).toBe("echo a | tr a b");
  });
});
