import { once } from "node:events";
import { createConnection, type LookupFunction, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SshTransportOptions } from "../../../src/transport/ssh/options.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { hasOpenssh, OPENSSH_MISSING, opensshTransport } from "../../support/openssh-transport.ts";
import { connect, fleetTransport, output, refusal } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

type Create = (fleet: SshdFleet, options: Partial<SshTransportOptions>) => Transport;
const transports: readonly (readonly [string, Create])[] = [
  ["ssh", fleetTransport],
  ...(hasOpenssh ? [["openssh", opensshTransport] as const] : []),
];
const missing = hasOpenssh ? "" : ` (${OPENSSH_MISSING})`;

describe.skipIf(findSshd() === undefined)(`a server that takes one login at a time, MaxStartups 1:100:1${missing}`, () => {
  let fleet: SshdFleet;

  beforeAll(async () => {
    fleet = await startSshdFleet(1, { config: ["MaxStartups 1:100:1"] });
  });
  afterAll(() => fleet?.stop());

  /** One that never logs in, and has been let in. */
  async function takeThePlace(): Promise<Socket> {
    for (;;) {
      const socket = createConnection(fleet.hosts[0]?.port ?? 0, "127.0.0.1");
      const greeting = await Promise.race([once(socket, "data"), once(socket, "close")]).catch(() => []);
      if (String(greeting[0]).startsWith("SSH-")) return socket;
      socket.destroy();
      await delay(20);
    }
  }

  it.each(transports)("lets in all of ten that come at once: they come again, fewer at a time (%s)", async (_name, create) => {
    const said: string[] = [];
    const transport = create(fleet, { onDebug: (text) => said.push(text) });
    const connections = await Promise.all(Array.from({ length: 10 }, () => connect(transport, "host1")));
    const outputs = await Promise.all(connections.map((connection, index) => output(connection, `echo ${index}`)));
    expect(outputs).toEqual(Array.from({ length: 10 }, (_, index) => `${index}\n`));
    expect(said.join("\n")).toMatch(/127\.0\.0\.1 port \d+ .* It is tried again\./);
    await transport.close();
  });

  it.each(transports)("is given up in the end, with what to do about it (%s)", async (_name, create) => {
    const other = await takeThePlace();
    const transport = create(fleet, { backOff: [1, 1] });
    const error = await refusal(connect(transport, "host1"));
    other.destroy();
    expect(error).toMatchObject({
      name: "ConnectError",
      code: expect.stringMatching(/^(SERVER_BUSY|NOT_SSH)$/),
      message: expect.stringMatching(/It was tried 3 times\.$/),
      hint: expect.stringContaining("MaxStartups"),
    });
    await transport.close();
  });
});

describe.skipIf(findSshd() === undefined)(`a name server that does not answer${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  const silent = Object.assign(new Error("getaddrinfo EAI_AGAIN app.internal"), { code: "EAI_AGAIN" });

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    fleet.configure({ host1: ["HostName app.internal", `HostKeyAlias [127.0.0.1]:${fleet.hosts[0]?.port}`] });
  });
  afterAll(() => fleet?.stop());

  it("is asked again, and the host is reached when it does", async () => {
    let asked = 0;
    const lookup: LookupFunction = (_name, options, answer) => {
      asked += 1;
      if (asked < 3) answer(silent, "");
      else if (options.all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
      else answer(null, "127.0.0.1", 4);
    };
    const transport = fleetTransport(fleet, { lookup, backOff: [1, 1, 1] });
    expect(await output(await connect(transport, "host1"), "echo in")).toBe("in\n");
    expect(asked).toBe(3);
    await transport.close();
  });

  it("is given up in the end, and a name that does not exist at once", async () => {
    const lookup: LookupFunction = (_name, _options, answer) => answer(silent, "");
    const error = await refusal(connect(fleetTransport(fleet, { lookup, backOff: [1, 1, 1] }), "host1"));
    expect(error).toMatchObject({
      name: "ConnectError",
      code: "NAME_SERVER_SILENT",
      message: "No name server says which address app.internal has. It was tried 4 times.",
      hint: expect.stringContaining("DNS"),
    });
    let asked = 0;
    const unknown: LookupFunction = (_name, _options, answer) => {
      asked += 1;
      answer(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }), "");
    };
    expect(await refusal(connect(fleetTransport(fleet, { lookup: unknown }), "host1"))).toMatchObject({ code: "HOST_NOT_FOUND" });
    expect(asked).toBe(1);
  });

  it("holds up no run that is stopped meanwhile", async () => {
    const stop = new AbortController();
    const lookup: LookupFunction = (_name, _options, answer) => {
      answer(silent, "");
      setImmediate(() => stop.abort(new Error("stopped")));
    };
    const transport = fleetTransport(fleet, { lookup, backOff: [600_000] });
    await expect(connect(transport, "host1", { signal: stop.signal })).rejects.toThrow();
    expect(stop.signal.aborted).toBe(true);
  });
});
