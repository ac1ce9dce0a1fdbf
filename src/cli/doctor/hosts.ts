import type { Declared, DoctorCheck, Finding, VerbOutcome } from "../../dsl/verb.ts";
import type { RunTarget } from "../../prepare/target.ts";
import type { Emit } from "../../runner/events.ts";
import { showLocation, toOwnError } from "../../source-location.ts";
import type { Options } from "../argv/options.ts";
import { createOutcomes } from "../exec-outcomes.ts";
import { openExecution } from "../open-execution.ts";
import { runCommand, type ToCommand } from "../run-on-each.ts";
import type { CliIo } from "../terminal/io.ts";
import { fail, ok, toFinding } from "./finding.ts";

/** Connects to each host, and looks there at what recipes want looked at. Changes nothing. */
export async function checkHosts(
  options: Options,
  target: RunTarget,
  checks: readonly Declared<DoctorCheck>[],
  io: CliIo,
): Promise<readonly Finding[]> {
  let hear: Emit = () => undefined;
  const execution = openExecution(options, io, (event) => hear(event));
  const look = async (command: ToCommand, on: RunTarget): Promise<readonly VerbOutcome[]> => {
    const outcomes = createOutcomes(on, io.stderr);
    hear = outcomes.hear;
    await runCommand(command, { execution, target: on, parallel: options.parallel });
    return outcomes.all();
  };
  try {
    const connected = await look((t) => t.cmd({ timeout: "30s" })('uname -sr 2>/dev/null || echo "an unknown system"'), target);
    const findings = connected.map(judgeConnection);
    const reached = new Set(connected.filter(({ status }) => status === "ok").map(({ host }) => host));
    const there = { ...target, hosts: target.hosts.filter(({ host }) => reached.has(host.id)) };
    for (const declared of checks) {
      const { definition: check } = declared;
      const missing = target.env.missing(check.requires ?? []);
      if (missing.length > 0) findings.push(...missing.map(toFinding));
      else for (const outcome of await look(check.command, there)) findings.push(...judge(declared, outcome, there));
    }
    return findings;
  } finally {
    await execution.close();
  }
}

function judgeConnection({ host, status, stdout, stderr, error }: VerbOutcome): Finding {
  if (status === "unreachable") return notSent(host, error);
  if (status === "ok") return ok(`${host}: connected, ${stdout.trim().split("\n").at(-1)}`);
  return fail(
    `${host}: connected, but a command ended with: ${status}`,
    stderr.trim() || "Look at the login shell of the user there.",
  );
}

/** What failed by its exit code has still said what there is to say. */
function judge(
  { definition, where: declared }: Declared<DoctorCheck>,
  outcome: VerbOutcome,
  { env }: RunTarget,
): readonly Finding[] {
  const { host, status, stderr, error } = outcome;
  if (status === "unreachable") return [notSent(host, error)];
  if (status !== "ok" && status !== "failed")
    return [fail(`${host}: what a deploy needs could not be looked at: ${status}`, stderr.trim() || undefined)];
  const { reader } = env.forHost(host);
  try {
    return [...definition.judge({ host: reader.host, env: reader }, outcome)];
  } catch (thrown) {
    const { message, where, hint } = toOwnError(thrown, "what judges a check", declared);
    return [fail(`${host}: ${message}${where === undefined ? "" : ` (${showLocation(where)})`}`, hint)];
  }
}

/** @param error why: a first line, and what to do */
function notSent(host: string, error = "no connection"): Finding {
  const [what, ...more] = error.split("\n");
  return fail(`${host}: ${what}`, more.join("\n") || undefined);
}
