import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { findSshd, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

describe.skipIf(findSshd() === undefined)("logging in to OpenSSH", () => {
  let fleet: SshdFleet;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
  });

  afterAll(() => fleet.stop());

  it("runs a command with a key from the ssh config", async () => {
    const transport = fleetTransport(fleet);
    const connection = await connect(transport, "host1");
    expect(await output(connection, "pwd; echo $HOME")).toBe(`${fleet.hosts[0]?.home}\n${fleet.hosts[0]?.home}\n`);
    await connection.close();
    await transport.close();
  });
});
