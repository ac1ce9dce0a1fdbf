import type { Section } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import { forGroup } from "./create-pass.ts";
import type { RunOptions } from "./deps.ts";
import type { Pass } from "./pass.ts";
import { endPass } from "./run-pass.ts";
import type { Running } from "./running.ts";
import { runSections } from "./sections.ts";
import type { Session } from "./session.ts";

/**
 * Like `runPass`, but the rolling part of a flow goes through one group of hosts after another, local tasks once for each
 * group with its hosts as `t.hosts`. Stops at the first group that fails: the groups before it stay as they are. Never throws.
 */
export async function runInGroups(running: Running, pass: Pass, batch: NonNullable<RunOptions["batch"]>): Promise<void> {
  const groups = toGroups(pass.sessions, batch);
  let hosts = pass.sessions;
  for (const region of toRegions(pass.plan.sections)) {
    if (isStopped(pass)) break;
    if (region[0]?.rolling === true) hosts = await rollOver(running, pass, region, groups);
    else await runSections(running, pass, region);
  }
  await endPass(running, pass, hosts);
}

/** @returns the hosts that failure hooks are for: those of the group that failed */
async function rollOver(
  running: Running,
  pass: Pass,
  sections: readonly Section<TaskBody>[],
  groups: readonly (readonly Session[])[],
): Promise<readonly Session[]> {
  pass.stages.leave(true);
  for (const [index, group] of groups.entries()) {
    const part = forGroup(running, pass, group);
    pass.progress.hooks.newGroup();
    await runSections(running, part, sections);
    part.stages.leave(!isStopped(pass));
    if (!isStopped(pass)) continue;
    const rest = groups.slice(index + 1).flat();
    for (const session of rest) session.notReached = true;
    tellGroups(running, groups.slice(0, index).flat(), group, rest);
    return group;
  }
  return pass.sessions;
}

function tellGroups(running: Running, done: readonly Session[], failed: readonly Session[], rest: readonly Session[]): void {
  const list = (sessions: readonly Session[]): string => sessions.map(({ id }) => id).join(", ") || "none";
  const text = `Stopped at a group of hosts. Live: ${list(done)}. ${running.stop.signal === undefined ? "Failed" : "Interrupted"}: ${list(failed)}. Not started: ${list(rest)}.`;
  running.emit({ kind: "message", level: "error", host: undefined, task: undefined, text });
}

function isStopped(pass: Pass): boolean {
  return pass.progress.hasFailed() || pass.limits.start.aborted;
}

/** Neighbouring sections that are rolled over groups, or not, together. */
function toRegions(sections: readonly Section<TaskBody>[]): Section<TaskBody>[][] {
  const regions: Section<TaskBody>[][] = [];
  for (const section of sections) {
    const last = regions.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before?.rolling === section.rolling && (!section.rolling || before.flow === section.flow))
      last.push(section);
    else regions.push([section]);
  }
  return regions;
}

/** Groups of that many hosts, or of that share of all, at least one each. */
export function toGroups<T>(hosts: readonly T[], batch: NonNullable<RunOptions["batch"]>): T[][] {
  const share = typeof batch === "number" ? batch : Math.ceil((hosts.length * Number.parseFloat(batch)) / 100);
  const size = Math.max(1, share);
  return Array.from({ length: Math.ceil(hosts.length / size) }, (_, index) => hosts.slice(index * size, (index + 1) * size));
}
