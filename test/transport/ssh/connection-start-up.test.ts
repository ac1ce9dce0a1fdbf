import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transport } from "../../../src/transport/transport.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import { command, connect, fleetTransport, output, refusal } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../../support/sshd.ts";

const kinds = [["ssh", fleetTransport] as const, ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])];

describe.skipIf(findSshd() === undefined).each(kinds)(
  `hosts whose start-up files take part in it, by %s${NO_SSHD}`,
  (_name, create) => {
    let fleet: SshdFleet;
    const transports: Transport[] = [];
    let count = 0;

    beforeAll(async () => {
      fleet = await startSshdFleet(0);
    });
    afterAll(async () => {
      await Promise.all(transports.map((transport) => transport.close()));
      await fleet?.stop();
    });

    /** A host that does this in front of each command: a start-up file, or a forced command. */
    async function start(lines: string): Promise<readonly [Transport, string]> {
      const name = `start${++count}`;
      const shell = join(fleet.directory, `${name}.sh`);
      writeFileSync(shell, `#!/bin/bash\n${lines.replaceAll("COUNTER", `${shell}.counter`)}\nexec /bin/sh "$@"\n`, {
        mode: 0o755,
      });
      await fleet.add({ name, shell });
      const transport = create(fleet);
      transports.push(transport);
      return [transport, name];
    }

    it.each([
      ["a line, if there is one", "read -r -t 0.3 line"],
      ["all that is there", "timeout 0.3 cat >/dev/null"],
      ["a few bytes", "timeout 0.3 head -c 7 >/dev/null"],
      ["all that is there, but for the first session", "echo >>COUNTER; [ $(wc -l <COUNTER) = 1 ] || timeout 0.3 cat >/dev/null"],
      ["nothing, and talks", "echo welcome; echo hello >&2"],
    ])("work when these take %s", async (_title, lines) => {
      const connection = await connect(...(await start(lines)));
      const flights = [1, 2, 3].map((number) => output(connection, `sleep 0.1; echo ${number}`));
      expect(await Promise.all(flights)).toEqual(["1\n", "2\n", "3\n"]);
      const input = [1, 2].map((number) => connection.exec(command("sleep 0.1; cat", { stdin: `in ${number}` }), {}));
      expect((await Promise.all(input)).map(({ stdout }) => stdout)).toEqual(["in 1", "in 2"]);
      const channel = await connection.open({ script: "cat" });
      channel.stdin.end("through");
      expect(await text(channel.stdout)).toBe("through");
      await connection.close();
    });

    it("are said to hang, in their own words, when they wait for an answer", async () => {
      const [transport, name] = await start("printf 'Really? ' >&2; read -r answer");
      expect(await refusal(connect(transport, name, { timeout: 1500 }))).toMatchObject({
        code: "LOGIN_HANGS",
        message: expect.stringMatching(/its shell did not start within 1500 ms: .* It said: .*Really\?$/),
        hint: expect.stringContaining("it may read its standard input"),
      });
    });

    it.each([
      ["on stderr", "echo 'no such shell: /bin/\\033[1mksh' >&2; exit 127"],
      ["on stdout", "echo 'no such shell: /bin/ksh'; exit 127"],
    ])("are shown with what they say %s when they let nobody in", async (_title, lines) => {
      expect(await refusal(connect(...(await start(lines))))).toMatchObject({
        code: "NO_SHELL",
        message: expect.stringMatching(/It said: .*no such shell: \/bin\/.*ksh$/),
      });
    });

    it("are shown with what they say when they let nobody in any more", async () => {
      const [transport, name] = await start("echo >>COUNTER; [ $(wc -l <COUNTER) = 1 ] || { echo enough >&2; exit 1; }");
      const connection = await connect(transport, name);
      const first = output(connection, "sleep 0.3; echo first");
      await expect(connection.flight([command("true")], {})).rejects.toMatchObject({
        code: "NO_SHELL",
        message: expect.stringContaining("It said: enough"),
      });
      expect(await first).toBe("first\n");
      await connection.close();
    });
  },
);
