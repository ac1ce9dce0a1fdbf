import { describe, expect, it } from "vitest";
import { ConnectError } from "../../../src/errors.ts";
import { createMemoryTransport, fakeHost, type MemoryTransport } from "../../../src/testing.ts";
import type { Connection } from "../../../src/transport/transport.ts";
import { command } from "../framing/shells.ts";

function connect(memory: MemoryTransport, host = "app1"): Promise<Connection> {
  return memory.connect(fakeHost(host), { signal: new AbortController().signal, after: undefined });
}

async function stdout(connection: Connection, text: string): Promise<string> {
  return (await connection.exec(command(text), {})).stdout;
}

describe("createMemoryTransport", () => {
  it("answers with success and nothing when it was told nothing", async () => {
    const connection = await connect(createMemoryTransport());
    expect(await connection.flight([command("rm -rf /")], {})).toMatchObject([{ status: "ok", exitCode: 0, stdout: "" }]);
  });

  it("remembers commands and input of each host, in order", async () => {
    const memory = createMemoryTransport();
    const [one, two] = [await connect(memory, "app1"), await connect(memory, "app2")];
    await one.flight([command("a"), command("b", { stdin: "in" })], {});
    await two.exec(command("c"), {});
    expect(memory.commandsOn("app1")).toEqual(["a", "b"]);
    expect(memory.records.map(({ host, text, stdin }) => [host, text, stdin?.toString()])).toEqual([
      ["app1", "a", undefined],
      ["app1", "b", "in"],
      ["app2", "c", undefined],
    ]);
    expect(memory.connects).toEqual(["app1", "app2"]);
  });

  it("takes the first rule that matches, by text, pattern, choice, host and how often", async () => {
    const memory = createMemoryTransport([
      { command: "date", reply: { stdout: "once" }, times: 1 },
      { command: "date", host: "app2", reply: { stdout: "on two" } },
      { command: /^da/g, reply: { stdout: "pattern" } },
      { command: ({ user }) => user === "root", reply: ({ host }) => ({ stdout: `root on ${host.name}` }) },
    ]);
    const [one, two] = [await connect(memory, "app1"), await connect(memory, "app2")];
    expect(await stdout(one, "date")).toBe("once");
    expect([await stdout(one, "date"), await stdout(one, "date"), await stdout(two, "date")]).toEqual([
      "pattern",
      "pattern",
      "on two",
    ]);
    expect((await one.exec(command("id", { user: "root" }), {})).stdout).toBe("root on app1");
  });

  it("takes a function for all commands, and prefers replies that are added", async () => {
    const memory = createMemoryTransport(({ command: { text } }) => (text === "a" ? { stdout: "from function" } : undefined));
    const connection = await connect(memory);
    expect([await stdout(connection, "a"), await stdout(connection, "b")]).toEqual(["from function", ""]);
    memory.reply("a", { stdout: "added" }, { times: 1 });
    expect([await stdout(connection, "a"), await stdout(connection, "a")]).toEqual(["added", "from function"]);
  });

  it("refuses connections to a host", async () => {
    const memory = createMemoryTransport();
    memory.refuse("app2");
    memory.refuse("app3", new Error("own"));
    await connect(memory, "app1");
    await expect(connect(memory, "app2")).rejects.toBeInstanceOf(ConnectError);
    await expect(connect(memory, "app3")).rejects.toThrow("own");
    expect(memory.connects).toEqual(["app1"]);
  });

  it("loses the link during the command it was told, and only that connection's", async () => {
    const memory = createMemoryTransport();
    memory.loseLink("app1", 1);
    const connection = await connect(memory);
    const results = await connection.flight([command("a"), command("b"), command("c")], {});
    expect(results.map(({ status }) => status)).toEqual(["ok", "unknown", "unknown"]);
    expect(results[1]?.cause).toBeInstanceOf(ConnectError);
    expect(memory.commandsOn("app1")).toEqual(["a", "b"]);
    await expect(connection.closed).resolves.toBeInstanceOf(ConnectError);
    await expect(connection.flight([command("d")], {})).rejects.toThrow(/lost/);
    const again = await connect(memory);
    expect(await again.flight([command("d")], {})).toMatchObject([{ status: "ok" }]);
  });

  it("loses the link by a reply, after what it printed", async () => {
    const connection = await connect(createMemoryTransport({ b: { stdout: "half", lost: true } }));
    expect((await connection.flight([command("b")], {}))[0]).toMatchObject({
      status: "unknown",
      stdout: "half",
      exitCode: undefined,
    });
  });
});
