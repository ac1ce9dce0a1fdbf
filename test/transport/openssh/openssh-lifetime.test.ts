import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSupervisor } from "../../../src/transport/openssh/supervisor.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { gone, readPid, recorder, statuses, until } from "../../contracts/transport/support.ts";
import { isAlive } from "../../support/alive.ts";
import { nowhere } from "../../support/nowhere.ts";
import { hasOpenssh, type ObservedSsh, OPENSSH_MISSING, observeSsh, opensshTransport } from "../../support/openssh-transport.ts";
import { command, connect, output } from "../../support/ssh-host.ts";
import { type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

/** Says its process id in a file, whole. */
const LASTING = "sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 1000'";

describe.skipIf(!hasOpenssh)(hasOpenssh ? "a connection of the system's ssh" : OPENSSH_MISSING, () => {
  let fleet: SshdFleet;
  let ssh: ObservedSsh;
  let transport: Transport;

  beforeEach(async () => {
    fleet = await startSshdFleet(1);
    ssh = observeSsh(fleet.directory);
    transport = opensshTransport(fleet, { ssh: ssh.path, grace: 500 });
  });
  afterEach(async () => {
    await transport.close();
    await fleet.stop();
  });

  /** The process that LASTING is on the host. */
  async function lasting(): Promise<number> {
    const path = join(fleet.hosts[0]?.home ?? "", "pid");
    await until(() => existsSync(path));
    return readPid(path);
  }

  /** Nothing of it is left: no process, no socket, no folder. */
  async function leavesNothing(folder = dirname(ssh.socket)): Promise<void> {
    expect(ssh.pids.length).toBeGreaterThan(0);
    expect(ssh.pids.filter(isAlive)).toEqual([]);
    // Nor one that has gone into the background.
    const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
    expect(processes.filter((args) => args.includes(`ControlPath=${ssh.socket} `))).toEqual([]);
    expect(folder).toMatch(/fake-\w+$/);
    expect(existsSync(folder)).toBe(false);
  }

  it("is one process, however much runs at once, in a folder that is ours alone", async () => {
    const connection = await connect(transport, "host1");
    const stdin = connection.exec(command("cat", { stdin: "in" }), {});
    const flights = Array.from({ length: 5 }, (_, index) => output(connection, `sleep 0.1; echo ${index}`));
    expect(await Promise.all(flights)).toEqual(["0\n", "1\n", "2\n", "3\n", "4\n"]);
    expect((await stdin).stdout).toBe("in");
    expect(ssh.pids.length).toBe(1);
    expect(statSync(dirname(ssh.socket)).mode & 0o777).toBe(0o700);
    expect(ssh.args.slice(-2)).toEqual(["--", "host1"]);
    await transport.close();
    await leavesNothing();
  });

  it("is not one that the user's configuration shares, and runs nothing that it names", async () => {
    const knowsFork = spawnSync("ssh", ["-GN", "-F", "none", "-o", "ForkAfterAuthentication=yes", "x"]).status === 0;
    const [socket, ran] = [join(fleet.directory, "shared"), join(fleet.directory, "ran")];
    fleet.configure({
      host1: [
        "ControlMaster auto",
        `ControlPath ${socket}`,
        "ControlPersist 60",
        "RemoteCommand echo remote",
        "RequestTTY force",
        "PermitLocalCommand yes",
        `LocalCommand touch ${ran}`,
        "LocalForward 127.0.0.1:1 127.0.0.1:1",
        "VisualHostKey yes",
        ...(knowsFork ? ["ForkAfterAuthentication yes", "StdinNull yes", "SessionType default", "Match exec true"] : []),
      ],
    });
    // An ssh that goes into the background does so when it has a session.
    expect(await output(await connect(transport, "host1"), "sleep 0.5; echo in")).toBe("in\n");
    expect([existsSync(socket), existsSync(ran)]).toEqual([false, false]);
    await transport.close();
    await leavesNothing();
  });

  it("takes what it runs for unknown when its process is killed, and says why", async () => {
    const connection = await connect(transport, "host1");
    const { onEvent, started } = recorder();
    const flight = connection.flight([command("true"), command(LASTING), command("true")], { onEvent });
    await started(1);
    const pid = await lasting();
    process.kill(ssh.pids[0] ?? 0, "SIGKILL");
    expect(statuses(await flight)).toEqual(["ok", "unknown", "unknown"]);
    expect(await connection.closed).toMatchObject({ code: "CONNECTION_LOST", message: expect.stringContaining("SIGKILL") });
    await expect(connection.flight([command("true")], {})).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await gone(pid);
    await transport.close();
    await leavesNothing();
  });

  it("is lost when the server is", async () => {
    const connection = await connect(transport, "host1");
    expect(await output(connection, "kill -9 $PPID")).toContain("[unknown]");
    expect(await connection.closed).toMatchObject({ code: "CONNECTION_LOST" });
  });

  it("leaves nothing after an attempt that was aborted, refused, or out of time", async () => {
    const controller = new AbortController();
    const aborted = connect(transport, "host1", { signal: controller.signal });
    await until(() => ssh.pids.length > 0);
    controller.abort(new Error("stop"));
    await expect(aborted).rejects.toThrow("stop");
    await expect(connect(transport, "host1", { user: "nobody-of-this-name" })).rejects.toMatchObject({ code: "AUTH_FAILED" });
    const folder = dirname(ssh.socket);
    await expect(connect(transport, "host1", { timeout: 1 })).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT/) });
    await transport.close();
    await leavesNothing(folder);
  });

  it("works, kills and waits where the host allows but one session", async () => {
    await fleet.add({ name: "narrow", config: ["MaxSessions 1", "ForceCommand none"] });
    const connection = await connect(transport, "narrow");
    const flights = await Promise.all(["1", "2", "3"].map((text) => output(connection, `echo ${text}`)));
    expect(flights).toEqual(["1\n", "2\n", "3\n"]);
    expect((await connection.exec(command("cat", { stdin: "x" }), {})).stdout).toBe("x");
    // As with the ssh transport: sshd passes no signals on to sessions of root, and what may still run is unknown.
    const results = await connection.flight([command("sleep 5", { timeout: 300 })], {});
    expect(statuses(results)).toEqual([process.getuid?.() === 0 ? "unknown" : "timed-out"]);
  });

  it("ends at once, with what runs in it", async () => {
    const connection = await connect(transport, "host1");
    const flight = connection.flight([command(LASTING)], {});
    const pid = await lasting();
    await connection.close();
    expect(statuses(await flight)).toEqual(["unknown"]);
    await transport.close();
    await leavesNothing();
    await gone(pid);
  });
});

describe("the supervisor of masters", () => {
  it("ends those that it was not told to forget, and removes its folder", async () => {
    const supervisor = await createSupervisor();
    const [first, second, third] = [1, 2, 3].map(() => spawn("sleep", ["1000"], { stdio: "ignore" }).pid ?? 0);
    try {
      for (const pid of [first, second, third]) supervisor.watch(pid ?? 0);
      supervisor.forget(second ?? 0);
      const folder = dirname(supervisor.nextSocket());
      expect(existsSync(folder)).toBe(true);
      await supervisor.end();
      expect(existsSync(folder)).toBe(false);
      await Promise.all([gone(first ?? 0), gone(third ?? 0)]);
      expect(isAlive(second ?? 0)).toBe(true);
    } finally {
      for (const pid of [first, second, third].filter((one) => isAlive(one ?? 0))) process.kill(pid ?? 0, "SIGKILL");
    }
  });

  it("takes a directory with a short path that means nothing to ssh", async () => {
    const [odd, long] = [join(tmpdir(), "%h"), join(tmpdir(), "x".repeat(80))];
    const supervisor = await createSupervisor([nowhere, odd, long, tmpdir()]);
    expect(supervisor.nextSocket().slice(tmpdir().length)).toMatch(/^\/fake-\w{6}\/1$/);
    await supervisor.end();
    await expect(createSupervisor([nowhere])).rejects.toMatchObject({ code: "NO_SOCKET_FOLDER" });
  });
});
