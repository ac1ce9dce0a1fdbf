import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { build } from "esbuild";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { Secret } from "../../../src/command/secret.ts";
import { fakeHost } from "../../../src/testing.ts";
import { openPipes } from "../../../src/transport/local/pipes.ts";
import { createLocalTransport, type LocalOptions } from "../../../src/transport/local/transport.ts";
import type { CommandResult, Connection } from "../../../src/transport/transport.ts";
import { command } from "../framing/shells.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "fake-local-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function connect(options: LocalOptions = {}): Promise<Connection> {
  return createLocalTransport(options).connect(fakeHost("localhost"), { signal: new AbortController().signal, after: undefined });
}

async function output(text: string, options: LocalOptions = {}): Promise<string | undefined> {
  const [result] = await (await connect(options)).flight([command(text)], {});
  return result?.stdout;
}

/** Runs `source` in a process that has a local connection and something to read, until it ends; gives what it printed. */
async function inProcess(source: string): Promise<string> {
  const contents = `
    import { createLocalTransport } from ${JSON.stringify(resolve("src/transport/local/transport.ts"))};
    const host = { id: "localhost", name: "localhost" };
    const connection = await createLocalTransport().connect(host, { signal: new AbortController().signal, after: undefined });
    ${source}
  `;
  const outfile = join(root, "process.mjs");
  const stdin = { contents, resolveDir: process.cwd(), loader: "ts" } as const;
  await build({ stdin, bundle: true, platform: "node", format: "esm", outfile });
  const child = spawn(process.execPath, [outfile], { stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stdin.write("ours\n");
  await new Promise((done) => child.once("close", done));
  return printed;
}

describe("createLocalTransport", () => {
  it("starts in the directory and with the environment it is given", async () => {
    expect(await output("pwd")).toBe(`${process.cwd()}\n`);
    expect(await output("pwd; echo $ONLY", { cwd: root, env: { ONLY: "this" } })).toBe(`${root}\nthis\n`);
  });

  it("says what is wrong with a directory that is not there", async () => {
    const connection = await connect({ cwd: join(root, "none") });
    await expect(connection.flight([command("true")], {})).rejects.toMatchObject({ code: "LOCAL_SHELL" });
    await expect(connection.flight([command("true")], {})).rejects.toThrow("none");
  });

  it("says that what a command left running holds its outputs, once, and says nothing of a daemon that does not", async () => {
    const warnings: string[] = [];
    const start = async (text: string): Promise<() => void> => {
      const connection = await connect({ onWarning: (warning) => warnings.push(warning) });
      const [result] = await connection.flight([command(`${text} echo $!`)], {});
      return () => process.kill(Number(result?.stdout), "SIGKILL");
    };
    const ends = [await start("sleep 1000 >/dev/null 2>&1 </dev/null &"), await start("sleep 1000 &")];
    try {
      await vi.waitFor(() => expect(warnings).toHaveLength(1), 5000);
      expect(warnings[0]).toMatch(/^localhost: what a command left running there holds/);
    } finally {
      for (const end of ends) end();
    }
  });

  it("gives sudo on a terminal nothing that it could throw away or spoil: script, password, input and its end", async () => {
    const bin = join(root, "bin");
    mkdirSync(bin);
    // It does what sudo's asking for a password and its own terminal do to what was typed before.
    const read = `case $* in *-S*) IFS= read -r word && [ "$word" = right ] || exit 1;; esac`;
    const flush = "if [ -t 0 ]; then perl -MPOSIX -e 'POSIX::tcflush(0, POSIX::TCIFLUSH)'; fi";
    const spoil = 'was=$(stty -g </dev/tty); sleep 0.3; stty raw </dev/tty; stty "$was" </dev/tty';
    const sudo = `#!/bin/sh\n${read}\n${flush}\n${spoil}\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n`;
    writeFileSync(join(bin, "sudo"), sudo, { mode: 0o755 });
    const connection = await connect({ env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` } });
    const text = "test -t 0 && test -t 1 && cat | sed 's/^/> /'";
    const ask = command(text, { user: "deployer", pty: true, stdin: "own\nwords", timeout: 5000 });
    for (const becomePassword of [() => async () => new Secret("right"), undefined])
      expect(await connection.exec(ask, { becomePassword })).toMatchObject({
        status: "ok",
        stdout: expect.stringMatching(/^own\r\nwords> own\r\n> words\r?\n?$/),
      });
    const refused = await connection.exec(ask, { becomePassword: () => async () => new Secret("wrong") });
    expect(refused).toMatchObject({ status: "failed", exitCode: 1, stdout: "" });
  });

  it("sends nothing but the password before sudo has read it: script and input are whole where sudo takes all that waits", async () => {
    const bin = join(root, "greedy");
    mkdirSync(bin);
    // As sudo-rs 0.2.5: one read for all that is there. It remembers the password until the file is gone.
    const ask = `[ -e '${bin}/known' ] && [ "$1" = -n ] || { [ "$1" = -S ] && IFS= && word=$(dd bs=100000 count=1 2>/dev/null) && [ "\${word%%"$n"*}" = right ]; } || exit 1`;
    const sudo = `#!/bin/sh\nn=$(printf '\\nx'); n=\${n%x}\n${ask}\n: >'${bin}/known'\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n`;
    writeFileSync(join(bin, "sudo"), sudo, { mode: 0o755 });
    const connection = await connect({ env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` } });
    const run = async (text: string, options: Partial<Command>, password: string): Promise<CommandResult> => {
      rmSync(join(bin, "known"), { force: true });
      return await connection.exec(command(text, { user: "deployer", timeout: 5000, ...options }), {
        becomePassword: () => async () => new Secret(password),
      });
    };
    expect(await run("cat", { stdin: "own\nwords" }, "right")).toMatchObject({ status: "ok", stdout: "own\nwords", stderr: "" });
    expect(await run("cat", { stdin: Readable.from(["own", " words"]) }, "right")).toMatchObject({ stdout: "own words" });
    expect(await run("echo out; echo err >&2; exit 3", {}, "right")).toMatchObject({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    const refused = {
      status: "failed",
      exitCode: 1,
      stdout: "",
      cause: expect.objectContaining({ message: expect.stringMatching(/^sudo has not/) }),
    };
    for (const pty of [false, true]) expect(await run("cat", { stdin: "own", pty }, "wrong")).toMatchObject(refused);
    expect(await run("test -t 0 && cat", { stdin: "own", pty: true }, "right")).toMatchObject({ status: "ok" });
  });

  it("lets commands open their outputs by name", async () => {
    const connection = await connect();
    const text = "echo out >/dev/stdout; echo err >/dev/stderr";
    const expected = { status: "ok", stdout: "out\n", stderr: "err\n" };
    expect((await connection.flight([command(text)], {}))[0]).toMatchObject(expected);
    expect(await connection.exec(command(text, { stdin: "in" }), {})).toMatchObject(expected);
  });

  it("leaves no pipes behind, and needs no place for them", async () => {
    const place = mkdtempSync(join(root, "pipes-"));
    const pipes = await openPipes(place);
    expect(readdirSync(place)).toEqual([]);
    pipes?.handOver();
    pipes?.stdout.destroy();
    pipes?.stderr.destroy();
    expect(pipes).toBeDefined();
    expect(await openPipes(join(root, "none"))).toBeUndefined();
    vi.stubEnv("TMPDIR", join(root, "none"));
    expect(await output("echo out; echo err >&2").finally(() => vi.unstubAllEnvs())).toBe("out\n");
  });

  it("runs commands outside of our process group and session", async () => {
    const text = await output("read -r _ _ _ _ group session _ </proc/self/stat; echo $group $session $$");
    const [group, session, shell] = (text ?? "").trim().split(" ");
    expect(group).toBe(shell);
    expect(session).toBe(shell);
  });

  it("never reads our own standard input", async () => {
    const source = `
      const [result] = await connection.flight([{ kind: "command", text: "cat" }], {});
      const alone = await connection.exec({ kind: "command", text: "cat" }, {});
      process.stdout.write(JSON.stringify([result.stdout, alone.stdout]));
    `;
    expect(await inProcess(source)).toBe('["",""]');
  });

  it("keeps a process from ending for no daemon", async () => {
    const pid = Number(
      await inProcess(`
        const [result] = await connection.flight([{ kind: "command", text: "sleep 1000 & echo $!" }], {});
        process.stdout.write(result.stdout);
      `),
    );
    process.kill(pid, 0);
    process.kill(pid, "SIGKILL");
  });

  it("says where no terminal can be had", async () => {
    const connection = await connect({ script: join(root, "no-script") });
    await expect(connection.exec(command("true", { pty: true }), {})).rejects.toMatchObject({ code: "PTY_UNAVAILABLE" });
  });

  it("shows no secret on a terminal that echoes its input", async () => {
    const vars = { TOKEN: new Secret("s3cr3t-t0k3n") };
    const noise: string[] = [];
    const connection = await connect({ onNoise: (text) => noise.push(text) });
    const one = command('echo "$TOKEN" | wc -c; stty -a | tr " ;" "\\n\\n" | grep -x -e echo -e icanon', { pty: true, vars });
    const result = await connection.exec(one, {});
    expect(result.stdout.replaceAll("\r", "")).toMatch(/^\s*13\n(?:icanon\necho|echo\nicanon)\n$/);
    expect(noise.join("")).not.toContain("s3cr3t");
  });

  it("sends input to a command on a terminal when it has begun, with an end", async () => {
    const connection = await connect();
    const result = await connection.exec(command("stty -echo; cat; echo end", { pty: true, stdin: "typed\n" }), {});
    expect(result.status).toBe("ok");
    expect(result.stdout.replaceAll("\r", "").replace(/^typed\n(?=typed)/, "")).toBe("typed\nend\n");
  });

  it.each([
    ["text", "no end of line"],
    ["bytes", new TextEncoder().encode("no end of line")],
    ["a secret", new Secret("no end of line")],
    ["a stream", Readable.from([Buffer.from("no end"), Buffer.from(" of line")])],
  ])("ends the input of a command on a terminal in the middle of a line: %s", async (_, stdin) => {
    const connection = await connect();
    const result = await connection.exec(command("stty -echo; cat; echo .", { pty: true, stdin, timeout: 10_000 }), {});
    expect(result.status).toBe("ok");
    expect(result.stdout.replaceAll("\r", "")).toMatch(/no end of line\.\n$/);
  });

  it("reports what is printed outside of commands", async () => {
    const noise: string[] = [];
    const connection = await connect({
      shell: ["/bin/sh", "-c", "echo welcome; echo motd >&2; exec /bin/sh", "sh"],
      onNoise: (text, stream) => noise.push(`${stream} ${text}`),
    });
    const [result] = await connection.flight([command("echo out")], {});
    expect(result?.stdout).toBe("out\n");
    expect(noise.toSorted()).toEqual(["stderr motd\n", "stdout welcome\n"]);
  });

  it("tells why a shell that lets nobody in ended", async () => {
    const connection = await connect({ shell: ["/bin/sh", "-c", "echo 'account disabled'; exit 1", "sh"] });
    const [result] = await connection.flight([command("echo out")], {});
    expect(result?.status).toBe("unknown");
    expect(result?.cause?.message).toContain("account disabled");
  });
});
