import type { VerbOutcome } from "../../dsl/verb.ts";
import type { ExitCode } from "../../errors.ts";
import { selectTarget } from "../../prepare/target.ts";
import type { Invocation } from "../argv/invocation.ts";
import { openApp } from "../open-app.ts";
import { type ExecWork, execCommand, exitCodeOfEach } from "../run-on-each.ts";
import { drawOutcomes } from "../tables/exec-table.ts";
import type { CliIo } from "../terminal/io.ts";

/** Runs one command on many hosts. */
export async function runExec(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { options, words } = invocation;
  const app = await openApp(invocation, io);
  const target = await selectTarget(app, { ...options, redactor: io.redactor });
  // A single word is shell text; several are one argv, each of them quoted.
  const toCommand: ExecWork["toCommand"] = (t) => (words.length === 1 ? t.cmd(words[0] ?? "") : t.cmd(words));
  const { outcomes, results } = await execCommand({ options, target, toCommand }, io);
  if (options.json) io.stdout.write(`${JSON.stringify(outcomes.map(toPlain), null, 2)}\n`);
  else drawOutcomes(outcomes, io);
  return exitCodeOfEach(results);
}

function toPlain({ host, status, exitCode, stdout, stderr, truncated, error }: VerbOutcome): Record<string, unknown> {
  return { host, status, exitCode: exitCode ?? null, stdout, stderr, truncated, error };
}
