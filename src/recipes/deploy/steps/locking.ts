import { hostname } from "node:os";
import { type CommandBodyContext, type CommandResult, FakeError, LockedError, type TaskContext } from "../../../index.ts";
import { ownershipHint } from "../check-findings.ts";
import { command, pathsOf } from "../context.ts";
import { LIVENESS } from "../liveness.ts";
import { explainLoss, LOCKED, SHARED, signOfLife } from "../lock.ts";
import { describeLock, describeOwner, isByHand, type NewOwner, parseOwner } from "../lock-owner.ts";
import { awaitLock, takeLock } from "../lock-taking.ts";
import { parseWait } from "../setting-schemas.ts";
import type { Control } from "../strategies/strategy.ts";
import { refuseConflicts } from "./starting.ts";
import type { Steps } from "./step.ts";

/** Runs that started this one, the outermost first: what `fake` tells the commands that it runs on the control machine. */
const RUNS = "FAKE_RUN";

export function lockingSteps(control: Control) {
  return {
    "deploy:lock": {
      desc: "Take the lock of the deploy path",
      notAlone: "It is part of a deploy, which frees the lock at its end. To lock by hand: fake lock, with the same -R.",
      leaderFirst: true,
      readOnly: true,
      commands(t) {
        refuseConflicts(t.env);
        const paths = pathsOf(t);
        const owner = ownerOf(t);
        const inside = runsAround(control);
        const seconds = parseWait(t.env.lockWait);
        const holding = { hold: signOfLife(paths, t.runId), ifGone: explainLoss(paths, t.runId) };
        const take = command(t, "take the lock", takeLock(paths, owner, inside), holding);
        if (seconds === 0) return [take];
        const waiting = { quiet: false, idle: true };
        return [command(t, "wait for the lock", awaitLock(paths, owner, seconds, inside), waiting), take];
      },
      receive: warnOfBroken,
      sendAhead: true,
      states: [],
      explain: explainRefusal,
    },
    "deploy:lock-by-hand": {
      desc: "Take the lock for a person, until it is broken",
      hidden: true,
      // Where it is refused, nothing was done.
      readOnly: true,
      commands(t) {
        const owner = { ...ownerOf(t), command: "fake lock", byHand: true };
        return [command(t, "take the lock", takeLock(pathsOf(t), owner))];
      },
      receive: warnOfBroken,
      explain: explainRefusal,
    },
  } satisfies Steps;
}

/** Runs that this one was started by: their locks let it in. */
export function runsAround({ environment }: Control): readonly string[] {
  return (environment[RUNS] ?? "").split(" ").filter((run) => /^[0-9a-f]{16}$/.test(run));
}

function warnOfBroken(t: TaskContext, results: readonly CommandResult[]): void {
  const broken = parseOwner(results.at(-1)?.stdout ?? "", "broken");
  if (broken === undefined) return;
  const why = broken.life === undefined ? "" : `: ${LIVENESS[broken.life]}`;
  t.log.warn(`Broke the lock of a run that is dead${why}. It was ${describeOwner(broken)}.`);
}

function ownerOf(t: CommandBodyContext): NewOwner {
  return {
    run: t.runId,
    host: t.host.id,
    user: t.env.localUser,
    control: hostname(),
    command: `fake ${t.flow ?? "deploy:cleanup"}`,
    reason: t.env.lockReason,
  };
}

function explainRefusal(t: CommandBodyContext, result: CommandResult): Error {
  const paths = pathsOf(t);
  const owner = parseOwner(result.stdout);
  if (result.exitCode === SHARED) {
    const other = owner?.host ?? "another host";
    return new FakeError("SAME_DIRECTORY", `${paths.root} is the deploy path of ${other} too: both are one machine.`, {
      hint: "List the machine once, or give each of the two a deployPath of its own.",
    });
  }
  if (result.exitCode !== LOCKED) {
    const hint = `Is the disk full? If not: ${ownershipHint(paths)}`;
    return new FakeError("LOCK_FAILED", `The lock ${paths.lock} cannot be made: ${result.stderr.trim()}`, { hint });
  }
  const locked = owner === undefined ? "locked by somebody" : describeLock(owner);
  const hint = isByHand(owner)
    ? "It stays so until somebody frees it: fake unlock, with the same -R."
    : "Wait until that run has ended (--lock-wait 5m does). If you know that it is dead, break the lock: fake unlock, with the same -R.";
  return new LockedError("LOCKED", `${paths.root} is ${locked.replace(/\.?$/, ".")}`, { hint });
}
