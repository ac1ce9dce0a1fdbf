/** Starts processes on the hosts that are named, and waits to be ended: node spawner.mjs SSH_CONFIG TRANSPORT COMMAND HOST... */
import { createLauncher } from "../../../src/process.ts";

const [sshConfig = "", transport = "", command = "", ...hosts] = process.argv.slice(2);
const launcher = createLauncher({ sshConfig, connect: { transport } });
const running = launcher.remote(hosts, command, { pty: false }).start();
await running.expect("\n");
const outputs = running.processes.map(({ stdout }) => stdout.trim());
const local = launcher.process(command).start();
await local.expect("\n");
process.stdout.write(`${[...outputs, local.stdout.trim()].join(" ")}\n`);
await local.wait();
