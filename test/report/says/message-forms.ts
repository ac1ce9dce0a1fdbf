/** What the runner itself says in words: held to the same as what reporters make of its events. `who`: the hosts in front of it. */
import type { Forms, Witness } from "./reading.ts";

/** True when the words are about these hosts. */
function about(who: string, right: (host: string) => boolean): boolean {
  return (
    who !== "" &&
    who
      .replace(/ and \d+ more$/, "")
      .split(", ")
      .every(right)
  );
}

/** Of a list of hosts in a sentence: those that are named behind this word. */
function listed(text: string, title: string): readonly string[] {
  return (new RegExp(`${title}: ([^.]+)\\.`).exec(text)?.[1] ?? "").split(", ").filter((name) => name !== "");
}

/** `Stopped at group 2 of 3. Done: app1. Failed: app11. Not finished: app12. Not reached: app13.` */
function groupsHold(said: Readonly<Record<string, string>>, { played, oracle }: Witness): boolean {
  const { where, number, total, lists = "" } = said;
  const size = played.world.batch ?? 1;
  const all = played.plan.hosts.map(({ id }) => id);
  const at = Number(number);
  const [before, here, behind] = [all.slice(0, (at - 1) * size), all.slice((at - 1) * size, at * size), all.slice(at * size)];
  const hasFailed = (host: string): boolean => oracle.ends.some((end) => end.host === host && end.outcome === "failed");
  const failed = where === "at" ? here.filter(hasFailed) : [];
  const isDone = (host: string): boolean =>
    played.plan.sections
      .filter(({ rolling }) => rolling)
      .flatMap(({ steps }) => steps.filter(({ hosts }) => hosts.includes(host)))
      .every(({ task }) => played.always.has(task.name) || oracle.done.includes(`${host} ${task.name}`));
  const done = [...before, ...(where === "after" ? here : here.filter((host) => !hasFailed(host) && isDone(host)))];
  const open = where === "after" ? [] : here.filter((host) => !hasFailed(host) && !isDone(host));
  const right = { Done: done, Failed: failed, "Not finished": open, "Not reached": behind };
  return (
    Number(total) === Math.ceil(all.length / size) &&
    Object.entries(right).every(([title, hosts]) => listed(lists, title).join() === hosts.join())
  );
}

export const messageForms: Forms = {
  goesOn: {
    words: /goes on with (?<task>t\d)$/,
    holds: ({ who = "", task = "" }, { played, oracle }) =>
      played.world.answer &&
      about(who, (host) => oracle.open.includes(`${host} ${task}`) || oracle.done.includes(`${host} ${task}`)),
  },
  again: {
    words: /warning: Trying again \(1 of 1\): (?<why>.+)$/,
    holds: ({ who = "" }, { played }) => who !== "" && played.world.shapes.some(({ placed }) => placed === "retry"),
  },
  madeAgain: {
    words: /warning: (?<why>.+) It is made again when it is needed next\.$/,
    holds: ({ who = "" }, { oracle, played }) =>
      about(who, (host) => oracle.reached.has(host)) &&
      played.world.shapes.some(({ fails }) => ["lost", "gone"].includes(fails?.how ?? "")),
  },
  without: {
    words: /warning: The run goes on without this host\. (?<why>.+)$/,
    holds: ({ who = "" }, { oracle, played }) =>
      played.world.skipUnreachable && about(who, (host) => oracle.lost.has(host) && !oracle.reached.has(host)),
  },
  forgotten: {
    words: /warning: Commands were still running when the task's function returned: an `await` is missing\.$/,
    holds: ({ who = "" }, { played }) => who !== "" && played.world.shapes.some(({ body }) => body === "floats"),
  },
  notRun: {
    words:
      /warning: "(?<task>t\d)" did not run on (?<host>\S+): the connection is lost\. What it would have freed may still be held there\.$/,
    holds: ({ who, task = "", host = "" }, { oracle, played }) =>
      who === host && oracle.lost.has(host) && played.always.has(task) && !oracle.open.includes(`${host} ${task}`),
  },
  groups: {
    words: /error: Stopped (?<where>at|after) group (?<number>\d+) of (?<total>\d+)\.(?<lists>.*)$/,
    holds: (said, witness) => said["who"] === "" && groupsHold(said, witness),
  },
};
