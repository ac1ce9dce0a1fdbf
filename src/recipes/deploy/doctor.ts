import { type Command, type CommandBodyContext, type DoctorCheck, type Finding, formatSpan, script, sh } from "../../index.ts";
import { type CheckOptions, checkCommand, checkedOf } from "./check-command.ts";
import { findProblems } from "./check-findings.ts";
import { CLOCK_SKEW_MS } from "./limits.ts";
import { deployPaths } from "./paths.ts";
import { findReleaseTime } from "./release-id.ts";
import { refuseConflicts } from "./steps/starting.ts";
import { pickStrategy } from "./strategies/pick.ts";
import type { Control, StrategyContext } from "./strategies/strategy.ts";
import { readTagged } from "./tagged-lines.ts";

type At = Pick<Parameters<DoctorCheck["judge"]>[0], "host" | "env">;

/** For `fake doctor -R`: what `deploy:check` looks at, and the clock, without making or removing anything. */
export function doctorCheck(control: Control): DoctorCheck {
  return {
    requires: ["deployPath"],
    command(t) {
      return lookCommand(t, { kind: "deploy", context: contextOf(t), alone: true });
    },
    judge(at, { host, stdout }) {
      const advice = pickStrategy(at.env.scm).advice?.(contextOf(at));
      const problems = findProblems(stdout, { ...checkedOf(at), advice });
      const found = problems.map(({ message, hint }): Finding => ({ status: "fail", what: `${host}: ${message}`, todo: hint }));
      const remarks = readTagged(stdout)("remark").map((text): Finding => ({ status: "warn", what: `${host}: ${text}` }));
      return [...(found.length > 0 ? foldByTodo(found) : [ready(at)]), ...remarks, ...judgeClock(host, stdout, control.now())];
    },
  };
}

/** What the check looks at, without making or removing anything; and the clock. What it found is in what it prints: it does not fail. */
export function lookCommand(t: CommandBodyContext, options: Omit<CheckOptions, "looksOnly">): Command {
  refuseConflicts(t.env);
  const check = checkCommand(t, { ...options, looksOnly: true });
  const text = sh`(${script(check.text)}
  )
  date -u '+clock %Y%m%d%H%M%S'`;
  return { ...check, text, timeout: "60s" };
}

/** Which revision is meant is not asked. */
function contextOf({ host, env }: At): StrategyContext {
  return { host: host.id, run: "doctor", env, paths: deployPaths(env), revision: "" };
}

function ready({ host, env }: At): Finding {
  const { root } = deployPaths(env);
  return { status: "ok", what: `${host.id}: ${root} is ready for a deploy: directories, linked files, tools, space, repository` };
}

/** What one command puts right is one finding. */
function foldByTodo(findings: readonly Finding[]): readonly Finding[] {
  const folded = new Map<unknown, Finding>();
  for (const finding of findings) {
    const first = folded.get(finding.todo);
    if (first === undefined || finding.todo === undefined) folded.set(finding.todo ?? finding, finding);
    else folded.set(finding.todo, { ...first, what: `${first.what}\n${finding.what}` });
  }
  return [...folded.values()];
}

function judgeClock(host: string, stdout: string, now: number): readonly Finding[] {
  const [clock = ""] = readTagged(stdout)("clock");
  const skew = (findReleaseTime(clock) ?? now) - now;
  if (Math.abs(skew) <= CLOCK_SKEW_MS) return [];
  const what = `${host}: its clock is ${formatSpan(Math.abs(skew))} ${skew > 0 ? "ahead" : "behind"}`;
  return [{ status: "warn", what, todo: "Releases are named by the time. Let the host keep it: sudo timedatectl set-ntp true" }];
}
