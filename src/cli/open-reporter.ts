import { resolve } from "node:path";
import { createLogFile } from "../report/log-file.ts";
import { createReporter, pickReporter } from "../report/pick.ts";
import type { Reporter } from "../report/reporter.ts";
import { tee } from "../report/tee.ts";
import type { Options } from "./argv/options.ts";
import { type CliIo, eyes } from "./terminal/io.ts";

/**
 * What shows a run. @param own in place of a reporter of runs
 * @throws UsageError when the log file cannot be written
 */
export async function openReporter(options: Options, io: CliIo, own?: Reporter): Promise<Reporter> {
  const { stdout, stderr, now, env } = io;
  const surface = { screen: eyes(io), verbosity: options.verbose ? 1 : 0 } as const;
  const logFile = options.logFile === undefined ? undefined : resolve(io.cwd, options.logFile);
  const onFailure = (error: Error): void => stderr.write(`warning: the log file is not complete: ${error.message}\n`);
  const log = logFile === undefined ? [] : [createLogFile({ path: logFile, clock: () => new Date(), onFailure })];
  const name = pickReporter(options.reporter, { ...surface, env });
  return tee([own ?? (await createReporter(name, { ...surface, stdout, now, logFile })), ...log]);
}
