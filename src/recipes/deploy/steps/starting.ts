import { FakeError, formatSpan, ProblemsError, script, type TaskContext } from "../../../index.ts";
import { checkCommand, checkedOf } from "../check-command.ts";
import { findingsError } from "../check-findings.ts";
import { isBuiltAgain, isDeploying, kindOf, pathsOf, stateCommand, strategyContext, strategyOf } from "../context.ts";
import { CLOCK_SKEW_MS } from "../limits.ts";
import { findReleaseTime } from "../release-id.ts";
import { meetings } from "../setting-schemas.ts";
import { tellFinished } from "../skip-same.ts";
import { findCurrent, type HostState, parseState } from "../state.ts";
import type { Control } from "../strategies/strategy.ts";
import type { Steps } from "./step.ts";

export function startingSteps(control: Control) {
  return {
    "deploy:check": {
      desc: "Look whether a host has all that a deploy needs, and make the directories",
      // Directories that stay empty are no change.
      readOnly: true,
      commands(t) {
        refuseConflicts(t.env);
        const kind = isBuiltAgain(t) ? "deploy" : kindOf(t);
        const context = kind === "rollback" ? undefined : strategyContext(t);
        return [checkCommand(t, { kind, context, alone: t.flow === undefined })];
      },
      explain: (t, { stdout }) => findingsError(stdout, checkedOf(t)),
    },
    /** Reads what the host knows of its releases: all later steps decide by this. */
    "deploy:set-previous-revision": {
      desc: "Find out what is live and which releases there are",
      readOnly: true,
      commands(t) {
        const probe = isDeploying(t) ? strategyOf(t).probe?.(strategyContext(t)) : undefined;
        const { skipSame } = t.env;
        const asked = skipSame ? script(tellFinished(pathsOf(t)).script, probe?.script ?? "") : probe;
        return [stateCommand(t, asked)];
      },
      receive(t, [result]) {
        const paths = pathsOf(t);
        const state = parseState(result?.stdout ?? "", paths);
        if (state.current.kind === "link" && state.current.id === undefined && !state.current.dangling) {
          const found = `${paths.current} points to ${state.current.target}`;
          throw new FakeError("CURRENT_ELSEWHERE", `${found}, which is not one of the releases in ${paths.releases}.`, {
            hint: "Is deployPath right? If nothing needs that link any more, remove it.",
          });
        }
        remark(t, state, control.now());
        t.env.set("releaseState", state);
        // A deploy that goes back reads it again, when it is no longer as before.
        if (!t.env.has("currentBefore")) t.env.set("currentBefore", state.current);
        t.env.set("previousRevision", findCurrent(state)?.revision ?? "");
      },
    },
  } satisfies Steps;
}

function remark(t: TaskContext, state: HostState, now: number): void {
  const skew = (findReleaseTime(state.clock) ?? now) - now;
  if (Math.abs(skew) > CLOCK_SKEW_MS) t.log.warn(`Its clock is ${formatSpan(Math.abs(skew))} ${skew > 0 ? "ahead" : "behind"}.`);
  if (state.current.dangling) t.log.warn(`current points to ${state.current.target}, which does not exist.`);
  if (state.foreign.length > 0)
    t.log.info(`Left alone in releases, because they are not releases: ${state.foreign.slice(0, 10).join(", ")}.`);
}

type PathLists = { readonly [key in "linkedDirs" | "linkedFiles" | "copyDirs"]: readonly string[] };

/** Where callables make the lists, only now is it seen that they meet. Before anything is sent, all at once. */
export function refuseConflicts(env: PathLists): void {
  const pairs = [
    ["linkedFiles", "linkedDirs"],
    ["copyDirs", "linkedDirs"],
    ["copyDirs", "linkedFiles"],
  ] as const;
  const problems = pairs.flatMap(([key, other]) =>
    meetings(env[key], env[other]).map((fault) => ({ message: `${other} and ${key}: ${fault}.`, subject: key })),
  );
  if (problems.length > 0) throw new ProblemsError("LINKED_PATHS", problems);
}
