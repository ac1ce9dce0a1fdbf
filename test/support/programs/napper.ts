/** The program of test/runner/machine/sleep-watch-stopped-client.test.ts: a run on real hosts that a test can stop. Arguments: folder and ssh config of the fleet. */
import { createSshTransport } from "../../../src/transport/ssh/transport.ts";
import { rig } from "../../runner/rig.ts";

const [home = "", sshConfig = ""] = process.argv.slice(2);
/** Milliseconds: hosts are patient for three of them. */
const beat = 300;
const transport = createSshTransport({
  env: { PATH: process.env["PATH"] },
  home,
  sshConfig,
  beat,
  keepalive: { interval: beat, count: 3 },
});
const { run } = rig(({ task }) => void task("wait", { commands: (t) => [t.cmd`echo $$ >pid.new; mv pid.new pid; sleep 1000`] }), {
  hosts: "host1 host2",
  transport,
  sleep: { patience: beat },
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
await run("wait");
await transport.close();
