import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../src/command/command.ts";
import { holdTransport } from "../../src/rehearse/hold.ts";
import { endAll, findOrphans } from "../../src/rehearse/host-processes.ts";
import { openRealHosts, type RealHost } from "../../src/rehearse/real-hosts.ts";
import { type RemoteHost, removeText } from "../../src/rehearse/remote-host.ts";
import type { SiteHosts } from "../../src/rehearse/site.ts";
import { createLocalTransport } from "../../src/transport/local/transport.ts";
import type { Connection, Transport } from "../../src/transport/transport.ts";
import { command, host as hostNamed } from "../support/ssh-host.ts";

const isLinux = process.platform === "linux";

/** A shell of this machine in the place of a host. */
describe.skipIf(!isLinux)(`a real host of a rehearsal${isLinux ? "" : " (no Linux)"}`, () => {
  let folder: string;
  let srv: string;
  let scratch: string;
  /** Programs that must not run, first in PATH: they say that they have. */
  let path: string;
  const told: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fake-real-hosts-"));
    [srv, path] = [join(folder, "srv"), join(folder, "real")];
    scratch = join(srv, "fake-rehearsal-1");
    for (const one of [srv, path, join(folder, "here")]) mkdirSync(one);
    for (const name of ["sudo", "systemctl"])
      writeFileSync(join(path, name), `#!/bin/sh\necho ${name} >>${folder}/ran\n`, { mode: 0o755 });
    path = `${path}:${process.env["PATH"]}`;
    told.length = 0;
  });
  afterEach(() => {
    expect(existsSync(join(folder, "ran"))).toBe(false);
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param shell what the shell there is like */
  const toRemote = (shell = ""): RemoteHost => ({
    name: "app1",
    scratch,
    run: (script) =>
      new Promise((resolve) => {
        execFile("/bin/sh", ["-c", `${shell}\n${script}`], { env: { PATH: path } }, (error, stdout, stderr) =>
          resolve({ exitCode: error === null ? 0 : 1, stdout, stderr }),
        );
      }),
  });
  const open = (remote: RemoteHost = toRemote(), commands: Readonly<Record<string, string>> = {}): Promise<SiteHosts> => {
    const server = { address: "127.0.0.1", port: 9 };
    const host: RealHost = {
      ...{
        name: "app1",
        linkedDirs: [],
        linkedFiles: [],
        remote,
        address: "app1.example.com",
        server,
        keyName: "app1",
        paths: [],
      },
      login: "ssh -p 2222 ada@app1.example.com",
    };
    return openRealHosts(join(folder, "here"), {
      ...{ hosts: [host], sshConfigs: [], commands, files: {} },
      say: (text) => void told.push(text),
    });
  };
  /** As runs reach it. */
  const connectTo = ({ redirect }: SiteHosts, variables: Readonly<Record<string, string>>): Promise<Connection> => {
    const local = createLocalTransport({ cwd: folder, env: { PATH: path, ...variables } });
    const named: Transport = { ...local, name: "ssh", connect: local.connect.bind(local), close: () => local.close() };
    const wrap = holdTransport({
      mark: undefined,
      flightsFile: join(folder, "flights"),
      redirect: { hosts: redirect, local: false },
    });
    return wrap(named).connect(hostNamed("app1"), { signal: new AbortController().signal, after: undefined });
  };
  const variableOf = ({ redirect }: SiteHosts): Record<string, string> => {
    const [name = "", value = ""] = redirect["app1"]?.variable?.split("=") ?? [];
    return { [name]: value };
  };

  it.each([
    ["nothing that lies there can be run", "chmod() { :; }", "is it mounted noexec?"],
    ["the shell there runs a program of its own", "sudo() { :; }", "Nothing can stand in for sudo"],
    ["not all of it can be made", 'mkdir() { case "$*" in *app*) return 1;; esac; command mkdir "$@"; }', "app1: "],
  ])("is not played on where %s, and nothing is left there", async (_, shell, wrong) => {
    await expect(open(toRemote(shell))).rejects.toThrow(wrong);
    expect(readdirSync(srv)).toEqual([]);
    expect(told).toEqual([]);
  });

  it("is told of, with the way to it, where nobody knows what is left there", async () => {
    const remote = toRemote();
    let turn = 0;
    const run: RemoteHost["run"] = async (script) => {
      turn += 1;
      return turn === 1 ? remote.run(script) : { exitCode: undefined, stdout: "", stderr: "the link was lost" };
    };
    await expect(open({ ...remote, run })).rejects.toThrow("the link was lost");
    expect(told.join("\n")).toContain(`${scratch} could not be removed`);
    expect(told.join("\n")).toContain(`ssh -p 2222 ada@app1.example.com rm -rf ${scratch}`);
  });

  it("keeps what another has made there", async () => {
    mkdirSync(scratch);
    writeFileSync(join(scratch, "rehearsal"), "of somebody else\n");
    await expect(open()).rejects.toThrow("app1:");
    expect(readdirSync(scratch)).toEqual(["rehearsal"]);
  });

  const WAYS: readonly (readonly [
    string,
    (run: Connection, of: (text: string, more?: Partial<Command>) => Command) => Promise<unknown>,
  ])[] = [
    ["a command", (run, of) => run.flight([of("sudo reboot; touch made")], {})],
    [
      "a command after another",
      (run, of) => run.flight([of(":", { acceptError: true }), of("systemctl stop shop; touch made")], {}),
    ],
    ["a prefix", (run, of) => run.flight([of("touch made", { prefixes: ["sudo reboot || :"] })], {})],
    [
      "a command behind a prefix that sets PATH",
      (run, of) => run.flight([of("sudo reboot; touch made", { prefixes: ["PATH=$REAL"] })], {}),
    ],
    ["a command with a PATH of its own", (run, of) => run.flight([of("sudo reboot; touch made", { vars: { PATH: path } })], {})],
    ["another user", (run, of) => run.flight([of("touch made", { user: "root" })], {})],
    ["a command with input", (run, of) => run.exec(of("sudo reboot; touch made", { stdin: "x" }), {})],
    [
      "a channel",
      async (run) => {
        const channel = await run.open({ script: "sudo reboot; touch made" });
        for (const stream of [channel.stdout, channel.stderr]) stream?.resume();
        return await channel.ended;
      },
    ],
  ];

  it("has stand-ins in front of whatever is run there, and runs nothing once they are gone", async () => {
    const site = await open();
    const connection = await connectTo(site, { REAL: path, ...variableOf(site) });
    const made = async ([, send]: (typeof WAYS)[number]): Promise<boolean> => {
      rmSync(join(folder, "made"), { force: true });
      await send(connection, command);
      return existsSync(join(folder, "made"));
    };
    // Of another user's command, nothing is left where sudo is refused.
    for (const way of WAYS) expect(await made(way), way[0]).toBe(way[0] !== "another user");
    await site.close(false);
    expect(readdirSync(srv)).toEqual([]);
    for (const way of WAYS) expect(await made(way), way[0]).toBe(false);
    await connection.close();
  });

  const through = { sudo: "through", doas: "through", su: "through", systemctl: "ok" };
  const OWN_PATHS: readonly (readonly [string, () => Partial<Command>])[] = [
    ["no PATH of its own", () => ({})],
    ["PATH among its variables", () => ({ vars: { PATH: path } })],
    ["a prefix that sets PATH", () => ({ prefixes: [`export PATH=${path}`] })],
    ["both", () => ({ vars: { PATH: path }, prefixes: [`export PATH=${path}`, "systemctl stop shop"] })],
  ];

  it("has them in front of a command with a PATH of its own too, also behind what runs it as another user", async () => {
    const site = await open(toRemote(), through);
    const connection = await connectTo(site, variableOf(site));
    for (const becomeMethod of [undefined, "sudo", "doas", "su"] as const)
      for (const [own, context] of OWN_PATHS)
        for (const more of [{}, { stdin: "x" }, { pty: true }] satisfies Partial<Command>[]) {
          const user = becomeMethod === undefined ? {} : { user: "root", becomeMethod };
          const title = JSON.stringify([becomeMethod, own, more]);
          const sent = command("systemctl restart shop && touch made", { ...context(), ...user, ...more });
          const isAlone = Object.keys(more).length > 0;
          rmSync(join(folder, "made"), { force: true });
          const outcome = (isAlone ? connection.exec(sent, {}) : connection.flight([sent], {})).then(
            () => existsSync(join(folder, "made")),
            ({ code }) => code,
          );
          expect(await outcome, title).toBe(isAlone && becomeMethod !== undefined ? "NOT_REHEARSED" : true);
          expect(existsSync(join(folder, "ran")), title).toBe(false);
        }
    await Promise.all([connection.close(), site.close(false)]);
  });

  it("has none behind a sudo that is really run and clears the environment", async () => {
    const sudo = `#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done; shift\nexec env -i PATH=/usr/bin:/bin "$@"\n`;
    writeFileSync(join(folder, "real", "sudo"), sudo);
    const site = await open(toRemote(), { sudo: "real" });
    const connection = await connectTo(site, variableOf(site));
    await connection.flight([command("command -v sudo >found; touch made", { user: "root" })], {});
    expect(existsSync(join(folder, "made"))).toBe(true);
    expect(readFileSync(join(folder, "found"), "utf8")).not.toContain(scratch);
    await Promise.all([connection.close(), site.close(false)]);
  });

  it("runs nothing in a session that the rehearsal would not find again", async () => {
    const site = await open();
    const connection = await connectTo(site, {});
    const [result] = await connection.flight([command("touch made")], {});
    expect([result?.exitCode, result?.stderr]).toEqual([126, expect.stringContaining("nothing was run")]);
    await Promise.all([connection.close(), site.close(false)]);
  });

  it("ends what has the rehearsal's word in its environment, and nothing else", async () => {
    const site = await open();
    const start = (env: Record<string, string>) =>
      spawn("sleep", ["7771"], { env: { PATH: path, SSH_CONNECTION: "1 2 3 4", ...env } });
    const own = start(variableOf(site));
    const ended = once(own, "exit");
    const [name = ""] = Object.keys(variableOf(site));
    const others = [start({}), start({ [name]: "0".repeat(32) })];
    await Promise.all([own, ...others].map((child) => once(child, "spawn")));
    const [host] = site.hosts;
    if (host === undefined) throw new Error("There is a host.");
    expect(await findOrphans(host, 0)).toEqual([{ pid: own.pid, command: "sleep 7771" }]);
    await endAll(host);
    await ended;
    expect(others.map(({ exitCode, signalCode }) => [exitCode, signalCode])).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const child of others) child.kill();
    await site.close(false);
  });

  it.each([
    [100_000_000, undefined],
    [2400, undefined],
    [2300, "may come to 1.2 MiB in"],
    [0, "0 bytes are free there"],
  ])("must have twice the room that copies may take: %s KiB", async (free, wrong) => {
    const site = await open(toRemote(`du() { echo "100	app"; }; df() { echo "     Avail"; echo "   ${free}"; }`));
    const room = site.giveRoom();
    await (wrong === undefined ? expect(room).resolves.toBe(false) : expect(room).rejects.toThrow(wrong));
    await site.close(false);
  });

  it("is put back, and cleaned up, where a build has made its directories read-only", async () => {
    const tree = join(folder, "tree");
    mkdirSync(join(tree, "a", "b"), { recursive: true });
    writeFileSync(join(tree, "a", "b", "file"), "x");
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    for (const one of ["a/b", "a", ""]) {
      if (user.uid !== undefined) chownSync(join(tree, one), user.uid, 65534);
      chmodSync(join(tree, one), one === "a/b" ? 0o000 : 0o555);
    }
    chmodSync(folder, 0o777);
    const { status, stderr } = spawnSync("/bin/sh", ["-c", removeText(tree)], { ...user, encoding: "utf8" });
    expect([status, stderr, existsSync(tree)]).toEqual([0, "", false]);
    const site = await open();
    await site.keep("live");
    writeFileSync(join(scratch, "app", "new"), "x");
    await site.take("live");
    expect(readdirSync(join(scratch, "app"))).toEqual([]);
    expect(readFileSync(join(scratch, "rehearsal"), "utf8")).toMatch(/^\w+=[0-9a-f]{32}\n$/);
    await site.close(false);
  });
});
