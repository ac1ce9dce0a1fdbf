/** Processes of another user, where sudo and su ask for a password: stand-ins for them, so that nobody's account is needed. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { secret } from "../../src/env/secret.ts";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { ConnectSettings } from "../../src/process/connect-settings.ts";
import type { LaunchOptions } from "../../src/process/launcher.ts";
import type { Process } from "../../src/process/process.ts";
import { findSshd, NO_SSHD, startSshdFleet } from "../support/sshd.ts";

/** It says so where what is typed would be shown. */
const SUDO = `#!/bin/sh
case $(stty -a 2>/dev/null </dev/tty) in *" echo "*) echo "sudo: everybody sees it" >&2;; esac
case $1 in -S) ;; *) echo "sudo: a password is required" >&2; exit 1;; esac
IFS= read -r word; [ "$word" = "right word" ] || { echo "sudo: no password was provided" >&2; exit 1; }
while [ "$1" != -- ]; do shift; done; shift; exec "$@"
`;
const SU = `#!/bin/sh
printf 'Password: ' >&2; IFS= read -r word
[ "$word" = "right word" ] || { echo "su: Authentication failure" >&2; exit 1; }
shift 3; exec /bin/sh "$@"
`;

const bin = mkdtempSync(join(tmpdir(), "fake-become-"));
for (const [name, text] of [
  ["sudo", SUDO],
  ["su", SU],
  // Of the host: it finds the others.
  ["login-shell", `#!/bin/sh\nPATH=${bin}:$PATH; export PATH; exec /bin/sh "$@"\n`],
] as const) {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}
const PATH = `${bin}:${process.env.PATH}`;
const fleet = findSshd() === undefined ? undefined : await startSshdFleet(1, { shell: join(bin, "login-shell") });
afterAll(async () => {
  await fleet?.stop();
  rmSync(bin, { recursive: true });
});

const PLACES: readonly string[] = ["this machine", ...(fleet === undefined ? [] : ["ssh", "openssh"])];

describe.each(PLACES)(`a process of another user on %s${NO_SSHD}`, (place) => {
  const there: LaunchOptions = place === "this machine" ? {} : { host: "host1", connect: { transport: place } };
  const run = async (command: string, connect: ConnectSettings, options: LaunchOptions = {}): Promise<Process> => {
    await using launcher = createLauncher({ env: { PATH }, sshConfig: fleet?.sshConfig, connect });
    const process = launcher.process(command, { user: "app", ...there, ...options }).start();
    if (options.stdin === undefined && (await process.expect("ready", { timeout: "20s" })) !== undefined) {
      await process.write("typed\n");
      await process.end();
    }
    // The launcher is closed behind it.
    return await process.wait();
  };

  it.each(["sudo", "su"] as const)("answers %s, which then has the input for itself", async (becomeMethod) => {
    const connect = becomeMethod === "sudo" ? { sudoPassword: secret("right word") } : { suPassword: secret("right word") };
    const process = await run("echo ready; cat; exit 4", connect, { becomeMethod });
    expect([process.stdout, process.stderr, process.exitCode]).toEqual(["ready\ntyped\n", "", 4]);
    expect((await run("cat", connect, { becomeMethod, stdin: "given\n" })).stdout).toBe("given\n");
  });

  it("fails with what sudo says of a wrong password, and of none", async () => {
    const wrong = await run("echo ready", { sudoPassword: secret("wrong") }, { stdin: "" });
    expect([wrong.ok, wrong.stdout, wrong.stderr.trim()]).toEqual([false, "", "sudo: no password was provided"]);
    const none = await run("echo ready", {}, { stdin: "" });
    expect([none.ok, none.stderr.trim()]).toEqual([false, "sudo: a password is required"]);
  });

  it.each(["sudo", "su"] as const)(
    "answers %s on a terminal, which shows no password, and has what is typed from then on",
    async (becomeMethod) => {
      const word = secret("right word");
      const connect = becomeMethod === "sudo" ? { sudoPassword: word } : { suPassword: word };
      await using launcher = createLauncher({ env: { PATH }, sshConfig: fleet?.sshConfig, connect });
      const options = { user: "app", becomeMethod, ...there, pty: { columns: 101, rows: 33 } };
      const process = launcher.process("stty size; read -r line; echo got $line; exit 4", options).start();
      await process.write("typed\n");
      await process.wait();
      expect(process.stdout.replaceAll("\r", "").split("\n").toSorted()).toEqual(["", "33 101", "got typed", "typed"]);
      expect([process.exitCode, process.state]).toMatchObject([4, { how: "exited" }]);
    },
  );

  it("fails on a terminal with what sudo says there, of a wrong password and of none", async () => {
    const wrong = await run("echo ready", { sudoPassword: secret("wrong") }, { pty: true });
    expect([wrong.ok, wrong.stdout.trim()]).toEqual([false, "sudo: no password was provided"]);
    const none = await run("echo ready", {}, { pty: true });
    expect([none.ok, none.stdout.trim()]).toEqual([false, "sudo: a password is required"]);
  });

  it("is answered with what somebody was asked for, once for all", async () => {
    const asked: string[] = [];
    const askSecret = async (question: string): Promise<string> => {
      asked.push(question);
      return "right word";
    };
    await using launcher = createLauncher({
      env: { PATH },
      sshConfig: fleet?.sshConfig,
      connect: { sudoPassword: true },
      askSecret,
    });
    const make = (user: string): Process => launcher.process("echo in", { user, stdin: "", ...there });
    const all = await Promise.all([make("app"), make("app"), make("other")].map((process) => process.run()));
    expect(all.map(({ stdout }) => stdout)).toEqual(["in\n", "in\n", "in\n"]);
    expect(asked).toEqual([
      `Password for sudo, to run as app on ${place === "this machine" ? place : "host1"} and all other hosts`,
    ]);
    const unheard = await run("echo in", { sudoPassword: true }, { stdin: "" });
    expect(unheard.state).toMatchObject({ how: "failed", error: { code: "NO_TERMINAL" } });
  });

  it("ends when it is killed", async () => {
    await using launcher = createLauncher({
      env: { PATH },
      sshConfig: fleet?.sshConfig,
      connect: { sudoPassword: secret("right word") },
    });
    const process = launcher.process("echo ready; sleep 60", { user: "app", ...there }).start();
    await process.expect("ready", { timeout: "20s" });
    await process.kill().wait();
    expect([process.finishedOk, process.stats().numForcedKills]).toEqual([true, 0]);
  });
});
