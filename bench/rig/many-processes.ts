/**
 * Many processes of `fake-deploy/process` as it is built, in a program of its own: prints what became of them as JSON.
 *
 *   node many-processes.mjs sequence|at-once|stream|terminate COUNT [BYTES | MILLISECONDS OF A ROUND TRIP]
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Launcher } from "../../src/process.ts";

const { createLauncher, waitAll } = (await import(
  pathToFileURL(join(process.cwd(), "dist/process.js")).href
)) as typeof import("../../src/process.ts");

const [kind = "", count = 0, amount = 0] = process.argv.slice(2).map((word, at) => (at === 0 ? word : Number(word))) as [
  string,
  number,
  number,
];
/** As often as it takes: so many processes on each host as on any other, or one more. */
const hosts = Array.from({ length: count }, (_, at) => `host${(at % Number(process.env.RIG_N)) + 1}`);

/** Each prints its number: bytes that are missing. */
async function runInSequence(launcher: Launcher): Promise<object> {
  let lost = 0;
  for (let at = 0; at < count; at++) {
    const { stdout } = await launcher.process(`echo ${at}`).run();
    lost += missing(`${at}\n`, stdout);
  }
  return { lost };
}

async function runAtOnce(launcher: Launcher): Promise<object> {
  const actions = Array.from({ length: count }, (_, at) => launcher.local(`echo ${at}`).start());
  await waitAll(actions);
  return { lost: actions.reduce((sum, { processes: [one] }, at) => sum + missing(`${at}\n`, one?.stdout ?? ""), 0) };
}

async function stream(launcher: Launcher): Promise<object> {
  let bytes = 0;
  const streams = launcher.remote(hosts, `head -c ${amount} /dev/zero`, {
    keep: "none",
    onOutput: ({ text }) => {
      bytes += text.length;
    },
  });
  await streams.run();
  return { lost: Math.abs(count * amount - bytes), failed: streams.processes.filter(({ finishedOk }) => !finishedOk).length };
}

/** How long after the signal the last one is known to have ended. */
async function terminate(launcher: Launcher): Promise<object> {
  const sleepers = launcher.remote(hosts, "echo up; exec sleep 600").start();
  const up = await sleepers.expect("up", { timeout: "120s" });
  const started = performance.now();
  await sleepers.kill().wait();
  const trips = (performance.now() - started) / amount;
  return { trips, failed: up.filter(({ match }) => match === undefined).length };
}

function missing(expected: string, actual: string): number {
  return actual === expected ? 0 : Math.max(1, Math.abs(expected.length - actual.length));
}

const KINDS = { sequence: runInSequence, "at-once": runAtOnce, stream, terminate };
const launcher = createLauncher({ sshConfig: process.env.RIG_SSH_CONFIG });
try {
  console.log(JSON.stringify(await KINDS[kind as keyof typeof KINDS](launcher)));
} finally {
  await launcher.close();
}
