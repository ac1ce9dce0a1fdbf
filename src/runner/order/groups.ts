import type { Section } from "../../graph/plan.ts";
import { pause } from "../../wait.ts";
import type { GroupSize, Pass, RunOptions } from "../context/run.ts";
import type { TaskBody } from "../context.ts";
import type { HostRun } from "../machine/host-run.ts";
import { forGroup } from "./pass.ts";
import { hostsThatFailed } from "./results.ts";
import { endPass } from "./run-pass.ts";
import { runSections } from "./sections.ts";
import { leaveStage } from "./task-events.ts";

type Sections = readonly Section<TaskBody>[];

/**
 * Like `runPass`, but the rolling part of a flow goes through one group of hosts after another, local tasks once for each
 * group with its hosts as `t.hosts`. Stops at the first group that fails: the groups before it stay as they are. Never throws.
 */
export async function runInGroups(pass: Pass, batch: NonNullable<RunOptions["batch"]>): Promise<void> {
  const groups = toGroups(pass.hosts, batch);
  let hosts: readonly HostRun[] | undefined = pass.hosts;
  for (const sections of byRolling(pass.plan.sections)) {
    if (isStopped(pass)) break;
    if (sections[0]?.rolling === true) hosts = await rollOver(pass, sections, groups);
    else await runSections(pass, sections);
  }
  await endPass(pass, hosts);
}

/** @returns the hosts that failure hooks are for: those of the group that failed; undefined where it was stopped between groups */
async function rollOver(
  pass: Pass,
  sections: Sections,
  groups: readonly (readonly HostRun[])[],
): Promise<readonly HostRun[] | undefined> {
  leaveStage(pass, true);
  for (const [index, group] of groups.entries()) {
    const part = forGroup(pass, group, { number: index + 1, of: groups.length });
    pass.record.newGroup();
    await runSections(part, sections);
    leaveStage(part, !isStopped(pass));
    const isWhole = !isStopped(pass);
    if (isWhole) await waitBetween(pass, groups, index);
    if (!isStopped(pass)) continue;
    const rest = groups.slice(index + 1).flat();
    for (const host of rest) host.notReached = true;
    if (isWhole) tellGroups({ ...part, hosts: [] }, "after", groups.slice(0, index + 1).flat(), rest);
    else tellGroups(part, "at", groups.slice(0, index).flat(), rest);
    return isWhole ? undefined : group;
  }
  return pass.hosts;
}

/** What became of each host: those of the group at hand need not have fared alike. */
function tellGroups(
  { run, group, hosts, record }: Pass,
  where: "at" | "after",
  before: readonly HostRun[],
  behind: readonly HostRun[],
): void {
  const failed = hostsThatFailed(run.failures);
  // What comes behind the groups is still to be done on all of them.
  const toGo = record.hostsToGo("rolling");
  const whole = hosts.filter(({ id }) => !failed.has(id));
  const told: readonly (readonly [string, readonly HostRun[]])[] = [
    ["Done", [...before, ...whole.filter(({ id }) => !toGo.has(id))]],
    ["Failed", hosts.filter(({ id }) => failed.has(id))],
    ["Not finished", whole.filter(({ id }) => toGo.has(id))],
    ["Not reached", behind],
  ];
  const lists = told.flatMap(([title, those]) =>
    those.length === 0 ? [] : `${title}: ${those.map(({ id }) => id).join(", ")}.`,
  );
  const text = [`Stopped ${where} group ${group?.number} of ${group?.of}.`, ...lists].join(" ");
  run.emit({ kind: "message", level: "error", host: undefined, task: undefined, text });
}

function isStopped(pass: Pass): boolean {
  return pass.record.hasFailed() || pass.limits.start.aborted;
}

/** Waits before the group behind this one, until somebody wants to stop. */
async function waitBetween({ run, limits }: Pass, groups: readonly (readonly HostRun[])[], index: number): Promise<void> {
  const next = groups[index + 1];
  if (next === undefined || run.waitBetween === undefined) return;
  const text = `Group ${index + 1} of ${groups.length} is done. Waiting ${run.waitBetween / 1000} s before the next: ${next.map(({ id }) => id).join(", ")}.`;
  run.emit({ kind: "message", level: "info", host: undefined, task: undefined, text });
  await pause(run.waitBetween, limits.start);
}

/** Neighbouring sections that are rolled over groups, or not, together. */
function byRolling(sections: Sections): Section<TaskBody>[][] {
  const parts: Section<TaskBody>[][] = [];
  for (const section of sections) {
    const last = parts.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before?.rolling === section.rolling && (!section.rolling || before.flow === section.flow))
      last.push(section);
    else parts.push([section]);
  }
  return parts;
}

/** Groups of these sizes, the last of which goes on; of a share of all hosts at least one. */
export function toGroups<T>(hosts: readonly T[], batch: NonNullable<RunOptions["batch"]>): T[][] {
  const sizes = [batch].flat().map((size) => sizeOf(size, hosts.length));
  const groups: T[][] = [];
  for (let from = 0; from < hosts.length; from += groups.at(-1)?.length ?? 0) {
    groups.push(hosts.slice(from, from + (sizes[groups.length] ?? sizes.at(-1) ?? hosts.length)));
  }
  return groups;
}

function sizeOf(size: GroupSize, hosts: number): number {
  return Math.max(1, typeof size === "number" ? size : Math.ceil((hosts * Number.parseFloat(size)) / 100));
}
