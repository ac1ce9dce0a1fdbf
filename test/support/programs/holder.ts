/** The program of test/transport/channel-outlive.test.ts: opens two processes on a host, one that is to stay. Arguments: transport, folder and ssh config of the fleet. */
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import { createOpensshTransport } from "../../../src/transport/openssh/transport.ts";
import { createSshTransport } from "../../../src/transport/ssh/transport.ts";
import { connect } from "../ssh-host.ts";

const [kind = "", home = "", sshConfig = ""] = process.argv.slice(2);
const options = { env: { PATH: process.env["PATH"] }, home, sshConfig };
const create = {
  local: () => createLocalTransport(),
  ssh: () => createSshTransport(options),
  openssh: () => createOpensshTransport(options),
};
const transport = create[kind as keyof typeof create]();
const connection = await connect(transport, kind === "local" ? "localhost" : "host1");
const script = "while :; do echo tick; echo tick >&2; echo tick >>ticks.$$; sleep 0.2; done";
for (const outlive of [true, false]) {
  const channel = await connection.open({ script: `cd ${home} && ${script}`, outlive });
  for (const output of [channel.stdout, channel.stderr]) output?.resume();
  process.stdout.write(`${channel.pid}\n`);
}
