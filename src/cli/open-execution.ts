import { parseDuration } from "../command/duration.ts";
import { createExecution, type Execution } from "../execution/execution.ts";
import type { Emit } from "../runner/events.ts";
import type { InterruptSource } from "../runner/stop.ts";
import type { Options } from "./argv/options.ts";
import { createInterrupts } from "./terminal/interrupts.ts";
import { type CliIo, isInteractive } from "./terminal/io.ts";
import { createPrompter } from "./terminal/prompter.ts";

/** Runs as this command line wants them, asked about and stopped from this terminal. */
export function openExecution(options: Options, io: CliIo, emit?: Emit): Execution & InterruptSource {
  const { cwd, env, now, wrapTransport, onUnheard } = io;
  const interrupts = createInterrupts(io);
  const interactive = isInteractive(io) && !options.nonInteractive;
  const prompter = createPrompter({
    stdin: io.stdin,
    screen: io.stderr,
    redactor: io.redactor,
    interactive,
    onInterrupt: () => interrupts.raise("SIGINT"),
    onPrompt: (state) => emit?.({ kind: "prompt", state }),
  });
  const waitBetween = options.waitBetween === undefined ? undefined : parseDuration(options.waitBetween);
  const { parallel, batch, dryRun, skipUnreachable, noFuse, sshConfig, hostKeys } = options;
  const execution = createExecution({
    ...{ cwd, env, now, wrapTransport, sshConfig, hostKeys, emit, prompter, interrupts, onUnheard },
    askSecret: interactive ? (question) => prompter.ask(question, { secret: true }) : undefined,
    confirmed: options.yes,
    run: { parallel, batch, waitBetween, dryRun: dryRun === true, skipUnreachable, fuse: !noFuse, yes: options.yes },
  });
  return {
    ...execution,
    /** For what is no run: runs listen by themselves. */
    onInterrupt: interrupts.onInterrupt,
    async close() {
      interrupts.dispose();
      await execution.close();
    },
  };
}
