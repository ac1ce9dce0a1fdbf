/** The lines of the picture on a terminal: what each says of how things stand at that moment. */
import type { TaskOutcome } from "../../../src/runner/events.ts";
import { messageForms } from "./message-forms.ts";
import type { StageSeen } from "./oracle.ts";
import { busyHosts, interruption } from "./plain-forms.ts";
import { counts, type Forms, iff, lasts, names, type Said, type Witness } from "./reading.ts";

const TIME = "(?<time><0\\.1s|\\d+\\.\\ds|\\d+s|\\d+m \\d\\ds)";
const GROUP = "(?:, group (?<number>\\d+) of (?<total>\\d+))?";
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

/** A screen has room for everything. */
export const ROOMY = 60;

export function isOver({ event }: Pick<Witness, "event">): boolean {
  return event.kind === "runFinished";
}

/** Stages that came to their end, but for those that found nothing to do. */
export function doneStages({ oracle }: Pick<Witness, "oracle">): readonly StageSeen[] {
  return oracle.stages.filter(({ outcome, states }) => {
    const all = [...states.values()].flatMap((each) => [...each.values()]);
    return outcome !== undefined && !(outcome === "ok" && all.length > 0 && all.every((state) => state === "skipped"));
  });
}

function isGroup({ number = "", total = "" }: Said, stage: StageSeen): boolean {
  return iff(number, stage.group !== undefined, () => Number(number) === stage.group?.number && Number(total) === stage.group.of);
}

/** How a task of the stage at hand stands, on how many hosts. */
function statesOf(task: string, { oracle }: Witness) {
  const stage = oracle.openStage;
  const states = [...(stage?.states.get(task) ?? [])];
  const planned = stage?.tasks.find(({ name }) => name === task)?.hosts;
  const count = (wanted: TaskOutcome | "running"): number => states.filter(([, state]) => state === wanted).length;
  return {
    count,
    hosts: states.map(([host]) => host),
    planned,
    isThrough: count("running") === 0 && states.length >= (planned ?? 0),
  };
}

/** The mark of a task is that of its worst host, once it is through on all. */
function isMarked(mark: string, { count, isThrough }: ReturnType<typeof statesOf>): boolean {
  if (!isThrough) return count("running") > 0 ? SPINNER.test(mark) : mark === " ";
  if (count("failed") > 0) return mark === "✖";
  if (count("stopped") > 0) return mark === "■";
  return mark === (count("ok") > 0 ? "✔" : "-");
}

/** Stages of the plan, as they were announced. */
function announced({ played }: Witness) {
  const [first] = played.events;
  return first?.kind === "runStarted" ? first.stages : [];
}

function hasBegun(stage: string, { oracle }: Witness): boolean {
  return oracle.stages.some(({ name }) => name === stage);
}

/** Names with commas in them: `work, always: t2, t4`. */
function splitNames(list: string, all: readonly string[]): readonly string[] {
  if (list === "") return [];
  const name = all.filter((each) => list === each || list.startsWith(`${each}, `)).sort((a, b) => b.length - a.length)[0];
  return name === undefined ? [list] : [name, ...splitNames(list.slice(name.length + 2), all)];
}

export const treeForms: Forms = {
  header: {
    words: new RegExp(
      `^(?<tasks>deploy(?: t\\d)*)(?: · (?<count>\\d+ hosts?))? · ${TIME}(?: · connecting to (?<connecting>[^·]+?))?(?: · lost (?<lost>[^·]+?))?(?<end> · interrupted)?$`,
    ),
    holds({ tasks, count = "", time = "", connecting = "", lost = "", end = "" }, witness) {
      const { oracle, scene, played } = witness;
      const busy = busyHosts(witness).size;
      return (
        tasks === played.asked.join(" ") &&
        iff(count, busy > 0, () => counts(count, busy)) &&
        lasts(time, scene.now) &&
        iff(connecting, oracle.connecting.size > 0, () => names(connecting, oracle.connecting)) &&
        iff(lost, oracle.lost.size > 0, () => names(lost, oracle.lost)) &&
        iff(end, isOver(witness) && oracle.interrupts > 0)
      );
    },
  },
  interruption: {
    words: /^(?<what>SIGINT: .+)$/,
    holds: ({ what }, witness) => !isOver(witness) && what === interruption(witness.oracle.interrupts),
  },
  stageDone: {
    words: new RegExp(`^(?<mark>[✔✖■]) (?<stage>.+?)${GROUP} ${TIME}$`),
    holds: (said, witness) =>
      doneStages(witness).some((stage) => {
        const mark = { ok: "✔", failed: "✖", stopped: "■" }[stage.outcome ?? "stopped"];
        return (
          stage.name === said["stage"] &&
          isGroup(said, stage) &&
          mark === said["mark"] &&
          lasts(said["time"] ?? "", stage.duration)
        );
      }),
  },
  stagesBefore: {
    words: /^ {2}… (?<count>\d+) stages before$/,
    holds: ({ count }, witness) => witness.played.world.rows < ROOMY && Number(count) <= doneStages(witness).length,
  },
  stageOpen: {
    words: new RegExp(`^${SPINNER.source} (?<stage>.+?)${GROUP} ${TIME}$`),
    holds(said, witness) {
      const { oracle, scene } = witness;
      const stage = oracle.openStage;
      if (stage?.name !== said["stage"] || stage === undefined || isOver(witness)) return false;
      return isGroup(said, stage) && lasts(said["time"] ?? "", scene.now - scene.stageSince);
    },
  },
  failureRow: {
    words: /^ {6}(?<who>[^:0-9]\S*(?:, \S+)*(?: and \d+ more)?): (?<reason>.+)$/,
    holds({ who = "", reason }, { oracle, above, played }) {
      const states = oracle.openStage?.states.get(above.task);
      const all = who.replace(/ and \d+ more$/, "").split(", ");
      const isExit = reason !== "exit code 3" || played.world.shapes.some(({ fails }) => fails?.how === "exit");
      return isExit && all.every((host) => ["failed", "stopped"].includes(states?.get(host) ?? ""));
    },
  },
  rowsLeftOut: { words: /^ {6}… \d+ more rows$/, holds: (_, { played }) => played.world.rows < ROOMY },
  hostRow: {
    words: new RegExp(`^ {6}(?<who>\\S.*?) ${TIME}(?: (?<text>.*))?$`),
    holds({ who = "", time = "", text }, { scene, above }) {
      const runsHere = (host: string): boolean => scene.tasks.has(`${host} ${above.task}`);
      const isText = (host: string): boolean => {
        const open = scene.commandsOf(host).filter(({ event }) => event.task === above.task);
        return text === ""
          ? open.every(({ event }) => event.quiet)
          : open.some(({ event }) => event.command === text && !event.quiet);
      };
      const all = [...new Set([...scene.tasks.keys()].map((key) => key.split(" ")[0] ?? ""))].filter(runsHere);
      const same = all.filter(isText);
      const isWho = / hosts$/.test(who) ? counts(who, same.length) : who.split(", ").every((host) => same.includes(host));
      return isWho && same.some((host) => scene.sincesOf(host).some((since) => lasts(time, scene.now - since)));
    },
  },
  tail: {
    words: /^ {8}(?<text>\S.*)$/,
    holds: ({ text }, { scene, above }) =>
      [...scene.commands.values()].some(({ event, tail }) => event.task === above.task && tail === text),
  },
  taskAhead: {
    words: /^ {4}(?<task>\S+)$/,
    holds({ task = "" }, { oracle, above }) {
      above.task = task;
      return (
        oracle.openStage?.states.get(task) === undefined && oracle.openStage?.tasks.some(({ name }) => name === task) === true
      );
    },
  },
  ahead: {
    words: /^ {2}then (?<list>.+)$/,
    holds({ list = "" }, witness) {
      const { oracle, played } = witness;
      const all = announced(witness).map(({ name }) => name);
      const told = splitNames(list, all);
      const times = (names: readonly string[], name: string): number => names.filter((each) => each === name).length;
      const later = played.events.flatMap((event) =>
        event.kind === "stageStarted" && event.group === undefined ? event.stage : [],
      );
      const missing = later.some((name) => all.includes(name) && !hasBegun(name, witness) && !list.includes(name));
      return (
        !oracle.isEnding &&
        !missing &&
        told.every((name) => times(all, name) - Number(hasBegun(name, witness)) >= times(told, name))
      );
    },
  },
  notReached: {
    words: /^ {2}not reached: (?<list>.+)$/,
    holds({ list = "" }, witness) {
      const { oracle, played } = witness;
      const begun = new Set(played.events.flatMap((event) => (event.kind === "taskStarted" ? event.task : [])));
      const open = announced(witness).filter(({ tasks }) => tasks.some((task) => !begun.has(task)));
      const untouched = announced(witness).filter(({ tasks }) => tasks.every((task) => !begun.has(task)));
      const told = splitNames(
        list,
        announced(witness).map(({ name }) => name),
      );
      const right = told.every((name) => open.some((stage) => stage.name === name));
      return isOver(witness) && !oracle.isFine && right && untouched.every(({ name }) => told.includes(name));
    },
  },
  taskOnOne: {
    words: /^ {2}(?<mark>.) (?<task>\S+)(?: on (?<where>this machine|\S+))?(?<state> failed| stopped| skipped)?$/,
    holds({ mark = "", task = "", where = "", state = "" }, witness) {
      witness.above.task = task;
      const states = statesOf(task, witness);
      const [only = "", ...more] = states.hosts;
      const isWhere = only === "local" ? where === "this machine" : iff(where, busyHosts(witness).size > 1, () => where === only);
      const isState = (["failed", "stopped", "skipped"] as const).every(
        (each) => states.count(each) > 0 === (state === ` ${each}`),
      );
      return more.length === 0 && only !== "" && isWhere && isState && isMarked(mark, states);
    },
  },
  taskOnMany: {
    words:
      /^ {2}(?<mark>.) (?<task>\S+) (?:(?<ok>\d+) hosts?|(?<done>\d+)(?: of (?<planned>\d+))? done)?(?:(?:, )?(?<running>\d+) at work)?(?:(?:, )?(?<failed>\d+) failed)?(?:(?:, )?(?<stopped>\d+) stopped)?(?:(?:, )?(?<skipped>\d+) skipped)?$/,
    holds({ mark = "", task = "", ok = "", done = "", planned = "", running, failed, stopped, skipped }, witness) {
      witness.above.task = task;
      const states = statesOf(task, witness);
      const { count, isThrough } = states;
      const isDone = isThrough ? Number(ok) === count("ok") && done === "" : ok === "" && Number(done) === count("ok");
      const others = { running, failed, stopped, skipped };
      const areOthers = Object.entries(others).every(([state, told]) => Number(told) === count(state as TaskOutcome));
      return (
        isDone &&
        areOthers &&
        iff(planned, !isThrough && states.planned !== undefined, () => Number(planned) === states.planned) &&
        isMarked(mark, states)
      );
    },
  },
};

/** Messages above the picture: several hosts that say the same are named together. */
export const aboveForms: Forms = Object.fromEntries(
  Object.entries(messageForms).map(([name, { words, holds }]) => [
    name,
    { words: new RegExp(`^(?:\\[(?<who>[^\\]]+)\\] )?${words.source}`), holds },
  ]),
);
