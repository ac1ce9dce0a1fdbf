import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loaderInput } from "../../src/command/loader.ts";
import { loaderCommandLine } from "./commands.ts";
import { loginShells, posixShells, runCommandLine } from "./shells.ts";
import { anyText } from "./texts.ts";

describe.each(loginShells)("the loader, for a user whose login shell is $name", (shell) => {
  const skipped = shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`;

  it.skipIf(shell.missing)(`runs the script and leaves what follows to it${skipped}`, () => {
    const script = 'printf \'%s|\' "$#" "it\'s" \'a\\b\' "!"\nIFS= read -r line\necho "$line"\ncat\nexit 3';
    const ran = runCommandLine(shell, loaderCommandLine(), `${loaderInput(script)}first\nsecond\n`);
    expect({ ...ran, stdout: ran.stdout.toString() }).toEqual({ stdout: "0|it's|a\\b|!|first\nsecond\n", stderr: "", code: 3 });
  });
});

describe.each(posixShells)("the loader in $name", (shell) => {
  const skipped = shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`;
  const line = loaderCommandLine().replace("exec /bin/sh", `exec ${shell.argv.join(" ")}`);

  it.skipIf(shell.missing)(`runs nothing of a script that did not arrive whole${skipped}`, () => {
    const input = loaderInput("echo ran\necho all");
    for (const cut of [0, 5, input.indexOf("echo all"), input.length - 1]) {
      const ran = runCommandLine(shell, line, input.slice(0, cut));
      expect({ ...ran, stdout: ran.stdout.toString() }).toEqual({
        stdout: "",
        stderr: "fake: the script did not arrive whole\n",
        code: 125,
      });
    }
  });

  it.skipIf(shell.missing)(`passes over lines before the script${skipped}`, () => {
    expect(runCommandLine(shell, line, `a password\n\n${loaderInput("echo ran")}`).stdout.toString()).toBe("ran\n");
  });

  it.skipIf(shell.missing)(`keeps every byte of the script${skipped}`, () => {
    for (const text of fc.sample(fc.array(anyText, { minLength: 20, maxLength: 60 }), 12).map((parts) => parts.join(""))) {
      const quoted = `'${text.replaceAll("'", "'\\''")}'`;
      expect(runCommandLine(shell, line, loaderInput(`printf %s ${quoted}`)).stdout.toString()).toBe(text);
    }
  });

  it.skipIf(shell.missing)(`adds nothing to the script's end${skipped}`, () => {
    // What a backslash is at the very end, each shell decides.
    const alone = runCommandLine(shell, "printf %s hi\\").stdout.toString();
    expect(runCommandLine(shell, line, loaderInput("printf %s hi\\")).stdout.toString()).toBe(alone);
  });

  it.skipIf(shell.missing)(`leaves nothing of its own in the script's shell${skipped}`, () => {
    expect(runCommandLine(shell, line, loaderInput('echo "$n$e$s$l$*"')).stdout.toString()).toBe("\n");
  });
});

describe("the loader's command line", () => {
  it("has nothing in it that a login shell would read in its own way", () => {
    const inside = /^exec \/bin\/sh -c '(.*)'$/.exec(loaderCommandLine())?.[1];
    expect(inside).toBeDefined();
    expect(inside).not.toMatch(/[\n!']|\\\\/);
  });
});
