import type { Problem } from "../errors.ts";
import type { Task } from "./task.ts";
import { listOf } from "./task-options.ts";

const NAME = /^[A-Za-z][\w-]*(?::[A-Za-z][\w-]*)*$/;
const RIGHT = "Letters, digits, - and _, beginning with a letter; a colon between a namespace and a name: deploy:check.";

/** Names and aliases that cannot be typed, are taken, or mean a verb of the command line. */
export function findNameProblems(tasks: ReadonlyMap<string, Task>, reserved: Iterable<string>): Problem[] {
  const verbs = new Set(reserved);
  const aliases = new Map<string, string>();
  const problems: Problem[] = [];
  for (const task of tasks.values()) {
    const report = (message: string, hint: string): void => {
      problems.push({ message, subject: task.name, where: task.where, hint });
    };
    if (!NAME.test(task.name)) report(`${JSON.stringify(task.name)} cannot be the name of a task.`, RIGHT);
    else if (verbs.has(task.name)) {
      report(`A task cannot be named "${task.name}": that is a verb of the command line.`, `For example "app:${task.name}".`);
    }
    for (const alias of listOf(task.options.aliases)) {
      if (typeof alias !== "string") continue;
      const owner = tasks.has(alias) ? alias : aliases.get(alias);
      if (!NAME.test(alias)) report(`${JSON.stringify(alias)} cannot be an alias of "${task.name}".`, RIGHT);
      else if (verbs.has(alias))
        report(`"${alias}" cannot be an alias of "${task.name}": it is a verb of the command line.`, "Take another word.");
      else if (owner !== undefined)
        report(`The alias "${alias}" of "${task.name}" already means "${owner}".`, "Take another word.");
      else aliases.set(alias, task.name);
    }
  }
  return problems;
}
