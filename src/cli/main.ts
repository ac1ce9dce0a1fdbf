import type { ExitCode } from "../errors.ts";
import type { Invocation } from "./argv/invocation.ts";
import { readVersion } from "./package/version.ts";
import { printError } from "./print-problems.ts";
import type { CliIo } from "./terminal/io.ts";

/** One command line from argv (without node and script) to the exit code. Never throws: this is the only catch-all. */
export async function main(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let debug = argv.includes("--debug");
  try {
    // Everything below is loaded when it is needed: most of a short command's time is loading.
    const [{ parseInvocation }, { vocabulary }] = await Promise.all([import("./argv/parse-argv.ts"), import("./argv/verbs.ts")]);
    const invocation = parseInvocation(argv, vocabulary);
    debug = invocation.options.debug;
    return await perform(invocation, argv, io);
  } catch (error) {
    return printError(error, io.stderr, { debug, redactor: io.redactor });
  }
}

async function perform(invocation: Invocation, argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { options } = invocation;
  if (options.version) {
    io.stdout.write(`${readVersion()}\n`);
    if (options.verbose) {
      const { listBundled } = await import("./package/bundled.ts");
      io.stdout.write(listBundled());
    }
    return 0;
  }
  if (options.help || argv.length === 0) {
    const { showHelp } = await import("./help/show-help.ts");
    return await showHelp(invocation, io);
  }
  const { callVerb } = await import("./call-verb.ts");
  return await callVerb(invocation, io);
}
