import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { holdTransport } from "../../src/rehearse/hold.ts";
import { createMemoryTransport } from "../../src/transport/memory/transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { command, host } from "../support/ssh-host.ts";

const folder = mkdtempSync(join(tmpdir(), "fake-hold-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const redirect = { hosts: { app1: { address: "127.0.0.1", port: 2200, settings: {} } }, local: false };
const reached: string[] = [];
const memory = createMemoryTransport();
const real = (name: string): Transport => ({
  name,
  close: () => memory.close(),
  connect(where, options) {
    reached.push(`${where.address}:${where.port}`);
    return memory.connect(where, options);
  },
});
const wrap = holdTransport({ mark: undefined, flightsFile: join(folder, "flights"), redirect });
const connect = (transport: Transport, name: string) =>
  transport.connect(host(name), { signal: new AbortController().signal, after: undefined });

describe("the transport of a rehearsal", () => {
  it("reaches throwaway hosts in the place of those that are named", async () => {
    const connection = await connect(wrap(real("ssh")), "app1");
    expect(reached).toEqual(["127.0.0.1:2200"]);
    expect(connection.host.address).toBe("app1");
  });

  it.each(["ssh", "openssh"])("reaches no other host by %s", async (name) => {
    reached.length = 0;
    await expect(connect(wrap(real(name)), "db1.example.com")).rejects.toThrow("it is not reached");
    expect(reached).toEqual([]);
  });

  it("counts no look that nobody is told of as a step of the run", async () => {
    const connection = await connect(wrap(real("ssh")), "app1");
    await connection.flight([command("hash build")], {});
    await connection.flight([command("build")], { onEvent: () => undefined });
    expect(readFileSync(join(folder, "flights"), "utf8")).toBe('[{"host":"app1","label":"build","turn":1}]\n');
  });

  it("runs nothing on this machine, unless asked to", async () => {
    reached.length = 0;
    await expect(connect(wrap(real("local")), "local")).rejects.toMatchObject({ code: "NOT_REHEARSED" });
    expect(reached).toEqual([]);
    const asked = holdTransport({
      mark: undefined,
      flightsFile: join(folder, "flights"),
      redirect: { ...redirect, local: true },
    });
    await connect(asked(real("local")), "local");
    expect(reached).toHaveLength(1);
  });
});
