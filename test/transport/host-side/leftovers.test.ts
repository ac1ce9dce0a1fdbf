import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { FlightParser } from "../../../src/transport/framing/parser.ts";
import { createMarker, writeFlight } from "../../../src/transport/framing/script.ts";
import { takePid } from "../../../src/transport/framing/splitter.ts";
import { SESSION_PRELUDE } from "../../../src/transport/framing/start-text.ts";
import type { CommandResult } from "../../../src/transport/transport.ts";
import { unless } from "../../support/unless.ts";
import { command, type Shell, shells, watched } from "../framing/shells.ts";

const root = mkdtempSync(join(tmpdir(), "fake-leftovers-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Flown {
  readonly results: readonly CommandResult[];
  /** The shell waits for another flight. */
  readonly stays: boolean;
}

/** A shell that serves flights, as long as it stays. */
interface Serving {
  fly(...texts: readonly string[]): Promise<Flown>;
  send(commands: readonly Command[]): Promise<Flown>;
  /** The shell's exit, or its end by `stop`. */
  stop(): Promise<void>;
}

function serve(shell: Shell, argv: readonly string[] = shell.argv): Serving {
  const [file = "", ...args] = watched(shell, { argv });
  const child: ChildProcessWithoutNullStreams = spawn(file, args, { detached: true, stdio: "pipe" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin.on("error", () => undefined);
  /** Behind what says its pid. */
  const isThere = takePid(child.stdout, "@fake:watched");
  let prelude = SESSION_PRELUDE.greeting + SESSION_PRELUDE.text;
  const send = async (commands: readonly Command[]): Promise<Flown> => {
    await isThere;
    const marker = createMarker();
    const parser = new FlightParser({ commands, marker, kill: async () => undefined });
    const onOutput = (chunk: Buffer): void => parser.push("stdout", chunk);
    const onErrors = (chunk: Buffer): void => parser.push("stderr", chunk);
    child.stdout.on("data", onOutput);
    child.stderr.on("data", onErrors);
    ended.then(() => setTimeout(() => parser.close(), 300));
    child.stdin.write(prelude + writeFlight(commands, marker, { stays: true }));
    prelude = "";
    const results = await parser.results;
    child.stdout.off("data", onOutput);
    child.stderr.off("data", onErrors);
    return { results, stays: parser.stays };
  };
  return {
    send,
    fly: (...texts) => send(texts.map((text) => command(text, { acceptError: true }))),
    async stop() {
      child.stdin.end();
      await ended;
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

const contained = (text: string): Command => command(text, { contained: true });

/** One flight on a shell of its own. */
async function flyOnce(shell: Shell, text: string, argv?: readonly string[]): Promise<Flown> {
  const serving = serve(shell, argv);
  const flown = await serving.fly(text);
  await serving.stop();
  return flown;
}

/**
 * How often a shell stayed. A process that someone else on this machine leaves to init meanwhile cannot be told from ours:
 * once is enough to see that it can, and never must it when it should not.
 */
async function staysOf(shell: Shell, text: string, times: number, argv?: readonly string[]): Promise<number> {
  let stays = 0;
  for (let time = 0; time < times && stays === 0; time++) stays += Number((await flyOnce(shell, text, argv)).stays);
  return stays;
}

/** Whether it stays where somebody else has started so many processes during the flight, which live on. */
async function staysAmong(shell: Shell, count: number): Promise<number> {
  const directory = mkdtempSync(join(root, "among-"));
  const begun = join(directory, "begun");
  const go = join(directory, "go");
  const script = `read -r _; i=0; while [ $i -lt ${count} ]; do sleep 1000 & i=$((i + 1)); done; : >${go}; wait`;
  const other = spawn("sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const serving = serve(shell);
  const flown = serving.fly(`: >${begun}; until [ -e ${go} ]; do :; done`);
  try {
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 10_000, interval: 5 });
    other.stdin.end("\n");
    return Number((await flown).stays);
  } finally {
    process.kill(-(other.pid ?? 0));
    await serving.stop();
  }
}

const canLook = existsSync("/proc/loadavg");
/** Whether this process may hide /proc from a shell. */
const canHide = spawnSync("unshare", ["--mount", "--pid", "--fork", "--mount-proc", "true"]).status === 0;
const canBeNobody = process.getuid?.() === 0 && spawnSync("su", ["-s", "/bin/sh", "nobody", "-c", "true"]).status === 0;

/** What is started here has no other way to end; a machine that is busy comes to look at it seconds later. */
const left = "sleep 20";

const daemons: Readonly<Record<string, string>> = {
  "in the background": `${left} &`,
  "in the background, with its outputs elsewhere": `${left} >/dev/null 2>&1 </dev/null &`,
  "in a session of its own": `setsid ${left} >/dev/null 2>&1 &`,
  "by a child that has ended": `sh -c '${left} & :'`,
  "by a grandchild in a session of its own": `setsid sh -c '(${left} & :) & :' & wait`,
  "that ignores hang-ups": `nohup ${left} >/dev/null 2>&1 &`,
  "after a while, by what was left": `(sleep 0.1; ${left}) &`,
  "by a command that failed": `${left} & exit 3`,
};

const noProc = unless(canLook, "needs /proc");
const noNobody = unless(canBeNobody, "only root may become nobody");
const noHiding = unless(canHide, "no namespaces of processes");

describe.runIf(canLook).each(shells)(`a shell that may stay, $name${noProc}`, (shell) => {
  it("stays when nothing is left", async () => {
    for (const text of ["true", "ls / | cat | wc -l", "(sleep 0.01 &); sleep 0.1", "exit 4", "cd /; exec 1>&- 2>&-", "if then ("])
      expect([text, await staysOf(shell, text, 60)]).toEqual([text, 1]);
  });

  it.each(Object.entries(daemons))("ends when something was left running %s", async (_how, text) => {
    for (let time = 0; time < 5; time++) {
      const { results, stays } = await flyOnce(shell, text);
      expect([results[0]?.exitCode, stays]).toEqual([text.endsWith("exit 3") ? 3 : 0, false]);
    }
  });

  it("ends when what was left is just about to detach itself", async () => {
    const steps = Array.from({ length: 40 }, (_, index) => index);
    const detach = (pause: number): string => `sh -c 'i=0; while [ $i -lt ${pause} ]; do i=$((i+1)); done; ${left} & :' & :`;
    for (const step of steps) expect([step, (await flyOnce(shell, detach(step * 25))).stays]).toEqual([step, false]);
  });

  it.each([
    [2, 1, 20],
    [20, 1, 20],
    [150, 0, 3],
  ])("looks at %s processes that others started meanwhile, and stays: %s", async (count, stays, times) => {
    let stayed = 0;
    for (let time = 0; time < times && stayed === 0; time++) stayed = await staysAmong(shell, count);
    expect(stayed).toBe(stays);
  });

  it.runIf(canBeNobody)(`ends when it belongs to someone else${noNobody}`, async () => {
    expect(await staysOf(shell, `su -s /bin/sh nobody -c '${left} >/dev/null 2>&1 &'`, 5)).toBe(0);
  });

  it("serves many flights, each apart from the others", async () => {
    for (let attempt = 0; ; attempt++) {
      const serving = serve(shell);
      const flights: Flown[] = [await serving.fly("cd /; FOO=1; trap 'echo trapped' EXIT; exec 2>&-; umask 077")];
      while (flights.at(-1)?.stays === true && flights.length < 6) {
        flights.push(
          await serving.fly(`printf ${flights.length}; printf e${flights.length} >&2; cat`, 'echo "$PWD $FOO $(umask -S)"'),
        );
      }
      await serving.stop();
      if (flights.length < 6 && attempt < 60) continue;
      expect(flights.length).toBe(6);
      expect(flights[0]?.results[0]?.stdout).toBe("trapped\n");
      expect(flights.slice(1).map(({ results }) => results.map(({ stdout, stderr }) => [stdout, stderr]))).toEqual(
        flights.slice(1).map((_, index) => [
          [`${index + 1}`, `e${index + 1}`],
          [`${process.cwd()}  u=rwx,g=rx,o=rx\n`, ""],
        ]),
      );
      return;
    }
  });

  it("stays for no other flight when it was sent SIGTERM", async () => {
    const serving = serve(shell);
    const { results, stays } = await serving.fly("kill $$; echo on", "echo no");
    expect(results.map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(stays).toBe(false);
    await serving.stop();
  });

  it("stays for no other flight when something was left running, and ends with its input", async () => {
    const serving = serve(shell);
    expect((await serving.fly(`${left} >/dev/null 2>&1 &`)).stays).toBe(false);
    await serving.stop();
  });

  it("stays when others start processes and threads meanwhile", async () => {
    const path = (name: string): string => join(root, `${name}-${shell.name}`);
    execFileSync("mkfifo", [path("call"), path("answer")]);
    const pid = await startOther(path("pid"), { call: path("call"), answer: path("answer") });
    try {
      expect(await staysOf(shell, `echo >'${path("call")}'; cat '${path("answer")}'`, 20)).toBe(1);
    } finally {
      process.kill(pid, "SIGKILL");
    }
  });

  it.runIf(canHide)(`stays when the numbers of processes go past one that is older${noHiding}`, async () => {
    const next = (pid: number): string => `echo ${pid - 1} >/proc/sys/kernel/ns_last_pid`;
    const old = `${next(100)}; sleep 1000 & sleep 0.1; ${next(50)}; "$@"`;
    const world = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "/bin/sh", "-c", old, "sh", ...shell.argv];
    const { results, stays } = await flyOnce(shell, `${next(99)}; ls -d /proc/100; ls -d /; ls -d /`, world);
    expect([results[0]?.stdout, stays]).toEqual(["/proc/100\n/\n/\n", true]);
  });

  it.runIf(canHide)(`ends where it cannot look, or is shown something else${noHiding}`, async () => {
    writeFileSync(join(root, "loadavg"), "0.00 0.00 0.00 1/100 100\n");
    for (const setup of ["mount -t tmpfs none /proc", `mount --bind ${root}/loadavg /proc/loadavg`]) {
      const { results, stays } = await flyOnce(shell, "echo fine", inWorld(shell, setup));
      expect([setup, results[0]?.stdout, stays]).toEqual([setup, "fine\n", false]);
    }
  });

  it.runIf(canHide)(`ends after a flight in which the numbers of processes may have come round${noHiding}`, async () => {
    const setup = `mount --bind ${root}/uptime /proc/uptime && mount --bind ${root}/pid_max /proc/sys/kernel/pid_max`;
    const after90Seconds = async (numbers: number): Promise<boolean> => {
      writeFileSync(join(root, "uptime"), "10.00 0.00\n");
      writeFileSync(join(root, "pid_max"), `${numbers}\n`);
      return (await flyOnce(shell, `echo 100.00 0.00 >${root}/uptime`, inWorld(shell, setup))).stays;
    };
    expect(await after90Seconds(32_768)).toBe(false);
    await vi.waitFor(async () => expect(await after90Seconds(4_194_304)).toBe(true), { timeout: 4000 });
  });
});

/** The shell, with parts of its file system put in place before. */
function inWorld(shell: Shell, setup: string): readonly string[] {
  return ["unshare", "--mount", "/bin/sh", "-c", `${setup} && exec "$@"`, "sh", ...shell.argv];
}

/**
 * A process that is no relation of the shells: when it is called, it starts a thread and a process, and answers. No child of
 * this one, which is an ancestor of the shells: an orphan's new parent, for all they know.
 */
async function startOther(pidFile: string, at: { readonly call: string; readonly answer: string }): Promise<number> {
  const text = `
    const { spawn } = require("node:child_process");
    const { readFileSync, writeFileSync } = require("node:fs");
    const { Worker } = require("node:worker_threads");
    writeFileSync(${JSON.stringify(`${pidFile}.new`)}, String(process.pid));
    require("node:fs").renameSync(${JSON.stringify(`${pidFile}.new`)}, ${JSON.stringify(pidFile)});
    const next = () => {
      readFileSync(${JSON.stringify(at.call)});
      new Worker("setInterval(() => {}, 1000)", { eval: true }).once("online", () => {
        spawn("sleep", ["5"], { stdio: "ignore" });
        writeFileSync(${JSON.stringify(at.answer)}, "");
        next();
      });
    };
    next();`;
  const parent = spawn("setsid", ["--fork", process.execPath, "-e", text], { stdio: "ignore" });
  await new Promise((resolve) => parent.once("exit", resolve));
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 10_000 });
  return Number(readFileSync(pidFile, "utf8"));
}

describe.each(shells)("a shell that may stay, $name, whatever the host", (shell) => {
  it("stays behind commands that leave nothing, unless one fails or is ended", async () => {
    const serving = serve(shell);
    expect((await serving.send([contained("true"), contained("ls / | cat")])).stays).toBe(true);
    const { results, stays } = await serving.send(["echo first", "exit 3", "echo no"].map(contained));
    expect([results.map(({ stdout }) => stdout), stays]).toEqual([["first\n", "", ""], false]);
    await serving.stop();
    for (const text of ["kill $$; echo on", "sh -c 'kill -s KILL $$'"]) {
      const other = serve(shell);
      expect([text, (await other.send([contained(text)])).stays]).toEqual([text, false]);
      await other.stop();
    }
  });

  it("looks behind a command that may leave something, whatever is with it", async () => {
    const serving = serve(shell);
    const leaving = command(`${left} >/dev/null 2>&1 &`);
    expect((await serving.send([contained("true"), leaving, contained("true")])).stays).toBe(false);
    await serving.stop();
  });

  it("takes a flight of a megabyte", async () => {
    const text = `cat <<'END' | wc -c\n${"it's \\ a line\n".repeat(75_000)}END`;
    const { results } = await flyOnce(shell, text);
    expect(results[0]?.stdout.trim()).toBe(String(14 * 75_000));
  });
});
