import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { fakeHost } from "../../src/testing.ts";
import { createTransports, TRANSPORT_NAMES, type TransportsOptions } from "../../src/transport/pick.ts";

const options = { ssh: {} as TransportsOptions["ssh"] };
const signal = new AbortController().signal;

describe("createTransports", () => {
  it("knows ssh, openssh and local", () => {
    expect(TRANSPORT_NAMES).toEqual(["ssh", "openssh", "local"]);
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
    const connection = await transports.get("local").connect(fakeHost("app1"), { signal, after: undefined });
    expect((await connection.exec({ kind: "command", text: "id" }, {})).stdout).toContain("uid=");
    await transports.close();
  });

  it("refuses a name that is none, with the ones there are", () => {
    const { get } = createTransports(options);
    expect(() => get("shh")).toThrow(UsageError);
    expect(() => get("shh")).toThrow(expect.objectContaining({ hint: expect.stringContaining('"ssh"') }));
    expect(() => get("toString")).toThrow(expect.objectContaining({ hint: "There are: ssh, openssh, local." }));
  });

  it("closes what was connected with, and loads nothing to close it", async () => {
    const transports = createTransports(options);
    transports.get("ssh");
    const connection = await transports.get("local").connect(fakeHost("app1"), { signal, after: undefined });
    await transports.close();
    await expect(connection.closed).resolves.toBeUndefined();
  });
});
