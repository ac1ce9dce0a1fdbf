import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ExitCode, InterruptedError } from "../../errors.ts";
import { createPaint } from "../../report/paint.ts";
import type { Invocation } from "../argv/invocation.ts";
import { parseInvocation } from "../argv/parse-argv.ts";
import { createDemoSite, type DemoSite } from "../demo-site.ts";
import { createInterrupts, type Interrupts } from "../terminal/interrupts.ts";
import { type CliIo, eyes } from "../terminal/io.ts";
import { runTasks } from "./run.ts";

/** What the demo says between its commands. */
type Say = (text: string) => void;

/** A deploy, another one, and the way back, on two throwaway hosts. The commands are the real ones. */
export async function runDemo(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const screen = eyes(io);
  const say: Say = (text) => screen.write(`${createPaint(screen.color).bold(text)}\n`);
  const interrupts = createInterrupts(io);
  let site: DemoSite | undefined;
  try {
    say("Starting two SSH servers on this machine, each with a folder of its own ...");
    site = await createDemoSite(io.env);
    const code = await playThrough(site, invocation, say, interrupts, io);
    if (code !== 0 || !invocation.options.keep) return code;
    say(howToPlay(site));
    await nextInterrupt(interrupts);
    return 0;
  } finally {
    await site?.remove();
    interrupts.dispose();
    if (site !== undefined) say("\nRemoved everything.");
  }
}

async function playThrough(
  site: DemoSite,
  { options: { reporter, verbose }, vocabulary }: Invocation,
  say: Say,
  interrupts: Interrupts,
  io: CliIo,
): Promise<ExitCode> {
  const env = { ...io.env, XDG_CACHE_HOME: join(site.folder, "cache") };
  const shown: CliIo = { ...io, stdout: eyes(io), cwd: site.folder, env };
  const extra = [`--ssh-config=${site.sshConfig}`, `--reporter=${reporter}`, ...(verbose ? ["--verbose"] : [])];
  let stopped: ExitCode | undefined;
  const dispose = interrupts.onInterrupt((signal) => {
    stopped ??= new InterruptedError(signal).exitCode;
  });
  const run = async (...argv: string[]): Promise<ExitCode> => {
    if (stopped !== undefined) return stopped;
    say(`\n$ fake ${argv.join(" ")}`);
    // Verbs that only look have no reporter.
    const more = argv.includes("releases") ? extra.slice(0, 1) : extra;
    return await runTasks(parseInvocation([...more, ...argv], vocabulary), shown);
  };
  const deploy = async (version: string): Promise<ExitCode> => {
    say(`\nCommitting version ${version} of the application ...`);
    await site.commit(version);
    return await run("-R", "demo", "deploy");
  };
  const look = async (): Promise<ExitCode> => {
    say("\nLive now:");
    for (const host of site.hosts) say(`  ${host}: ${readFileSync(site.livePage(host), "utf8").trim()}`);
    return 0;
  };
  const rollBack = (): Promise<ExitCode> => run("-R", "demo", "rollback");
  try {
    for (const step of [() => deploy("1"), () => deploy("2"), () => run("-R", "demo", "releases"), look, rollBack, look]) {
      const code = await step();
      if (code !== 0) return code;
    }
    return stopped ?? 0;
  } finally {
    dispose();
  }
}

function howToPlay({ folder, deployfile, sshConfig, hosts }: DemoSite): string {
  const fake = `fake -f ${deployfile} --ssh-config ${sshConfig} -R demo`;
  return [
    "\nThe hosts go on running. In another terminal:",
    `  ${fake} releases`,
    `  ${fake} deploy`,
    `  ${fake} exec -- ls -l shop`,
    `  ssh -F ${sshConfig} ${hosts[0]} cat shop/current/index.html`,
    `  git -C ${join(folder, "repository")} log --oneline`,
    "\nctrl-C stops them and removes everything.",
  ].join("\n");
}

function nextInterrupt(interrupts: Interrupts): Promise<void> {
  return new Promise((resolve) => void interrupts.onInterrupt(() => resolve()));
}
