import { FakeError, formatSpan, ProblemsError, script, type TaskContext } from "../../../index.ts";
import { ELSEWHERE } from "../adopted.ts";
import { checkCommand, checkedOf } from "../check-command.ts";
import { findingsError } from "../check-findings.ts";
import { isBuiltAgain, isDeploying, kindOf, pathsOf, stateCommand, strategyContext, strategyOf } from "../context.ts";
import { CLOCK_SKEW_MS } from "../limits.ts";
import type { DeployPaths } from "../paths.ts";
import { findReleaseTime } from "../release-id.ts";
import { shortRevision } from "../revision.ts";
import { meetings } from "../setting-schemas.ts";
import { tellFinished } from "../skip-same.ts";
import { findCurrent, type HostState, isMoved, parseState } from "../state.ts";
import type { Control } from "../strategies/strategy.ts";
import { readTagged } from "../tagged-lines.ts";
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
      receive(t, [result]) {
        for (const remark of readTagged(result?.stdout ?? "")("remark")) t.log.warn(remark);
      },
      sendAhead: true,
      states: [],
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
        const elsewhere = currentElsewhere(state, paths);
        if (elsewhere !== undefined) throw elsewhere;
        remark(t, state, control.now());
        t.env.set("releaseState", state);
        // A deploy that goes back reads it again, when it is no longer as before.
        if (!t.env.has("currentBefore")) t.env.set("currentBefore", state.current);
        t.env.set("previousRevision", findCurrent(state)?.revision ?? "");
      },
    },
  } satisfies Steps;
}

/** What keeps a flow from beginning: `current` leads to what is no release. */
export function currentElsewhere({ current }: HostState, paths: DeployPaths): FakeError | undefined {
  if (current.kind !== "link" || current.id !== undefined || current.dangling) return undefined;
  const found = `${paths.current} points to ${current.target}`;
  return new FakeError("CURRENT_ELSEWHERE", `${found}, which is not one of the releases in ${paths.releases}.`, {
    hint: ELSEWHERE,
  });
}

/** What is odd about a host, and keeps nothing from beginning. */
export function oddities({ clock, current, releases }: HostState, now: number): readonly string[] {
  const skew = (findReleaseTime(clock) ?? now) - now;
  return [
    ...(Math.abs(skew) > CLOCK_SKEW_MS ? [`Its clock is ${formatSpan(Math.abs(skew))} ${skew > 0 ? "ahead" : "behind"}.`] : []),
    ...(current.dangling ? [`current points to ${current.target}, which does not exist.`] : []),
    ...releases.filter(isMoved).map(({ id, revision, entry }) => {
      const [now, before] = [revision, entry?.sha ?? ""].map(shortRevision);
      return `pm2 deploy has deployed since ${id} was adopted: that is ${now} now, and was ${before || "unknown"}.`;
    }),
  ];
}

function remark(t: TaskContext, state: HostState, now: number): void {
  for (const odd of oddities(state, now)) t.log.warn(odd);
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
