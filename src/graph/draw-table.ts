import { padColumns, textWidth } from "../columns.ts";
import { groupBy } from "../group-by.ts";
import { oneLine } from "./links.ts";
import type { Plan, Section, Step } from "./plan.ts";

/** Hosts that run exactly the same steps. */
interface Column {
  readonly title: string;
  readonly hosts: readonly string[];
  readonly steps: ReadonlySet<number>;
}

const GAP = "  ";

/**
 * Hosts x steps of a plan: a row for each step, a line for each barrier.
 * @param screen its columns. Hosts that do the same share a column where theirs would not fit
 * @param groups ids of the hosts that what rolls goes through one after another
 */
export function drawTable(plan: Plan, screen = 100, groups: readonly (readonly string[])[] = []): string {
  const steps = plan.sections.flatMap((section) => section.steps);
  if (steps.length === 0) return "Nothing to do on these hosts.\n";
  const names = new Map(steps.map((step) => [step, `${GAP}${oneLine(step.task.name)}${step.local ? " (local)" : ""}`] as const));
  const width = Math.max(...[...names.values()].map(textWidth));
  const perHost = columnsOf(plan, steps);
  const fits = width + perHost.reduce((sum, { title }) => sum + GAP.length + textWidth(title), 0) <= screen;
  const columns = fits ? perHost : fold(perHost);
  const row = (first: string, cells: readonly string[]): string =>
    `${padColumns(first, width)}${cells.map((cell) => GAP + cell).join("")}`.trimEnd();
  const marksOf = (step: Step): string[] =>
    columns.map(({ title, steps }) => {
      const wide = textWidth(title);
      return (steps.has(step.index) ? "●" : "·").padStart(Math.ceil(wide / 2)).padEnd(wide);
    });
  const body = plan.sections.flatMap((section, at) => [
    describeSection(section, plan.sections[at - 1], groups.length),
    ...section.steps.map((step) => row(names.get(step) ?? "", marksOf(step))),
  ]);
  const legend = fits ? [] : ["", ...columns.map(({ title, hosts }) => `${title}: ${hosts.join(", ")}`)];
  const titles = columns.map(({ title }) => title);
  return `${[row("", titles), ...body, ...legend].join("\n")}\n${drawGroups(groups)}`;
}

/** A line for each group of hosts. Nothing without groups. */
export function drawGroups(groups: readonly (readonly string[])[]): string {
  const lines = groups.map((hosts, at) => `group ${at + 1}: ${hosts.map(oneLine).join(", ")}\n`);
  return lines.length === 0 ? "" : `\n${lines.join("")}`;
}

function columnsOf(plan: Plan, steps: readonly Step[]): Column[] {
  const byHost = new Map(plan.hosts.map((host) => [host.id, new Set<number>()] as const));
  for (const step of steps) for (const host of step.hosts) byHost.get(host)?.add(step.index);
  return [...byHost].map(([host, indexes]) => ({ title: oneLine(host), hosts: [oneLine(host)], steps: indexes }));
}

function fold(columns: readonly Column[]): Column[] {
  return groupBy(columns, ({ steps }) => [...steps].join(" ")).map((group, at) => ({
    title: `#${at + 1} (${group.length})`,
    hosts: group.flatMap((column) => column.hosts),
    steps: group[0].steps,
  }));
}

function describeSection(section: Section, before: Section | undefined, groups: number): string {
  const goesOn = before !== undefined && before.stage === section.stage && before.flow === section.flow;
  return `${oneLine(section.stage)}${goesOn ? ", when all hosts are there" : ""}${section.rolling ? (groups === 0 ? " (rolls with --batch)" : ` (group after group, ${groups} in all)`) : ""}`;
}
