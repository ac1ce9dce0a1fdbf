import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { BECOME_METHODS } from "../../src/command/become.ts";
import type { Command } from "../../src/command/command.ts";
import { type ChannelScript, compose, composeForChannel, composeWithPassword } from "../../src/command/compose.ts";
import { loaderInput } from "../../src/command/loader.ts";
import { Secret } from "../../src/command/secret.ts";
import { createBuilder, loaderCommandLine } from "./commands.ts";
import { allShells, posixShells, runCommandLine, runScript, words } from "./shells.ts";
import { anyText } from "./texts.ts";

/** Stands in for sudo: writes down its arguments; asks for `right` on its input when that is set, as often as sudo does. */
const STAND_IN = `#!/bin/sh
printf '%s\\n' "$*" >>"$0.log"
if [ -n "$FAKE_RIGHT" ]; then
  case $1 in -S) ;; *) echo "sudo: a password is required" >&2; exit 1;; esac
  for attempt in 1 2 3; do
    IFS= read -r word || { echo "sudo: no password was provided" >&2; exit 1; }
    printf 'attempt %s\\n' "$word" >>"$0.log"
    [ "$word" = "$FAKE_RIGHT" ] && break
    [ $attempt = 3 ] && exit 1
  done
fi
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`;

/** Stands in for doas, which takes a password from nowhere. */
const DOAS = `#!/bin/sh
printf '%s\\n' "$*" >>"$0.log"
[ -z "$FAKE_RIGHT" ] || { echo "doas: Authentication required" >&2; exit 1; }
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`;

/** Stands in for su: asks whenever one is set, takes one line. */
const SU = `#!/bin/sh
printf '%s\\n' "$*" >>"$0.log"
if [ -n "$FAKE_RIGHT" ]; then
  printf 'Password: ' >&2
  IFS= read -r word && printf 'attempt %s\\n' "$word" >>"$0.log"
  [ "$word" = "$FAKE_RIGHT" ] || { echo "su: Authentication failure" >&2; exit 1; }
fi
shift 3
exec /bin/sh "$@"
`;

const directory = mkdtempSync(join(tmpdir(), "sudo-"));
for (const [name, text] of [
  ["sudo", STAND_IN],
  ["doas", DOAS],
  ["su", SU],
] as const) {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), 0o755);
}
const standIn = join(directory, "sudo");
/** Programs that a shell may have to start to say something: each writes down its arguments. */
mkdirSync(join(directory, "watched"));
for (const name of ["printf", "echo", "cat", "print"]) {
  const program = join(directory, "watched", name);
  writeFileSync(program, `#!/bin/dash\nprintf '%s\\n' "$0 $*" >>'${standIn}.log'\nexec /usr/bin/${name} "$@"\n`);
  chmodSync(program, 0o755);
}
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of BECOME_METHODS) writeFileSync(join(directory, `${name}.log`), "");
});
const log = (method = "sudo"): string => readFileSync(join(directory, `${method}.log`), "utf8");
const setUp = (right = ""): string => `PATH='${directory}':$PATH; export PATH FAKE_RIGHT='${right}'\n`;

const deployer = createBuilder().as("deployer");

/** As a transport runs it: the script through a loader, then the input it needs, then what the command reads. */
function runOnChannel(script: ChannelScript, own = "", right = ""): { out: string; err: string; code: number | null } {
  const ran = spawnSync("sh", ["-c", loaderCommandLine()], {
    input: loaderInput(`${setUp(right)}${script.text}`) + script.input + (script.later ?? "") + own,
    env: { PATH: process.env["PATH"], HOME: directory },
  });
  return { out: String(ran.stdout), err: String(ran.stderr), code: ran.status };
}

describe.each(posixShells)("as another user, in $name", (shell) => {
  const skipped = shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`;

  it.skipIf(shell.missing)(`hands over variables and values to the byte, through two shells${skipped}`, () => {
    const cases = fc.sample(fc.tuple(anyText, anyText), 120);
    const script = cases.map(([a, b]) => compose(deployer.vars({ A: new Secret(a) }).cmd`printf '%s\\0' "$A" ${b}`)).join("\n");
    expect(words(runScript(shell, setUp() + script).stdout)).toEqual(cases.flat());
  });

  it.skipIf(shell.missing)(`gives it end of file as input and its own exit code${skipped}`, () => {
    const ran = runScript(shell, `${setUp()}${compose(deployer.cmd`cat; exit 9`)}\necho $?`);
    expect(ran.stdout.toString()).toBe("9\n");
  });

  it.skipIf(shell.missing)(`fails at once, quietly but for sudo's message, when sudo wants a password${skipped}`, () => {
    const ran = runScript(shell, `${setUp("pass")}${compose(deployer.cmd`echo ${"x".repeat(200_000)}`)}\necho $?`);
    expect(ran.stdout.toString()).toBe("1\n");
    expect(ran.stderr).toBe("sudo: a password is required\n");
  });
});

describe.each(allShells)("the arguments of programs, in $name", (shell) => {
  const skipped = shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`;
  const others = "$PATH; export PATH FAKE_RIGHT=''\n";
  const watched = `PATH='${join(directory, "watched")}':'${directory}':${others}`;

  it.skipIf(shell.missing)(`hold nothing of another user's command${skipped}`, () => {
    const command = deployer.vars({ TOKEN: new Secret("hunter2\\n$HOME") }).within("/").cmd`printenv TOKEN; echo needle$?`;
    expect(runScript(shell, watched + compose(command)).stdout.toString()).toBe("hunter2\\n$HOME\nneedle0\n");
    expect(log()).toContain("-n -u deployer -H -- sh -c");
    expect(log()).not.toMatch(/hunter2|needle|TOKEN/);
  });

  it.skipIf(shell.missing)(`hold nothing of a password${skipped}`, () => {
    const { text, input: first, later = "" } = composeWithPassword(deployer.cmd`echo on`, new Secret("-n pass\\word"));
    const [file, ...args] = shell.argv;
    const input = first + later;
    const ran = spawnSync(file, [...args, "-c", watched + text], { input, env: { PATH: process.env["PATH"], HOME: directory } });
    expect([String(ran.stdout), String(ran.stderr)]).toEqual(["on\n", ""]);
    expect(log().replaceAll(/^attempt .*$/gm, "")).not.toMatch(/pass/);
  });
});

describe("as another user, on a channel of its own", () => {
  it("leaves the rest of the channel's input to the command", () => {
    const command = { ...deployer.vars({ A: "a\nb" }).cmd`echo "$A"; cat`, stdin: "own\n" };
    expect(runOnChannel(composeForChannel(command), "own\n")).toEqual({ out: "a\nb\nown\n", err: "", code: 0 });
  });

  it("gives a command without input end of file", () => {
    expect(runOnChannel(composeForChannel(deployer.cmd`cat`), "not for it\n").out).toBe("");
  });

  it("needs nothing more for the login user", () => {
    const command = { ...createBuilder().cmd`cat`, stdin: "own" };
    expect(composeForChannel(command).input).toBe("");
    expect(runOnChannel(composeForChannel(command), "own").out).toBe("own");
  });
});

describe("with a sudo password", () => {
  const password = new Secret("it's $HOME");
  const command = { ...deployer.vars({ TOKEN: new Secret("hunter2") }).cmd`echo "$TOKEN"; cat`, stdin: "own\n" };

  it("answers sudo and leaves the rest of the input to the command", () => {
    expect(runOnChannel(composeWithPassword(command, password), "own\n", "it'\\''s $HOME")).toEqual({
      out: "hunter2\nown\n",
      err: "",
      code: 0,
    });
    expect(log().replaceAll(/^attempt .*$/gm, "")).not.toMatch(/it's|hunter2/);
  });

  it("works where sudo asks for none", () => {
    expect(runOnChannel(composeWithPassword(command, password), "own\n").out).toBe("hunter2\nown\n");
  });

  it("tries a wrong password once, and never the script's lines", () => {
    const ran = runOnChannel(composeWithPassword(command, new Secret("wrong")), "own\n", "right");
    expect(ran).toEqual({ out: "", err: "sudo: no password was provided\n", code: 1 });
    expect(log().match(/^attempt .*$/gm)).toEqual(["attempt wrong"]);
  });

  it("refuses a password with a line break, and a command of the login user", () => {
    expect(() => composeWithPassword(command, new Secret("a\nb"))).toThrow(expect.objectContaining({ code: "BECOME_PASSWORD" }));
    expect(() => composeWithPassword(createBuilder().cmd`true`, password)).toThrow(
      expect.objectContaining({ code: "COMMAND_USER" }),
    );
  });
});

describe.each(BECOME_METHODS)("by %s", (becomeMethod) => {
  const by = (command: Command): Command => ({ ...command, becomeMethod });
  const command = by({
    ...deployer.vars({ TOKEN: new Secret("hunter2") }).cmd`echo "$TOKEN"; echo err >&2; cat`,
    stdin: "own\n",
  });
  const whole = { out: "hunter2\nown\n", err: "err\n", code: 0 };

  it("hands over variables, output, errors, input and exit code, and has nothing of the command in its arguments", () => {
    const [shell] = posixShells;
    if (shell === undefined) throw new Error("no shell");
    const ran = runScript(
      shell,
      `${setUp()}${compose(by(deployer.vars({ A: "it's $A" }).cmd`echo "$A"; cat; exit 9`))}\necho $?`,
    );
    expect(ran.stdout.toString()).toBe("it's $A\n9\n");
    expect(runOnChannel(composeForChannel(command), "own\n")).toEqual(whole);
    expect(log(becomeMethod)).toMatch(/deployer.*sh|sh deployer/);
    expect(log(becomeMethod)).not.toMatch(/hunter2|TOKEN|it's/);
  });

  it("that wants a password and has none fails at once, with one message, and takes nothing of the script for one", () => {
    const [shell] = posixShells;
    if (shell === undefined) throw new Error("no shell");
    const ran = runScript(shell, `${setUp("right")}${compose(by(deployer.cmd`echo needle`))}\necho $?`);
    expect([ran.stdout.toString(), ran.stderr.match(/\n/g)]).toEqual(["1\n", ["\n"]]);
    expect(runOnChannel(composeForChannel(command), "own\n", "right")).toMatchObject({ out: "", code: 1 });
    expect(log(becomeMethod)).not.toMatch(/^attempt ./m);
  });

  it("is answered with a password, once where that is wrong, and has it in no arguments", () => {
    if (becomeMethod === "doas")
      return expect(() => composeWithPassword(command, new Secret("x"))).toThrow(
        expect.objectContaining({ code: "BECOME_PASSWORD" }),
      );
    expect(runOnChannel(composeWithPassword(command, new Secret("r1ght")), "own\n", "r1ght")).toEqual(whole);
    expect(runOnChannel(composeWithPassword(command, new Secret("r1ght")), "own\n")).toEqual(whole);
    expect(log(becomeMethod).replaceAll(/^attempt .*$/gm, "")).not.toMatch(/r1ght/);
    writeFileSync(join(directory, `${becomeMethod}.log`), "");
    expect(runOnChannel(composeWithPassword(command, new Secret("wr0ng")), "own\n", "r1ght")).toMatchObject({ out: "", code: 1 });
    expect(log(becomeMethod).match(/^attempt .*$/gm)).toEqual(["attempt wr0ng"]);
  });
});

describe("with the sudo of this machine", () => {
  const me = userInfo().username;
  const other = userInfo().uid === 0 ? "nobody" : me;
  const usable = spawnSync("sudo", ["-n", "-u", other, "true"]).status === 0;

  it.skipIf(!usable)(`runs as ${other}${usable ? "" : " (skipped: sudo asks for a password, or is not installed)"}`, () => {
    const shell = posixShells[0];
    if (shell === undefined) throw new Error("no shell");
    const command = createBuilder().as(other).within("/").vars({ A: "a b" }).cmd`id -un; pwd; echo "$A"`;
    expect(runCommandLine(shell, compose(command)).stdout.toString()).toBe(`${other}\n/\na b\n`);
  });
});
