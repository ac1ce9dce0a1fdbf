/** The sentences of a dry run: which tasks would run, where, and what they would send. */
import type { Forms, Witness } from "./reading.ts";
import { counts, iff, names } from "./reading.ts";

/** Hosts on which the task would run. */
function plannedOn(task: string, { oracle }: Witness): ReadonlySet<string> {
  return new Set(oracle.stages.flatMap(({ states }) => [...(states.get(task)?.keys() ?? [])]));
}

function isOpen(task: string, { oracle }: Witness): boolean {
  return oracle.open.some((each) => each.endsWith(` ${task}`));
}

function hasBody(body: string, { played, above }: Witness): boolean {
  return played.world.shapes[Number(above.task.slice(1))]?.body === body;
}

export const dryRunForms: Forms = {
  begins: {
    words: /^dry run of (?<tasks>deploy(?: t\d)*) on (?<count>\d+ hosts?): (?<who>.+)$/,
    holds: ({ tasks, count = "", who = "" }, { played }) => {
      const all = played.whole.hosts.map(({ id }) => id);
      return tasks === played.asked.join(" ") && counts(count, all.length) && names(who, all);
    },
  },
  stage: { words: /^== (?<stage>.+)$/, holds: ({ stage }, { oracle }) => oracle.openStage?.name === stage },
  task: {
    words: /^ +(?<task>t\d|sub|dire|start|work|finish)(?: \((?<who>.+)\))?$/,
    holds: ({ task = "", who = "" }, witness) => {
      const on = plannedOn(task, witness);
      witness.above.task = task;
      if (who === "this machine") return on.has("local");
      const total = witness.played.whole.hosts.length;
      return who === ""
        ? on.size === total || !/^t/.test(task)
        : who.split(", ").every((host) => on.has(host)) && iff(who, on.size > 0);
    },
  },
  command: {
    words: /^ +\$ (?:do (?<task>t\d|sub|dire)|look)$/,
    holds: ({ task = "" }, witness) => !/^t/.test(task) || plannedOn(task, witness).size > 0 || isOpen(task, witness),
  },
  asks: { words: /^ +asks: Go on\?$/, holds: (_, witness) => hasBody("asks", witness) },
  skips: {
    words: /^ +… it ends here, and the task with it: there is nothing to do$/,
    holds: (_, witness) => hasBody("skips", witness),
  },
  depends: { words: /^ +… the rest depends on what is answered$/, holds: (_, witness) => hasBody("asks", witness) },
  says: {
    words: /^ +says: (?:made (?:t\d|\/srv\/\S+)|at t\d|goes on with t\d)$/,
    holds: (_, witness) => hasBody("notes", witness) || hasBody("asks", witness),
  },
  interrupted: { words: /^ +… the dry run was interrupted$/, holds: (_, { oracle }) => oracle.interrupts > 0 },
};
