import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { fakeHost } from "../../src/testing.ts";
import { createTransports, TRANSPORT_NAMES, type TransportsOptions } from "../../src/transport/pick.ts";

const options = { ssh: {} as TransportsOptions["ssh"], memory: { id: { stdout: "scripted" } } };
const signal = new AbortController().signal;

describe("createTransports", () => {
  it("knows ssh, openssh, local, dry-run and memory", () => {
    expect(TRANSPORT_NAMES).toEqual(["ssh", "openssh", "local", "dry-run", "memory"]);
  });

  it("gives the same transport each time, by name", () => {
    const transports = createTransports(options);
    for (const name of TRANSPORT_NAMES) {
      expect(transports.get(name).name).toBe(name);
      expect(transports.get(name)).toBe(transports.get(name));
    }
  });

  it("connects with the transport of that name", async () => {
    const transports = createTransports(options);
    const run = async (name: string): Promise<string> => {
      const connection = await transports.get(name).connect(fakeHost("app1"), { signal, after: undefined });
      return (await connection.exec({ kind: "command", text: "id" }, {})).stdout;
    };
    expect(await run("memory")).toBe("scripted");
    expect(await run("dry-run")).toBe("");
    expect(await run("local")).toContain("uid=");
  });

  it("refuses a name that is none, with the ones there are", () => {
    const { get } = createTransports(options);
    expect(() => get("shh")).toThrow(UsageError);
    expect(() => get("shh")).toThrow(expect.objectContaining({ hint: expect.stringContaining('"ssh"') }));
    expect(() => get("toString")).toThrow(expect.objectContaining({ hint: "There are: ssh, openssh, local, dry-run, memory." }));
  });

  it("closes what was connected with, and loads nothing to close it", async () => {
    const transports = createTransports(options);
    transports.get("ssh");
    const connection = await transports.get("memory").connect(fakeHost("app1"), { signal, after: undefined });
    await transports.close();
    await expect(connection.closed).resolves.toBeUndefined();
  });
});
