import { FakeError, type Problem, type TaskRef, type VerbContext, type VerbHost } from "../../index.ts";
import { checkedOf } from "./check-command.ts";
import { findProblems } from "./check-findings.ts";
import type { Kind } from "./context.ts";
import { lookCommand } from "./doctor.ts";
import type { LockOwner } from "./lock-owner.ts";
import { deployPaths } from "./paths.ts";
import type { HostState } from "./state.ts";
import { runsAround } from "./steps/locking.ts";
import { currentElsewhere, oddities } from "./steps/starting.ts";
import { pickStrategy } from "./strategies/pick.ts";
import type { Control, StrategyContext } from "./strategies/strategy.ts";
import { readTagged } from "./tagged-lines.ts";

/** A host that said what it has. */
export interface ReadHost {
  readonly host: string;
  readonly at: VerbHost;
  readonly state: HostState;
}

/** A host that was looked at. */
export interface SeenHost extends ReadHost {
  /** Who holds it; null where nobody does, or a run that this one is a part of. */
  readonly lock: LockOwner | null;
  /** What the check of the flow would find. */
  readonly problems: readonly Problem[];
  /** Linked files that are not there. */
  readonly missing: readonly string[];
  /** What is odd, and keeps nothing from beginning. */
  readonly remarks: readonly string[];
}

export interface LookAround {
  /** States `releaseState` and `lockOwner`. */
  readonly task: TaskRef;
  readonly kindOf: (host: string) => Kind;
  /** What the strategy is asked about. @default it is not asked */
  readonly revisionOf?: (host: string) => string | undefined;
}

/** Reads what hosts have, and looks whether the flow could begin there. Makes, fetches and removes nothing; takes no lock. */
export async function lookAround(t: VerbContext, control: Control, asked: LookAround): Promise<readonly SeenHost[]> {
  const { task, kindOf, revisionOf = () => undefined } = asked;
  const read = await readStates(t, task, revisionOf);
  const states = new Map(read.map((each) => [each.host, each.state]));
  const outcomes = await t.exec(
    (at) => {
      const { id } = at.host;
      const kind = kindOf(id);
      const context = kind === "deploy" ? strategyContextOf(at, revisionOf(id)) : undefined;
      // A host that has the revision asks no repository.
      const alone = states.get(id)?.source.includes("has-revision") !== true;
      return lookCommand(at, { kind, context, alone });
    },
    { hosts: read.map(({ at }) => at) },
  );
  return read.map((each): SeenHost => {
    const { host, at, state } = each;
    const { status, stdout = "", stderr = "", error } = outcomes.find((outcome) => outcome.host === host) ?? {};
    const kind = kindOf(host);
    const advice = kind === "deploy" ? pickStrategy(at.env.scm).advice?.(strategyContextOf(at, revisionOf(host))) : undefined;
    const unseen = `What a ${kind} needs could not be looked at: ${error ?? (stderr.trim() || status)}`;
    const elsewhere = currentElsewhere(state, deployPaths(at.env));
    const said = readTagged(stdout);
    const { lockOwner } = at.env;
    const problems = findProblems(stdout, { ...checkedOf(at), advice });
    // The check says of most who has made what is live.
    const isTold = elsewhere === undefined || said("told").includes("elsewhere");
    return {
      ...each,
      lock: lockOwner !== null && runsAround(control).includes(lockOwner.run) ? null : lockOwner,
      problems: [
        ...problems,
        ...(status === "ok" ? [] : [{ message: unseen }]),
        ...(isTold ? [] : [{ message: elsewhere.message, hint: elsewhere.hint }]),
      ],
      missing: [...said("missing"), ...said("unmade")],
      remarks: [...oddities(state, control.now()), ...said("remark")],
    };
  });
}

export async function readStates(
  t: VerbContext,
  task: TaskRef,
  revisionOf: (host: string) => string | undefined = () => undefined,
): Promise<readonly ReadHost[]> {
  const answered = await t.run(task, { args: ({ id }) => ({ revision: revisionOf(id) }) });
  return answered.map((at) => ({ host: at.host.id, at, state: at.env.releaseState }));
}

/** The strategy's view of a host that nothing is deployed to yet. */
export function strategyContextOf({ host, env }: VerbHost, revision = ""): StrategyContext {
  return { host: host.id, run: "look", env, paths: deployPaths(env), revision };
}

/** Of hosts that did not say what they have, nothing is said; why, was told. */
export function unread(hosts: VerbContext["hosts"], read: readonly Pick<ReadHost, "host">[]): FakeError | undefined {
  const silent = hosts.map(({ host }) => host.id).filter((id) => !read.some(({ host }) => host === id));
  return silent.length === 0 ? undefined : new FakeError("NOT_READ", `${silent.join(", ")} did not say what is there.`);
}

/** What is refused is what the flow would say. */
export function attempt<T>(decide: () => T): T | FakeError {
  try {
    return decide();
  } catch (error) {
    if (error instanceof FakeError) return error;
    throw error;
  }
}
