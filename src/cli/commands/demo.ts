import { once } from "node:events";
import { join } from "node:path";
import { type ExitCode, InterruptedError } from "../../errors.ts";
import { createPaint } from "../../report/paint.ts";
import type { Invocation, VerbFunction } from "../argv/invocation.ts";
import { parseInvocation } from "../argv/parse-argv.ts";
import { createDemoSite, DEMO_HOSTS, type DemoSite } from "../demo-site.ts";
import { type CliIo, eyes } from "../terminal/io.ts";
import { runTasks } from "./run.ts";

/** What the demo says between its commands. */
type Say = (text: string) => void;

/** A deploy, another one, and the way back, on two throwaway hosts. The commands are the real ones. */
export const runDemo: VerbFunction = async (invocation, io) => {
  const screen = eyes(io);
  const say: Say = (text) => screen.write(`${createPaint(screen.color).bold(text)}\n`);
  const site = createDemoSite(io.env);
  const stop = new AbortController();
  const dispose = io.onSignal((signal) => stop.abort(new InterruptedError(signal)));
  try {
    say("Starting two SSH servers on this machine, each with a folder of its own ...");
    await site.start();
    const code = await playThrough(site, invocation, say, stop.signal, io);
    if (code !== 0 || !invocation.options.keep) return code;
    say(howToPlay(site));
    await once(stop.signal, "abort");
    return 0;
  } finally {
    await site.remove();
    dispose();
    say("\nRemoved everything.");
  }
};

/** What to commit first, what to call, and whether to look at the pages then. */
const STEPS = [
  { version: "1", line: "-R demo deploy", look: false },
  { version: "2", line: "-R demo deploy", look: false },
  { version: undefined, line: "-R demo releases", look: true },
  { version: undefined, line: "-R demo rollback", look: true },
];

async function playThrough(
  site: DemoSite,
  { options: { reporter, verbose }, vocabulary }: Invocation,
  say: Say,
  signal: AbortSignal,
  io: CliIo,
): Promise<ExitCode> {
  const env = { ...io.env, XDG_CACHE_HOME: join(site.folder, "cache") };
  const shown: CliIo = { ...io, stdout: eyes(io), cwd: site.folder, env };
  for (const { version, line, look } of STEPS) {
    if (version !== undefined) {
      say(`\nCommitting version ${version} of the application ...`);
      await site.commit(version);
    }
    signal.throwIfAborted();
    say(`\n$ fake ${line}`);
    // Verbs that only look have no reporter.
    const reporting = line.endsWith("releases") ? [] : [`--reporter=${reporter}`, ...(verbose ? ["--verbose"] : [])];
    const argv = [`--ssh-config=${site.sshConfig}`, ...reporting, ...line.split(" ")];
    const code = await runTasks(parseInvocation(argv, vocabulary), shown);
    if (code !== 0) return code;
    if (look) say(["\nLive now:", ...DEMO_HOSTS.map((host) => `  ${host}: ${site.livePage(host)}`)].join("\n"));
  }
  signal.throwIfAborted();
  return 0;
}

function howToPlay({ deployfile, sshConfig, repository }: DemoSite): string {
  const fake = `fake -f ${deployfile} --ssh-config ${sshConfig} -R demo`;
  return [
    "\nThe hosts go on running. In another terminal:",
    `  ${fake} releases`,
    `  ${fake} deploy`,
    `  ${fake} exec -- ls -l shop`,
    `  ssh -F ${sshConfig} ${DEMO_HOSTS[0]} cat shop/current/index.html`,
    `  git -C ${repository} log --oneline`,
    "\nctrl-C stops them and removes everything.",
  ].join("\n");
}
