import type { VerbOutcome } from "../../dsl/verb.ts";
import { selectTarget } from "../../prepare/target.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { openApp } from "../open-app.ts";
import { execCommand, type ToCommand } from "../run-on-each.ts";
import { drawOutcomes } from "../tables/exec-table.ts";

/** Runs one command on many hosts. */
export const runExec: VerbFunction = async (invocation, io) => {
  const { options, words } = invocation;
  const app = await openApp(invocation, io);
  const target = await selectTarget(app, { ...options, redactor: io.redactor });
  // A single word is shell text; several are one argv, each of them quoted.
  const toCommand: ToCommand = (t) => (words.length === 1 ? t.cmd(words[0] ?? "") : t.cmd(words));
  const { outcomes, exitCode } = await execCommand(toCommand, target, options, io);
  if (options.json) io.stdout.write(`${JSON.stringify(outcomes.map(toPlain), null, 2)}\n`);
  else drawOutcomes(outcomes, io);
  return exitCode;
};

function toPlain({ host, status, exitCode, stdout, stderr, truncated, error }: VerbOutcome): Record<string, unknown> {
  return { host, status, exitCode: exitCode ?? null, stdout, stderr, truncated, error };
}
