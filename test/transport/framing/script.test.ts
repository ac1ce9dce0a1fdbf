import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createMarker, writeExec, writeFlight } from "../../../src/transport/framing/script.ts";
import { PRELUDE, SESSION_PRELUDE } from "../../../src/transport/framing/start-text.ts";
import { unless } from "../../support/unless.ts";
import { command, execute, fly, parse, printed, shells } from "./shells.ts";

const root = mkdtempSync(join(tmpdir(), "fake-framing-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("createMarker", () => {
  it("holds 128 random bits", () => {
    expect(createMarker()).toMatch(/^@fake:[0-9a-f]{32}$/);
    expect(createMarker()).not.toBe(createMarker());
  });
});

describe("writeFlight", () => {
  it("refuses a command with NUL", () => {
    expect(() => writeFlight([command("a\0b")], "m")).toThrow(/NUL/);
    expect(() => writeExec("a\0b", "m")).toThrow(/NUL/);
  });
});

describe.each(shells)("a flight on $name", (shell) => {
  const statuses = async (...texts: string[]) =>
    (
      await fly(
        shell,
        texts.map((text) => command(text)),
      )
    ).results.map((result) => result.status);

  it("gives each command its own stdout, stderr and exit code", async () => {
    const { results } = await fly(shell, [
      command("echo one; echo eins >&2"),
      command("printf two; printf zwei >&2; exit 3", { acceptError: true }),
      command("cat /dev/null"),
    ]);
    expect(results.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode])).toEqual([
      ["one\n", "eins\n", 0],
      ["two", "zwei", 3],
      ["", "", 0],
    ]);
  });

  it("stops at the first failure and skips the rest", async () => {
    expect(await statuses("true", "false", "true", "true")).toEqual(["ok", "failed", "skipped", "skipped"]);
  });

  it("keeps what a command does to its shell away from the next", async () => {
    const { results } = await fly(shell, [
      command("cd /; umask 077; FOO=1; export BAR=2; trap 'echo trapped' EXIT TERM; set -eu; exec 3>&- 2>&- 1>&-", {
        acceptError: true,
      }),
      command('echo "$PWD $(umask) ${FOO-unset} ${BAR-unset}"; trap; echo $-; echo err >&2'),
      command("exit 0"),
      command("f() { echo function; }; alias x=y; set -f"),
      command("f 2>/dev/null || echo no f; echo /et*"),
    ]);
    expect(results.slice(1).map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok"]);
    const [where, ...rest] = results[1]!.stdout.split("\n");
    expect(where?.replace(" 0022 ", " 022 ")).toBe(`${process.cwd()} 022 unset unset`);
    expect(rest.join("\n")).not.toContain("trapped");
    expect(results[1]!.stderr).toBe("err\n");
    expect(results[4]!.stdout).toBe("no f\n/etc\n");
  });

  it("has standard input at its end", async () => {
    const { results } = await fly(shell, [command("cat; read -r line || echo end"), command("echo next")]);
    expect(results.map(({ stdout }) => stdout)).toEqual(["end\n", "next\n"]);
  });

  it("outlives a syntax error", async () => {
    const { results } = await fly(shell, [
      command("if then fi (", { acceptError: true }),
      command("echo 'unclosed", { acceptError: true }),
      command("cat <<END", { acceptError: true }),
      command(") echo no", { acceptError: true }),
      command("echo alive"),
    ]);
    expect(results[0]).toMatchObject({ status: "failed" });
    expect(results[0]!.stderr).toMatch(/(?:syntax|parse) error/i);
    expect(results[1]!.status).toBe("failed");
    expect(results[3]!.status).toBe("failed");
    expect(results[4]).toMatchObject({ status: "ok", stdout: "alive\n" });
  });

  // zsh goes on behind a syntax error, with the next line.
  const ends = shell.name !== "zsh";
  it.skipIf(!ends).each([
    ["before its first flight", "_fake_begin() {"],
    ["as a flight", "_fake_begin\n"],
  ])(`shows what the shell says of a script that it does not take, %s${unless(ends, "no end to it")}`, async (_when, place) => {
    const marker = createMarker();
    const sent = SESSION_PRELUDE.text + writeFlight([command("true")], marker, { stays: true });
    const { results, noise } = await parse([command("true")], marker, await printed(shell, sent.replace(place, `${place} fi )`)));
    expect(noise).toMatch(/syntax|parse/i);
    expect(results[0]?.cause?.message).toMatch(/It said: .*(?:syntax|parse)/i);
  });

  it("runs here-documents, comments and text that begins with a dash", async () => {
    const { results } = await fly(shell, [
      command("cat <<'END'\n$HOME `x` \\\nEND"),
      command("echo a # comment"),
      command("-not-a-command", { acceptError: true }),
      command("echo it\\'s '\"q\"' '\n'"),
    ]);
    expect(results.map(({ stdout }) => stdout)).toEqual(["$HOME `x` \\\n", "a\n", "", 'it\'s "q" \n\n']);
    expect(results[2]!.exitCode).toBe(127);
  });

  it("obeys set -e, and shows no more of set -x than the user wrote", async () => {
    const { results } = await fly(shell, [
      command("set -e; false; echo no", { acceptError: true }),
      command("set -x; echo traced; (exit 4)", { acceptError: true }),
    ]);
    expect(results[0]).toMatchObject({ exitCode: 1, stdout: "" });
    expect(results[1]).toMatchObject({ exitCode: 4, stdout: "traced\n" });
    expect(results[1]!.stderr).toMatch(/^\++ echo traced\n\++ exit 4\n/);
    // The others show where their traces go, or do not let them go elsewhere.
    if (["dash", "bash", "busybox sh"].includes(shell.name)) expect(results[1]!.stderr.match(/\n/g)).toHaveLength(2);
  });

  it("runs the EXIT trap of a command, with its stderr", async () => {
    const { results } = await fly(shell, [command("trap 'echo out; echo err >&2' EXIT; sleep 0")]);
    expect(results[0]).toMatchObject({ stdout: "out\n", stderr: "err\n", exitCode: 0 });
  });

  it("names the signal that killed a command, and says nothing else", async () => {
    const { results } = await fly(shell, [
      command("sh -c 'kill -9 $PPID'; echo no", { acceptError: true }),
      command("sh -c 'kill -TERM $$'", { acceptError: true }),
      command("exit 255"),
    ]);
    expect(results[0]).toMatchObject({ status: "failed", signal: "SIGKILL", exitCode: 137, stdout: "" });
    expect(results[0]!.stderr).not.toContain("eval");
    expect(results[1]).toMatchObject({ status: "failed", signal: "SIGTERM", exitCode: 143 });
    expect(results[2]).toMatchObject({ status: "failed", signal: undefined, exitCode: 255 });
  });

  it("never shows a command the marker", async () => {
    const { results } = await fly(shell, [
      command("true"),
      command(
        'echo "$_"; set; env; trap; (declare -p; declare -f; typeset -f; alias) 2>/dev/null; cat /proc/$$/cmdline /proc/$$/environ',
        { captureAll: true },
      ),
      command("true"),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
    expect(results[1]!.stdout).not.toContain("@fake:");
  });

  it("is not held up by a daemon, which outlives it", async () => {
    const pid = join(root, `daemon-${shell.name}`);
    const { results } = await fly(shell, [command(`sleep 0.3 & echo $! > '${pid}'; echo started`), command("echo next")]);
    expect(results.map(({ stdout }) => stdout)).toEqual(["started\n", "next\n"]);
    expect(Number(readFileSync(pid, "utf8"))).toBeGreaterThan(0);
  });

  it("gives a command no descriptors but the standard ones", async () => {
    const { results } = await fly(shell, [command("ls /proc/self/fd")]);
    // Whatever this process was started with is in both lists.
    expect(results[0]!.stdout).toBe(execFileSync("ls", ["/proc/self/fd"], { encoding: "utf8" }));
  });

  it("reports a command that kills its shell as unknown, and what follows as skipped", async () => {
    const { results } = await fly(shell, [command("echo before; kill -9 $$; sleep 1"), command("true")]);
    expect(results.map(({ status }) => status)).toEqual(["unknown", "skipped"]);
    expect(results[0]!.cause?.message).toMatch(/ended before it answered/);
    expect(results[0]!.stdout).toBe("before\n");
  });

  it("takes SIGTERM to the shell for the end of the command", async () => {
    const { results } = await fly(shell, [command("kill $$; echo cleaned", { acceptError: true }), command("true")]);
    expect(results.map(({ status, signal }) => [status, signal])).toEqual([
      ["failed", "SIGTERM"],
      ["failed", undefined],
    ]);
  });

  it("stops the flight when the process group is sent SIGTERM, though errors are accepted", async () => {
    const { results } = await fly(shell, [
      command("kill 0; sleep 5", { acceptError: true }),
      command("echo no"),
      command("true"),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["failed", "failed", "skipped"]);
    expect(results[1]!.cause?.message).toMatch(/SIGTERM/);
  });

  it("runs no command that SIGTERM comes before, however late", async () => {
    // So much is in the pipe that the shell has to wait, in the middle of saying that the second one begins.
    const [file, ...args] = shell.argv;
    const pipe = join(root, `pipe-${createMarker()}`);
    execFileSync("mkfifo", [pipe]);
    const fill = command(`dd if=/dev/zero of=${pipe} oflag=nonblock bs=1 2>/dev/null`, { acceptError: true });
    const errors = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const into = openSync(pipe, constants.O_WRONLY);
    const child = spawn(file, args, { detached: true, stdio: ["pipe", "pipe", into] });
    closeSync(into);
    let said = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.stdin!.end(PRELUDE + writeFlight([fill, command("echo ran")], "@fake:mark"));
    await vi.waitFor(() => expect(said).toMatch(/@fake:mark S 1/));
    process.kill(-child.pid!, "SIGTERM");
    readSync(errors, Buffer.alloc(1024 * 1024));
    await once(child, "close");
    closeSync(errors);
    expect(said).not.toContain("ran\n");
  });
});

describe.each(shells)("one command with its own input on $name", (shell) => {
  it("reads all of it, byte by byte, after text with many lines", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    const one = command("# a\n\ncat <<'END'\nit's \\n \u00e9\u20ac\u{1f600}\nEND\nwc -c; head -c 0\n");
    const { results } = await execute(shell, one, bytes);
    expect(results[0]).toMatchObject({ status: "ok", stdout: "it's \\n \u00e9\u20ac\u{1f600}\n70000\n" });
  });

  it("keeps the marker and the script out of its variables", async () => {
    const { results } = await execute(shell, command('echo "$_"; set; cat'), "input");
    expect(results[0]!.status).toBe("ok");
    expect(results[0]!.stdout).not.toContain("@fake:");
    expect(results[0]!.stdout.endsWith("input")).toBe(true);
  });

  it("reports exit code, signal and syntax error", async () => {
    expect((await execute(shell, command("cat >/dev/null; exit 7"), "x")).results[0]).toMatchObject({
      exitCode: 7,
      status: "failed",
    });
    expect((await execute(shell, command("sh -c 'kill -9 $PPID'"), "")).results[0]).toMatchObject({ signal: "SIGKILL" });
    expect((await execute(shell, command("if ("), "")).results[0]).toMatchObject({ status: "failed" });
  });
});
