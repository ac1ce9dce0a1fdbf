import { afterEach, describe, expect, it } from "vitest";
import type { Connection, Transport } from "../../../src/transport/transport.ts";
import { hasOpenssh, opensshTransport } from "../../support/openssh-transport.ts";
import { noServer, type OtherServer, type OtherServerKind, startOtherServer } from "../../support/other-servers.ts";
import { command, connect, fleetTransport, output } from "../../support/ssh-host.ts";
import { startTalker } from "../../support/ssh-talker.ts";
import { startRelay } from "../../support/turn-relay.ts";

let transport: Transport;
let connection: Connection;
const parts: Pick<OtherServer, "stop">[] = [];

const transports = [["ssh", fleetTransport], ...(hasOpenssh ? [["openssh", opensshTransport] as const] : [])] as const;

/** `delay`: milliseconds of the way there, each way. */
async function start(kind: OtherServerKind, delay?: number, create: typeof fleetTransport = fleetTransport): Promise<void> {
  const server = await startOtherServer(kind);
  parts.push(server);
  if (delay !== undefined) {
    const relay = await startRelay({ port: server.port, delay });
    parts.unshift(relay);
    server.configure(relay.port);
  }
  transport = create(server, { grace: 500 });
  connection = await connect(transport, "host1");
}

afterEach(async () => {
  await transport?.close();
  for (const part of parts.splice(0)) await part.stop();
});

const KINDS = ["dropbear", "tinysshd", "AsyncSSH"] as const satisfies readonly OtherServerKind[];

describe.each(KINDS)("a connection to %s", (kind) => {
  const skipped = noServer(kind);

  it.skipIf(skipped !== "")(`hears how a process has ended whose input and outputs had ended before${skipped}`, async () => {
    await start(kind);
    const channel = await connection.open({ script: "exit 3" });
    channel.stdin.end();
    channel.stdout.resume();
    channel.stderr?.resume();
    expect(await channel.ended).toMatchObject({ exitCode: 3 });
  });

  it.skipIf(skipped !== "").each(transports)(
    `has sessions begin while others end, and is there when all have: %s${skipped}`,
    async (_name, create) => {
      await start(kind, 20, create);
      const run = async (index: number): Promise<string> => {
        let said = "";
        for (let time = 0; time < 3; time++) {
          const text = `cat; sleep 0.0${(index * 7 + time * 3) % 10}`;
          said += (await connection.exec(command(text, { stdin: `${time}` }), {})).stdout;
        }
        return said;
      };
      expect(await Promise.all([0, 1, 2, 3].map(run))).toEqual(Array.from({ length: 4 }, () => "012"));
      // What is left behind keeps the shell from serving another flight.
      expect(await output(connection, "sleep 5 >/dev/null 2>&1 & echo left")).toBe("left\n");
      expect(await output(connection, "echo on")).toBe("on\n");
    },
  );
});

describe("a server that gives a session and does not do what is asked for in it", () => {
  it.each([
    [1, "ok"],
    [9, "does not run commands"],
  ])("is asked again, up to a limit: refused %i times, %s", async (times, outcome) => {
    let asked = 0;
    // The first session is the login's.
    const onExec = (reject: () => void): boolean => {
      asked += 1;
      if (asked === 1 || asked > 1 + times) return false;
      reject();
      return true;
    };
    const talker = await startTalker({ ident: "other", authenticate: (attempt) => attempt.accept(), onExec });
    parts.push(talker);
    transport = talker.transport([]);
    connection = await connect(transport, "app");
    const both = Promise.all([output(connection, "sleep 0.2; echo ok"), output(connection, "echo ok")]);
    await expect(both.then(String, String)).resolves.toContain(outcome);
    expect(asked).toBe(Math.min(1 + times + 1, 5));
  });
});
