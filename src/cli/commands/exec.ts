import type { VerbOutcome } from "../../dsl/verb.ts";
import { type ExitCode, type Problem, ProblemsError } from "../../errors.ts";
import { planFor } from "../../graph/build-plan.ts";
import { type RunTarget, selectTarget } from "../../prepare/target.ts";
import { pickReporter } from "../../report/pick.ts";
import type { Reporter } from "../../report/reporter.ts";
import { meansUnreachable } from "../../runner/order/connect.ts";
import type { RunResult } from "../../runner/result.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { waitsForNothing } from "../argv/prepare-invocation.ts";
import { createFoldReporter } from "../exec/fold.ts";
import { createHoldBack } from "../exec/hold-back.ts";
import { createSharedInput } from "../exec/input.ts";
import { createStatus } from "../exec/status.ts";
import { createStreamReporter } from "../exec/stream.ts";
import { openApp } from "../open-app.ts";
import { openExecution } from "../open-execution.ts";
import { openReporter } from "../open-reporter.ts";
import { graphOfCommand, type ToCommand } from "../run-on-each.ts";
import { withSshConfig } from "../ssh-config.ts";
import { drawDifferences } from "../tables/exec-diff.ts";
import { drawOutcomes } from "../tables/exec-table.ts";
import type { CliIo } from "../terminal/io.ts";

/** Runs one command on many hosts, each for itself. */
export const runExec: VerbFunction = async (invocation, io) => {
  const { words } = invocation;
  checkOptions(invocation.options);
  const app = await openApp(invocation, io);
  const target = await selectTarget(app, { ...invocation.options, redactor: io.redactor });
  const options = await withSshConfig(invocation.options, io, app, target);
  const hosts = target.hosts.map(({ host }) => host.id);
  const input = createSharedInput(io.stdin, hosts, (options.parallel ?? hosts.length) < hosts.length);
  const { timeout, as } = options;
  const toCommand: ToCommand = (t) => {
    const stdin = input?.of(t.host.id);
    // The first ctrl-C ends it: nothing is left half done that the user did not start by hand.
    const { cmd } = as === undefined ? t : t.as(as);
    const verb = cmd({ idle: true, timeout, stdin });
    // A single word is shell text; several are one argv, each of them quoted.
    return words.length === 1 ? verb(words[0] ?? "") : verb(words);
  };
  const reporter = await openReporter(options, io, ownReporter(options, io, target, hosts));
  const execution = openExecution(options, io, (event) => {
    if (event.kind === "taskFinished") input?.leave(event.host);
    reporter.on(event);
  });
  try {
    const graph = graphOfCommand(toCommand);
    const plan = planFor(
      graph,
      ["exec"],
      target.hosts.map(({ host }) => host),
    );
    const result = await execution.run({ plan, graph, target, last: true, eachForItself: true });
    return exitCodeOf(result, options);
  } finally {
    input?.close();
    await reporter.end();
    await execution.close();
  }
};

/** Undefined where a reporter of runs was asked for. */
function ownReporter(options: Options, io: CliIo, target: Pick<RunTarget, "hosts">, hosts: readonly string[]) {
  if (options.reporter !== "auto") return undefined;
  // Where a run would be drawn.
  const isDrawn = hosts.length > 1 && pickReporter("auto", { screen: io.stderr, verbosity: 0, env: io.env }) === "tree";
  const status = isDrawn ? createStatus({ ...io, hosts }) : undefined;
  const reporter = inForm(options, { ...io, ...status?.screens }, target, hosts);
  return status?.below(reporter) ?? reporter;
}

function inForm(
  options: Options,
  { stdout, stderr, now }: Pick<CliIo, "stdout" | "stderr" | "now">,
  target: Pick<RunTarget, "hosts">,
  hosts: readonly string[],
): Reporter {
  if (options.json)
    return createFoldReporter(target, stderr, (all) => stdout.write(`${JSON.stringify(all.map(toPlain), null, 2)}\n`));
  const fold = createFoldReporter(target, stderr, (all) =>
    (options.diff ? drawDifferences : drawOutcomes)(all, { stdout, stderr }),
  );
  if (options.fold || options.diff) return fold;
  const isLeftOut = (code: string | undefined): boolean => options.skipUnreachable && meansUnreachable(code);
  const stream: Reporter = createStreamReporter({ stdout, stderr, hosts, verbose: options.verbose, isLeftOut });
  return stdout.isTTY && !options.verbose ? createHoldBack({ hosts, stream, fold, now }) : stream;
}

/** Where hosts that cannot be reached are to be skipped, the others decide: as long as there are some. */
function exitCodeOf({ exitCode, failures, hosts, interrupted }: RunResult, { skipUnreachable }: Options): ExitCode {
  const mayBeSkipped = skipUnreachable && interrupted === undefined && hosts.some(({ status }) => status === "ok");
  return mayBeSkipped && failures.every(({ error }) => meansUnreachable(error.code)) ? 0 : exitCode;
}

/** What contradicts itself. @throws ProblemsError */
function checkOptions(options: Options): void {
  const { json, fold, diff, verbose, reporter } = options;
  // What differs is a way to fold.
  const folded = diff ? "--diff" : "--fold";
  const forms = [
    ...(json ? ["--json"] : []),
    ...(fold || diff ? [folded] : []),
    ...(reporter === "auto" ? [] : [`--reporter ${reporter}`]),
  ];
  const problems: Problem[] = waitsForNothing(options);
  if (forms.length > 1)
    problems.push({ message: `${forms.join(" and ")} are two forms of one output.`, hint: "Take one of them." });
  if (verbose && (json || fold || diff))
    problems.push({
      message: `-v shows output as it comes, and ${json ? "--json" : folded} at the end.`,
      hint: "Take one of them.",
    });
  if (problems.length > 0) throw new ProblemsError("USAGE", problems);
}

function toPlain({ host, status, exitCode, stdout, stderr, truncated, error }: VerbOutcome): Record<string, unknown> {
  return { host, status, exitCode: exitCode ?? null, stdout, stderr, truncated, error };
}
