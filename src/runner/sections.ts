import type { Section } from "../graph/plan.ts";
import type { TaskBody } from "./context.ts";
import { forEachLimited } from "./gate.ts";
import type { Item } from "./item.ts";
import { runLane } from "./lane.ts";
import { connectionLost } from "./link.ts";
import type { Pass } from "./pass.ts";
import { repairLinks } from "./repair-links.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import { taskFailed, taskSkipped, taskStarted } from "./task-events.ts";

/** What runs between two barriers: the tasks of each machine, in order. */
export type Leg = readonly (readonly Item[])[];

/** Runs sections one after another: all hosts finish one before any begins the next. Stops after one with a failure. Never throws. */
export async function runSections(running: Running, pass: Pass, sections: readonly Section<TaskBody>[]): Promise<void> {
  const legs = toLegs(running, pass, sections);
  const limit = running.deps.options.parallel ?? Number.POSITIVE_INFINITY;
  for (const [index, leg] of legs.entries()) {
    if (pass.limits.start.aborted) return;
    if (!pass.eachForItself && (pass.progress.hasFailed() || (await failLost(running, pass, legs.slice(index))))) return;
    await forEachLimited(leg, limit, async (lane) => {
      const first = lane[0] as Item;
      if (pass.eachForItself && pass.progress.hasFailed(first.session)) return;
      // With a limit, hosts that have not begun the section stay out of it once one has failed.
      if (!pass.eachForItself && pass.progress.hasFailed()) for (const item of lane) taskSkipped(running, item);
      else await runLane(running, pass, lane);
    });
  }
}

/** A barrier means nothing to a single host: its sections become one lane, so that neighbours on both sides travel together. */
export function toLegs(running: Running, pass: Pass, sections: readonly Section<TaskBody>[]): readonly Leg[] {
  const legs = sections.map((section) => toLanes(running, pass, section)).filter((leg) => leg.length > 0);
  const hosts = new Set(
    legs.flatMap((leg) => leg.flatMap((lane) => (lane[0]?.session.local === false ? [lane[0].session] : []))),
  );
  if (!running.deps.options.fuse || hosts.size > 1 || pass.eachForItself) return legs;
  return legs.length === 0 ? [] : [[legs.flatMap((leg) => leg.flat())]];
}

/** The steps of a section on each of their machines, step by step. */
export function toItems(running: Running, pass: Pass, section: Section<TaskBody>): readonly Item[] {
  const here = new Map(pass.sessions.map((session) => [session.id, session]));
  const stage = pass.stages.nameOf(section.index);
  return section.steps.flatMap((step) => {
    const sessions = step.local ? [running.control] : step.hosts.flatMap((id) => here.get(id) ?? []);
    return sessions.map((session): Item => ({ step, section: section.index, stage, flow: step.flow ?? pass.flow, session }));
  });
}

function toLanes(running: Running, pass: Pass, section: Section<TaskBody>): Leg {
  const lanes = new Map<Session, Item[]>();
  for (const item of toItems(running, pass, section)) {
    const lane = lanes.get(item.session);
    if (lane === undefined) lanes.set(item.session, [item]);
    else lane.push(item);
  }
  return [...lanes.values()];
}

/**
 * A host that was lost since the last barrier is connected to again, or fails before the others go on without it.
 * @returns true when one has failed
 */
async function failLost(running: Running, pass: Pass, legs: readonly Leg[]): Promise<boolean> {
  await repairLinks(pass.sessions, pass.limits.kill);
  const lost = new Set(pass.sessions.filter((session) => session.lost !== undefined));
  if (lost.size === 0) return false;
  for (const lane of legs.flat()) {
    const item = lane[0];
    if (item === undefined || !lost.delete(item.session)) continue;
    const { id, lost: cause } = item.session;
    const since = taskStarted(running, pass, item);
    taskFailed(running, pass, item, since, connectionLost(cause ?? new Error("no reason given"), id));
  }
  return pass.progress.hasFailed();
}
