import { afterAll, beforeAll, describe, expect } from "vitest";
import { allShells } from "../../command/shells.ts";
import { outcomesOf } from "../../elsewhere/outcome.ts";
import { versionOf } from "../../elsewhere/versions.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { givesTerminals, noShReplaced, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

const nameOf = (name: string): string => name.replaceAll(" ", "-");

describe("a host with another /bin/sh", () => {
  let fleet: SshdFleet;
  let hasTerminals = false;
  beforeAll(async () => {
    if (noShReplaced !== undefined) return;
    fleet = await startSshdFleet(0);
    for (const { name, path, missing } of allShells) if (missing === undefined) await fleet.add({ name: nameOf(name), sh: path });
    hasTerminals = givesTerminals(fleet, "dash");
  });
  afterAll(() => fleet?.stop());

  for (const { name, missing } of allShells) {
    const on = outcomesOf({ table: "shells", name, version: versionOf(name), missing: missing ?? noShReplaced });

    on("commands, with input too, and an end to them", async () => {
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
        const there = command("test -t 0 && read -r line && echo $line", { pty: true, stdin: "typed\n" });
        if (hasTerminals) expect((await connection.exec(there, {})).stdout).toMatch(/^typed\r?\n(?:typed\r?\n)?$/);
      } finally {
        await connection.close();
        await transport.close?.();
      }
    });
  }
});
