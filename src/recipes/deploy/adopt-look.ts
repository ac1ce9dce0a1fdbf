import { drawColumns, FakeError, type TaskDefinition, type TaskRef, type VerbHost } from "../../index.ts";
import { type AdoptingHost, type Adoption, planAdoption } from "./adopt.ts";
import { drawByHosts, labelOf } from "./listing.ts";
import { describeLock } from "./lock-owner.ts";
import { oneLine } from "./log-revision.ts";
import { attempt, readStates, unread } from "./look-around.ts";
import { isStopped } from "./look-text.ts";
import { shortRevision } from "./revision.ts";
import { surveyCommand, surveyed } from "./steps/adopting.ts";
import { runsAround } from "./steps/locking.ts";
import type { Control } from "./strategies/strategy.ts";

/**
 * What `fake adopt --dry-run=connect` says: what would be written on each host, and nothing is.
 * @param task states `releaseState` and `lockOwner`
 */
export function adoptLook(task: TaskRef, control: Control): NonNullable<TaskDefinition["look"]> {
  return async (t) => {
    const read = await readStates(t, task);
    const outcomes = await t.exec(surveyCommand, { hosts: read.map(({ at }) => at) });
    const hosts = read.flatMap(({ host, at, state }): readonly AdoptingHost[] => {
      const { status, stdout } = outcomes.find((outcome) => outcome.host === host) ?? { status: "unreachable", stdout: "" };
      if (status !== "ok") return [];
      return [surveyed(at, state, stdout, control)];
    });
    const plans = unread(t.hosts, hosts) ?? attempt(() => planAdoption(hosts, control.now()));
    const locks = read.flatMap(({ host, at }) => (isFree(at, control) ? [] : [`${host}: ${describeLock(at.env.lockOwner)}`]));
    if (plans instanceof FakeError) {
      const { message, hint } = plans;
      const text = [message, ...(hint === undefined ? [] : [hint])].map((line) => `${line}\n`).join("");
      return { ok: false, data: { refused: { message, hint }, hosts: [] }, text };
    }
    const tables = drawByHosts(plans.map((plan, at) => [plan.host, draw(plan, hosts[at]?.survey.maker ?? "")] as const));
    const data = { refused: null, hosts: plans };
    return { ok: locks.length === 0, data, text: [tables, ...locks.map((lock) => `${lock}\n`)].join("") };
  };
}

function isFree({ env }: VerbHost, control: Control): boolean {
  const { lockOwner: lock, lockWait } = env;
  const waits = lockWait === 0 ? "" : String(lockWait);
  return lock === null || runsAround(control).includes(lock.run) || !isStopped({ lock, problems: [], waits });
}

function draw({ live, links, entries, left }: Adoption, maker: string): string {
  const names = new Map(links.map(({ id, name }) => [id, name]));
  const ids = [...new Set([...names.keys(), ...entries.map(({ id }) => id)])].sort().reverse();
  const remarks = left.map((text) => `? ${text}`);
  if (ids.length === 0) return ["nothing to adopt: all that could be is known already", ...remarks].join("\n  ");
  const rows = ids.map((id) => {
    const entry = entries.find((each) => each.id === id);
    const status = labelOf(id === live, entry?.status ?? "unknown");
    const name = names.get(id);
    const release = name === undefined ? id : `${id} -> ${oneLine(name)}`;
    return [release, status, shortRevision(entry?.sha ?? "") || "-", oneLine(entry?.branch ?? "") || "-"];
  });
  const lines = drawColumns(rows).trimEnd().split("\n");
  return [`from ${maker}`, ...lines, ...remarks].join("\n  ");
}
