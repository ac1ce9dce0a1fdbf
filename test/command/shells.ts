import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A shell of this machine, as a command line. */
export interface Shell {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Of its program. */
  readonly path: string;
  /** Why it cannot be used here. */
  readonly missing: string | undefined;
}

/** Shells that hosts have as `/bin/sh`. */
export const allShells: readonly Shell[] = [
  shell("dash", "dash"),
  shell("busybox sh", "busybox", "sh"),
  shell("bash", "bash", "--posix"),
  shell("mksh", "mksh", "-o", "sh"),
  shell("lksh", "lksh", "-o", "sh"),
  shell("ksh93", "ksh93", "-o", "posix"),
  shell("yash", "yash", "--posix"),
  shell("posh", "posh"),
  shell("zsh", "zsh", "--emulate", "sh"),
];

/**
 * Those that each test of a script is run in: all of them in `npm run test:elsewhere`. In each run of the suite, a session, a deploy and a
 * rollback are run in all.
 */
export const posixShells: readonly Shell[] = process.env["SHELLS"] === "all" ? allShells : allShells.slice(0, 2);

/** Of these, the ones on this machine. */
export const shells: readonly Shell[] = posixShells.filter((shell) => shell.missing === undefined);

/** Shells that users log in with. */
export const loginShells: readonly Shell[] = [
  ...posixShells,
  shell("bash", "bash"),
  shell("zsh", "zsh"),
  shell("fish", "fish"),
  shell("csh", "csh"),
  shell("tcsh", "tcsh"),
];

export interface Ran {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs `script` as a file of commands on the shell's input. */
export function runScript(shell: Shell, script: string): Ran {
  return spawn(shell, [], script);
}

/** Runs a command line as sshd would: with `-c`. */
export function runCommandLine(shell: Shell, line: string, input = ""): Ran {
  return spawn(shell, ["-c", line], input);
}

/** Runs each of `texts` in a subshell of one process; what each printed. */
export function runEach(shell: Shell, texts: readonly string[]): Buffer[] {
  const end = `--end-of-case-${"x".repeat(20)}--`;
  const ran = runScript(shell, texts.map((text) => `(\n${text}\n) </dev/null 2>&1\nprintf '%s' '${end}'\n`).join(""));
  const found: Buffer[] = [];
  let from = 0;
  for (let at = ran.stdout.indexOf(end); at !== -1; at = ran.stdout.indexOf(end, from)) {
    found.push(ran.stdout.subarray(from, at));
    from = at + end.length;
  }
  if (found.length !== texts.length) throw new Error(`${shell.name} ran ${found.length} of ${texts.length} cases: ${ran.stderr}`);
  return found;
}

/** What `printf '%s\0'` printed, as words. */
export function words(output: Buffer): string[] {
  return output.toString("utf8").split("\0").slice(0, -1);
}

/** fish keeps a history. */
export const home = mkdtempSync(join(tmpdir(), "fake-shells-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function spawn(shell: Shell, more: readonly string[], input: string): Ran {
  const [file, ...args] = shell.argv;
  const ran = spawnSync(file, [...args, ...more], {
    input,
    maxBuffer: 256 * 1024 * 1024,
    // yash takes no other text than that of its locale.
    env: { PATH: process.env["PATH"], HOME: home, ...(shell.name === "yash" ? { LC_ALL: "C.UTF-8" } : {}) },
  });
  return { stdout: ran.stdout, stderr: String(ran.stderr), code: ran.status };
}

function shell(name: string, file: string, ...args: string[]): Shell {
  const { status, stdout } = spawnSync("sh", ["-c", 'command -v "$1"', "sh", file], { encoding: "utf8" });
  return {
    name,
    argv: [file, ...args],
    path: stdout.trim(),
    missing: status === 0 ? undefined : `${file} is not installed here`,
  };
}
