import { join } from "node:path";
import ssh2, { type AuthContext, type Client, type ConnectConfig, type Connection as ServerConnection } from "ssh2";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, output, refusal } from "../../../support/ssh-host.ts";
import { makeKey } from "../../../support/ssh-keys.ts";
import { startTalker, type Talker, type TalkerOptions } from "../../../support/ssh-talker.ts";
import { startRelay } from "../../../support/turn-relay.ts";

describe("the fast login", () => {
  let server: Talker;

  const start = async (options: TalkerOptions = {}): Promise<void> => {
    server = await startTalker(options);
  };
  /** Lines of the ssh config for new keys of these types. */
  const keys = (...types: readonly string[]): string[] =>
    types.map((type, index) => {
      const args = type === "rsa" ? ["-b", "2048"] : [];
      return `IdentityFile ${makeKey(join(server.directory, `id_${index}`), { type, args }).path}`;
    });

  afterEach(() => server.stop());

  it.each(["ed25519", "ecdsa"])("signs with the only key, %s, without asking about it", async (type) => {
    await start();
    const connection = await connect(server.transport(keys(type)), "app");
    expect(server.heard).toEqual([expect.stringMatching(/^signature (ssh-ed25519|ecdsa-)/), "session", "exec"]);
    expect(await output(connection, "echo in")).toBe("in\n");
    await connection.close();
  });

  it("asks first when it is turned off, and when the server is not OpenSSH", async () => {
    await start();
    await (await connect(server.transport(keys("ed25519")), "app", { fastLogin: false })).close();
    expect(server.heard).toEqual(["query ssh-ed25519", "signature ssh-ed25519", "session", "exec"]);
    await server.stop();
    await start({ ident: "dropbear_2022.83" });
    await (await connect(server.transport(keys("ed25519")), "app")).close();
    expect(server.heard).toEqual(["query ssh-ed25519", "signature ssh-ed25519", "session", "exec"]);
  });

  it("never signs with RSA unasked: the server has to say which signatures it takes", async () => {
    await start();
    await (await connect(server.transport(keys("rsa")), "app")).close();
    expect(server.heard).toEqual([expect.stringMatching(/^query/), expect.stringMatching(/^signature/), "session", "exec"]);
  });

  it("signs with one of several keys only: the one that the server says it takes", async () => {
    await start({ authenticate: onlyTake("ecdsa-sha2-nistp256") });
    await (await connect(server.transport(keys("ed25519", "ecdsa", "rsa")), "app")).close();
    expect(server.heard).toEqual([
      "query ssh-ed25519",
      "query ecdsa-sha2-nistp256",
      "signature ecdsa-sha2-nistp256",
      "session",
      "exec",
    ]);
  });

  it("signs unasked with the key of several that worked before on that server", async () => {
    await start({ authenticate: onlyTake("ecdsa-sha2-nistp256") });
    const transport = server.transport(keys("ed25519", "ecdsa"));
    await (await connect(transport, "app")).close();
    server.heard.length = 0;
    await (await connect(transport, "app")).close();
    expect(server.heard).toEqual(["signature ecdsa-sha2-nistp256", "session", "exec"]);
  });

  it("asks nobody for the passphrase of a key before the server has said that it takes it", async () => {
    await start({ authenticate: (attempt) => attempt.reject(["publickey"]) });
    const { path } = makeKey(join(server.directory, "id_locked"), { passphrase: "x" });
    const questions: string[] = [];
    const askSecret = async (question: string): Promise<string> => String(questions.push(question));
    await refusal(connect(server.transport([`IdentityFile ${path}`], { askSecret }), "app"));
    expect(server.heard).toEqual(["query ssh-ed25519", "none"]);
    expect(questions).toEqual([]);
  });

  it("sends no password in the burst, nor anything with it", async () => {
    let turn = (): number => 0;
    const turns: number[] = [];
    const note = (): false => {
      turns.push(turn());
      return false;
    };
    await start({
      onConnection: (connection) => void connection.once("handshake", note),
      authenticate: (attempt) => {
        note();
        if (attempt.method === "password") attempt.accept();
        else attempt.reject(["password"]);
      },
      onSession: note,
      onExec: note,
    });
    const relay = await startRelay({ port: server.port, delay: 10 });
    turn = () => relay.turns()[0] ?? 0;
    const way = [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${server.port}`];
    const config = [...way, "PreferredAuthentications password,publickey", ...keys("ed25519")];
    await (await connect(server.transport(config, { askSecret: async () => "right" }), "app")).close();
    expect(server.heard).toEqual(["password", "session", "exec"]);
    // Keys, password, channel and shell: each when the one before was answered.
    expect(turns).toHaveLength(4);
    expect(turns).toEqual([...new Set(turns)].sort((one, other) => one - other));
    await relay.stop();
  });

  it("signs nothing for a server whose host key is not the known one", async () => {
    await start();
    const knownKey = makeKey(join(server.directory, "other_host")).publicKey;
    const error = await refusal(connect(server.transport(keys("ed25519"), { knownKey }), "app"));
    expect(error).toMatchObject({ code: "HOST_KEY_CHANGED" });
    expect(server.heard).toEqual([]);
  });

  it.each([true, false])("tells a refused key from half a login (fastLogin: %s)", async (fastLogin) => {
    await start({ authenticate: (attempt) => attempt.reject(["publickey"]) });
    const refused = await refusal(connect(server.transport(keys("ed25519")), "app", { fastLogin }));
    expect(refused.message).toContain("refused the login. Tried: ~/id_0. The server takes: publickey.");
    expect(refused.hint).toContain("ssh-copy-id");
    await server.stop();
    await start({ authenticate: wantCode });
    const half = await refusal(connect(server.transport(keys("ed25519")), "app", { fastLogin }));
    expect(half.hint).toContain("wants a second factor");
  });

  it.each([true, false])("opens its session when the second factor was right (fastLogin: %s)", async (fastLogin) => {
    await start({ authenticate: wantCode });
    const transport = server.transport(keys("ed25519"), { askSecret: async () => "123456" });
    const connection = await connect(transport, "app", { fastLogin });
    expect(await output(connection, "echo in")).toBe("in\n");
    const key = fastLogin ? ["signature ssh-ed25519"] : ["query ssh-ed25519", "signature ssh-ed25519"];
    expect(server.heard).toEqual([...key, "keyboard-interactive", "session", "exec"]);
    await connection.close();
  });

  it("logs in again, plainly, to a server that numbers its channels otherwise, where nothing ran", async () => {
    await start({
      onConnection: (connection) => void (connection as unknown as { _chanMgr: { add(value: true): void } })._chanMgr.add(true),
    });
    const notes: string[] = [];
    const transport = server.transport(keys("ed25519"), { onDebug: (text) => notes.push(text) });
    const connection = await connect(transport, "app");
    expect(await output(connection, "echo in")).toBe("in\n");
    const plainly = ["query ssh-ed25519", "signature ssh-ed25519", "session", "exec"];
    expect(server.heard).toEqual(["signature ssh-ed25519", "session", ...plainly]);
    expect(notes).toEqual([expect.stringMatching(/^me@127.*logged in to plainly.*numbers its channels from 1$/)]);
    await connection.close();
    // The next time it is not tried.
    server.heard.length = 0;
    await (await connect(transport, "app")).close();
    // The last session that the first connection asked for, in place of its shell, may be heard only now.
    const [first, ...others] = server.heard;
    expect(first === "session" ? others : server.heard).toEqual(plainly);
  });

  it("logs in again, plainly, when the server knows nothing of the session", async () => {
    let isFirst = true;
    await start({
      onSession(connection) {
        if (isFirst) disconnect(connection, "server_input_channel_req: unknown channel 0");
        const wasFirst = isFirst;
        isFirst = false;
        return wasFirst;
      },
    });
    const connection = await connect(server.transport(keys("ed25519")), "app");
    expect(await output(connection, "echo in")).toBe("in\n");
    expect(server.heard.slice(2)).toEqual(["query ssh-ed25519", "signature ssh-ed25519", "session", "exec"]);
    await connection.close();
  });

  it("does not log in again when it is not sure that nothing ran", async () => {
    await start({
      onSession(connection) {
        disconnect(connection, "I am tired");
        return true;
      },
    });
    const error = await refusal(connect(server.transport(keys("ed25519")), "app"));
    expect(error.name).toBe("ConnectError");
    expect(server.heard).toEqual(["signature ssh-ed25519", "session"]);
  });

  it("is a plain one, and says so, where ssh2 is not what it was", async () => {
    await start();
    const { connect: original } = ssh2.Client.prototype;
    const changed = vi.spyOn(ssh2.Client.prototype, "connect").mockImplementation(function (this: Client, config: ConnectConfig) {
      original.call(this, config);
      (this as unknown as { _agentFwdEnabled: unknown })._agentFwdEnabled = undefined;
      return this;
    });
    const notes: string[] = [];
    const transport = server.transport(keys("ed25519"), { onDebug: (text) => notes.push(text) });
    const connection = await connect(transport, "app");
    changed.mockRestore();
    expect(server.heard).toEqual(["query ssh-ed25519", "signature ssh-ed25519", "session", "exec"]);
    expect(notes).toEqual(["Logins are plain: this version of ssh2 has no _agentFwdEnabled as the fast login knows it."]);
    await connection.close();
  });

  it("says why there is no session", async () => {
    await start({
      onSession(_connection, reject) {
        reject();
        return true;
      },
    });
    expect(await refusal(connect(server.transport(keys("ed25519")), "app"))).toMatchObject({ code: "NO_SESSION" });
  });
});

function onlyTake(algorithm: string): (attempt: AuthContext) => void {
  return (attempt) => {
    if (attempt.method === "publickey" && attempt.key.algo === algorithm) attempt.accept();
    else attempt.reject(["publickey"]);
  };
}

/** A key first, and then a code. */
function wantCode(attempt: AuthContext): void {
  if (attempt.method === "publickey" && attempt.signature === undefined) attempt.accept();
  else if (attempt.method === "publickey") attempt.reject(["keyboard-interactive"], true);
  else if (attempt.method !== "keyboard-interactive") attempt.reject(["publickey"]);
  else {
    attempt.prompt([{ prompt: "Code: ", echo: true }], (answers) => {
      if (answers[0] === "123456") attempt.accept();
      else attempt.reject(["keyboard-interactive"]);
    });
  }
}

/** As sshd does it: with words. ssh2's server has none. */
function disconnect(connection: ServerConnection, words: string): void {
  const { _protocol: protocol } = connection as unknown as {
    _protocol: {
      _packetRW: { write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer } };
      _cipher: { encrypt(packet: Buffer): void };
    };
  };
  const { write } = protocol._packetRW;
  const size = 1 + 4 + 4 + words.length + 4;
  const packet = write.alloc(size);
  let at = write.allocStart;
  packet[at] = 1;
  packet.writeUInt32BE(2, at + 1);
  packet.writeUInt32BE(words.length, at + 5);
  at += 9 + packet.write(words, at + 9);
  packet.writeUInt32BE(0, at);
  protocol._cipher.encrypt(write.finalize(packet));
  connection.end();
}
