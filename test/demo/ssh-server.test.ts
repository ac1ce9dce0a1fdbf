import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import ssh2, { type ClientChannel } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSshKeyPair } from "../../src/demo/ssh-key-pair.ts";
import { type SshServer, startSshServer } from "../../src/demo/ssh-server.ts";
import { createSshTransport } from "../../src/transport/ssh/transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { removeHome } from "../support/home.ts";
import { command, connect, output, refusal } from "../support/ssh-host.ts";
import { writeKey } from "../support/ssh-keys.ts";
import { findProgram } from "../support/sshd.ts";
import { unless } from "../support/unless.ts";

const run = promisify(execFile);

const noSsh = unless(findProgram("ssh") !== undefined, "no ssh");

describe("createSshKeyPair", () => {
  it("makes keys that can be read again, every time", () => {
    for (let round = 0; round < 1500; round++) {
      const { privateKey, publicKey } = createSshKeyPair();
      const key = ssh2.utils.parseKey(privateKey);
      if (key instanceof Error) throw key;
      if (round === 0) expect(publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+$/);
    }
  });
});

describe("the throwaway SSH server", () => {
  let directory: string;
  let server: SshServer;
  let transport: Transport;

  const withKey = (name: string): Transport => {
    const file = join(directory, `config-${name}`);
    writeFileSync(
      file,
      `Host demo\nHostName 127.0.0.1\nPort ${server.port}\nIdentityFile ${directory}/${name}\nUserKnownHostsFile ${directory}/known_hosts\n`,
    );
    return createSshTransport({ env: { PATH: process.env.PATH }, home: directory, sshConfig: file });
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fake-demo-"));
    const { publicKey } = writeKey(join(directory, "id"));
    writeKey(join(directory, "stranger"));
    server = await startSshServer({
      home: directory,
      authorizedKeys: [publicKey],
      env: { GREETING: "hello", PATH: process.env.PATH ?? "" },
    });
    writeFileSync(join(directory, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    transport = withKey("id");
  });

  afterAll(async () => {
    await server.close();
    await removeHome(directory);
  });

  it("runs commands in the home directory, with the environment it was given", async () => {
    const connection = await connect(transport, "demo");
    expect(await output(connection, 'pwd; echo "$HOME $GREETING"; echo "${FAKE_SECRET_OF_THE_PARENT-unset}"')).toBe(
      `${directory}\n${directory} hello\nunset\n`,
    );
    await connection.close();
  });

  it("lets in authorized keys only", async () => {
    expect(await refusal(connect(withKey("stranger"), "demo"))).toMatchObject({ code: "AUTH_FAILED" });
  });

  it("gives no terminal, and says so", async () => {
    const connection = await connect(transport, "demo");
    await expect(connection.exec(command("tty", { pty: true }), {})).rejects.toMatchObject({ code: "PTY_REFUSED" });
    expect(await output(connection, "echo still here")).toBe("still here\n");
    await connection.close();
  });

  it("passes on what did not fit into the client's window, once and in order", async () => {
    const client = new ssh2.Client();
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.on("error", reject).on("ready", () => {
        client.exec("seq 1 1200000; seq 1 1200000 >&2", (error, opened) =>
          error === undefined ? resolve(opened) : reject(error),
        );
      });
      const privateKey = readFileSync(join(directory, "id"), "utf8");
      client.connect({ host: "127.0.0.1", port: server.port, username: "me", privateKey, hostVerifier: () => true });
    });
    const expected = `${Array.from({ length: 1_200_000 }, (_, index) => index + 1).join("\n")}\n`;
    const windowFull = async (): Promise<void> => {
      while ((channel.incoming as { window: number }).window > 0) await delay(5);
    };
    // One stream is read to its end while the other has to wait, and then that one.
    for (const stream of [channel, channel.stderr] as const) {
      await windowFull();
      let text = "";
      await new Promise<void>((resolve) => {
        stream.on("data", (chunk: Buffer) => {
          text += chunk.toString("latin1");
          if (text.length >= expected.length) resolve();
        });
      });
      expect(text === expected).toBe(true);
    }
    client.end();
  });

  it.skipIf(findProgram("ssh") === undefined)(`serves OpenSSH's client too${noSsh}`, async () => {
    const args = ["-F", join(directory, "config-id"), "-o", "BatchMode=yes", "demo", "echo out; echo err >&2; exit 3"];
    await expect(run("ssh", args)).rejects.toMatchObject({ code: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("ends what runs when it is closed", async () => {
    const other = await startSshServer({ home: directory, authorizedKeys: [writeKey(join(directory, "short")).publicKey] });
    writeFileSync(join(directory, "known_hosts"), `[127.0.0.1]:${other.port} ${other.hostKey}\n`);
    const file = join(directory, "config-other");
    writeFileSync(
      file,
      `Host demo\nHostName 127.0.0.1\nPort ${other.port}\nIdentityFile ${directory}/short\nUserKnownHostsFile ${directory}/known_hosts\n`,
    );
    const connection = await connect(
      createSshTransport({ env: { PATH: process.env.PATH }, home: directory, sshConfig: file }),
      "demo",
    );
    const flight = connection.flight([command("sleep 300")], {
      onEvent: (event) => event.kind === "started" && void other.close(),
    });
    const [result] = await flight;
    expect(result?.status).not.toBe("ok");
    await connection.close();
  });
});
