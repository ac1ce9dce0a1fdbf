import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { Holding } from "../../../src/transport/framing/holding.ts";
import { createMarker, writeFlight } from "../../../src/transport/framing/script.ts";
import { SESSION_PRELUDE } from "../../../src/transport/framing/start-text.ts";
import { unless } from "../../support/unless.ts";
import { okResult } from "../framing/results.ts";
import { command, shells } from "../framing/shells.ts";

const flock = spawnSync("flock", ["--version"]).status === 0;

const noFlock = unless(flock, "no flock");

describe.each(shells)("a file that $name holds", ({ argv }) => {
  let folder: string;
  let file: string;
  let shell: ChildProcessWithoutNullStreams;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-hold-"));
    file = join(folder, "it's.alive");
    writeFileSync(file, "alive\n-\n");
  });
  afterEach(() => {
    shell?.stdin.destroy();
    shell?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** A shell as sessions have it, as the child of one that has the given name. */
  function open({ parent, path = process.env["PATH"] ?? "" }: { parent?: string; path?: string } = {}): void {
    const [shellFile, ...args] = argv;
    if (parent === undefined) shell = spawn(shellFile, args, { env: { PATH: path } });
    else {
      copyFileSync("/bin/sh", join(folder, parent));
      const line = ["exec 4<&0;", ...argv, "<&4 & exec 4<&- </dev/null; wait"].join(" ");
      shell = spawn(join(folder, parent), ["-c", line], { env: { PATH: path } });
    }
    shell.stdin.write(SESSION_PRELUDE.greeting + SESSION_PRELUDE.text);
  }
  /** Gives what the shell printed in answer, which ends with a dot. */
  async function tell(text: string): Promise<string> {
    shell.stdin.write(`${text}\necho .\n`);
    let said = "";
    while (!said.endsWith(".\n")) said += await new Promise<Buffer>((resolve) => shell.stdout.once("data", resolve));
    return said.slice(0, -2);
  }
  const hold = (): string => `_fake_hold '${file.replace("'", "'\\''")}'`;
  const words = (): readonly string[] => (readFileSync(file, "utf8").split("\n")[1] ?? "").split(" ");
  const isHeld = (): boolean => spawnSync("flock", ["-xn", file, "true"]).status !== 0;

  it("says which process is the connection", async () => {
    open({ parent: "sshd-session" });
    await tell(hold());
    const stat = readFileSync(`/proc/${shell.pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    expect(words().slice(1)).toEqual(["ssh", String(shell.pid), stat[19], boot, expect.stringMatching(/^\d+$/), hostname()]);
    expect(readFileSync(file, "utf8")).toMatch(/^alive\n.*\n$/);
  });

  it("says which process it was told", async () => {
    open();
    await tell(`${hold()} ${process.pid}`);
    expect(words().slice(1, 3)).toEqual(["local", String(process.pid)]);
  });

  it.each([
    ["does not take just any parent for the connection", ""],
    ["says so when it was told that nobody can tell", " -"],
  ])("%s", async (_title, told) => {
    open();
    await tell(`${hold()}${told}`);
    expect(words().slice(1)).toEqual(["-"]);
  });

  it.each([["sshd-session"], ["sh"]])(
    "says so when the connection ended before it could say which that is, as of a client that was killed: %s",
    async (parent) => {
      open({ parent });
      await tell(":");
      const pid = shell.pid;
      const said = tell(`while [ -d /proc/${pid} ]; do :; done; ${hold()}`);
      shell.kill("SIGKILL");
      await said;
      expect(words().slice(1, 4)).toEqual(["ssh", String(pid), "0"]);
      expect(words()).toHaveLength(7);
    },
  );

  it("says so when the process that it was told has ended", async () => {
    open();
    const { pid } = spawnSync("true");
    await tell(`${hold()} ${pid}`);
    expect(words().slice(1, 4)).toEqual(["local", String(pid), "0"]);
  });

  it("says the same when a shell joins whose parent is none, because the connection has just ended", async () => {
    open({ parent: "sshd-session" });
    await tell(hold());
    const before = readFileSync(file, "utf8");
    const first = shell;
    open();
    await tell(hold().replace("hold", "join"));
    first.stdin.destroy();
    await new Promise((resolve) => first.once("exit", resolve));
    expect(readFileSync(file, "utf8")).toBe(before);
    if (flock) expect(isHeld()).toBe(true);
  });

  it("is not made, and ends nothing, where it is not there or cannot be opened", async () => {
    open();
    expect(await tell(`_fake_hold '${folder}/none'; echo $?`)).toBe("0\n");
    expect(await tell(`_fake_hold '${folder}'; echo $?`)).toBe("0\n");
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it.skipIf(!flock)(`has a flock until the shell ends, and no daemon of a command keeps it${noFlock}`, async () => {
    open();
    const holding = new Holding();
    const make = command("true", { hold: file });
    const first = holding.lead(shell, [make], true);
    await tell(writeFlight([make], createMarker(), { lead: first }));
    holding.learn(shell, [okResult(make)]);
    expect([words()[0], isHeld()]).toEqual(["flock", true]);
    const daemon = command("sleep 60 >/dev/null 2>&1 & echo daemon $!");
    const said = await tell(writeFlight([daemon], createMarker(), { lead: holding.lead(shell, [daemon], true) }));
    const pid = Number(/daemon (\d+)/.exec(said)?.[1]);
    try {
      shell.stdin.end();
      await new Promise((resolve) => shell.once("exit", resolve));
      expect(isHeld()).toBe(false);
    } finally {
      process.kill(pid, "SIGKILL");
    }
  });

  it.skipIf(!flock).each([false, true])(
    `stays held by a command that runs when the shell alone is killed, contained: %s${noFlock}`,
    async (contained) => {
      open();
      const holding = new Holding();
      const make = command("true", { hold: file });
      await tell(writeFlight([make], createMarker(), { lead: holding.lead(shell, [make], true) }));
      holding.learn(shell, [okResult(make)]);
      const fifo = join(folder, "fifo");
      spawnSync("mkfifo", [fifo]);
      const waiting = command(`echo here; read -r _ <${fifo}`, { contained });
      shell.stdin.write(writeFlight([waiting], createMarker(), { lead: holding.lead(shell, [waiting], true) }));
      await new Promise((resolve) => shell.stdout.on("data", (chunk: Buffer) => chunk.includes("here") && resolve(undefined)));
      shell.kill("SIGKILL");
      await new Promise((resolve) => shell.once("exit", resolve));
      expect(isHeld()).toBe(true);
      writeFileSync(fifo, "go on\n");
      // Not until the streams are closed: a copy of one of them is kept by what mksh leaves to watch over the shell.
      await vi.waitFor(() => expect(isHeld()).toBe(false), { timeout: 10_000 });
    },
  );

  it("says so where there is no flock", async () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    // yash wants those that it has itself to be there.
    for (const name of ["cat", "sleep", "echo", "[", "kill"]) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    open({ path: bin });
    await tell(hold());
    expect(words()[0]).toBe("none");
  });

  it("lets no command run once it is gone, whoever asks, until nothing is held any more", async () => {
    open();
    let said = "";
    shell.stderr.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    const holding = new Holding();
    const make = command("true", { hold: file, ifGone: "echo 'ada took it'" });
    const fly = async (...commands: readonly Command[]): Promise<readonly string[]> => {
      const marker = createMarker();
      const printed = await tell(writeFlight(commands, marker, { lead: holding.lead(shell, commands, true) }));
      holding.learn(shell, printed.includes(`${marker} E 0 0\n`) ? [okResult(commands[0] ?? make)] : []);
      return printed.replaceAll(marker, "@").trim().split("\n");
    };
    const start = (index: number): unknown => expect.stringMatching(`^@ S ${index} \\d+$`);
    const [one, two] = [command("echo one"), command("echo two", { acceptError: true })];
    expect(await fly(make, one)).toEqual([start(0), "@ E 0 0", start(1), "one", "@ E 1 0", "@ F"]);
    // In the flight in which it goes, and in each one behind it, though an error would be accepted.
    const remove = command(`rm '${file.replace("'", "'\\''")}'`);
    expect(await fly(remove, two, one)).toEqual([start(0), "@ E 0 0", start(1), "@ E 1 75 -", "@ F"]);
    expect(await fly(two, one)).toEqual([start(0), "@ E 0 75 -", "@ F"]);
    // It comes by a pipe of its own.
    await expect.poll(() => said.replaceAll(/@fake.*\n/g, "")).toBe("ada took it\nada took it\n");
    const free = command("echo free", { hold: false });
    expect(await fly(free, one)).toEqual([start(0), "free", "@ E 0 0", start(1), "one", "@ E 1 0", "@ F"]);
    // A shell that comes later finds it gone as well.
    writeFileSync(file, "alive\n-\n");
    await fly(make);
    rmSync(file);
    shell.kill("SIGKILL");
    open();
    expect(await fly(one)).toEqual([start(0), "@ E 0 75 -", "@ F"]);
  });

  it("is joined once by each shell of a connection, and again when it was made anew", () => {
    const holding = new Holding(12);
    const make = command("true", { hold: "/a b", ifGone: "echo why" });
    const [one, two] = [{}, {}];
    expect(holding.lead(two, [command("true")], true)).toEqual({ text: "", holds: false });
    holding.lead(one, [make], true);
    holding.learn(one, [okResult(make)]);
    expect(holding.lead(one, [command("true")], true)).toEqual({ text: "", holds: true });
    expect(holding.lead(two, [command("true")], true)).toEqual({
      text: "_fake_gone='echo why'; _fake_join '/a b'\n",
      holds: true,
    });
    expect(holding.lead(two, [command("true")], true).text).toBe("");
    holding.lead(two, [make], true);
    holding.learn(two, [okResult(make)]);
    expect(holding.lead(one, [command("true")], true).text).toMatch(/_fake_join '\/a b'\n$/);
  });
});
