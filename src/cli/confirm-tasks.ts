import { UsageError } from "../errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { Ui } from "../runner/context.ts";

/** Asks what tasks want to have asked before a run starts, each question once. @throws UsageError when the answer is no */
export async function confirmTasks(plan: Plan, ui: Ui): Promise<void> {
  const questions = new Set<string>();
  for (const { steps } of plan.sections) {
    for (const { task } of steps) {
      const { confirm } = task.options;
      if (confirm === undefined || confirm === false) continue;
      questions.add(confirm === true ? `Run "${task.name}" on ${describeHosts(plan)}?` : confirm);
    }
  }
  for (const question of questions) {
    if (await ui.confirm(question)) continue;
    throw new UsageError("NOT_CONFIRMED", "Nothing was done: it was not confirmed.");
  }
}

function describeHosts({ hosts }: Plan): string {
  const shown = hosts.slice(0, 5).map(({ id }) => id);
  return hosts.length > shown.length
    ? `${shown.join(", ")} and ${hosts.length - shown.length} more`
    : shown.join(", ") || "this machine";
}
