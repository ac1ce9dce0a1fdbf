import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allShells } from "../../command/shells.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { canReplaceSh, findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";
import { unless } from "../../support/unless.ts";

const shells = allShells.filter(({ missing }) => missing === undefined);
const isPlayed = findSshd() !== undefined && canReplaceSh;
const why = NO_SSHD || unless(canReplaceSh, "no file systems of its own");

const nameOf = (name: string): string => name.replaceAll(" ", "-");

describe.skipIf(!isPlayed)(`a host with another /bin/sh${why}`, () => {
  let fleet: SshdFleet;
  beforeAll(async () => {
    fleet = await startSshdFleet(0);
    for (const { name, path } of shells) await fleet.add({ name: nameOf(name), sh: path });
  });
  afterAll(() => fleet.stop());

  it.each(shells)("runs commands, with input too, and ends them: $name", async ({ name }) => {
    const transport = fleetTransport(fleet);
    const connection = await connect(transport, nameOf(name));
    try {
      const first = await connection.flight(
        [command("echo one; echo eins >&2; exit 3", { acceptError: true }), command("sleep 0.01 & wait; echo two")],
        {},
      );
      expect(first.map(({ status, exitCode, stdout, stderr }) => [status, exitCode, stdout, stderr])).toEqual([
        ["failed", 3, "one\n", "eins\n"],
        ["ok", 0, "two\n", ""],
      ]);
      const read = await connection.exec(command("read -r first; cat; exit 4", { stdin: "one\ntwo" }), {});
      expect([read.exitCode, read.stdout]).toEqual([4, "two"]);
      const [slow] = await connection.flight([command("echo begun; sleep 60", { timeout: 0.3 })], {});
      expect([slow?.status, slow?.stdout]).toEqual(["timed-out", "begun\n"]);
      expect(await output(connection, "echo on")).toBe("on\n");
    } finally {
      await connection.close();
      await transport.close?.();
    }
  });
});
