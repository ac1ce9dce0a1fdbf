/** The sentences of the plain reporter, but for the summary: what each says of what has just happened. */
import type { RunEventKind, TaskOutcome } from "../../../src/runner/events.ts";
import { messageForms } from "./message-forms.ts";
import { counts, type Form, type Forms, iff, lasts, names, type Said, type Witness } from "./reading.ts";

/** A sentence about an event of this kind. */
function of(kind: RunEventKind, words: RegExp, holds: Form["holds"]): Form {
  return { words, holds: (said, witness) => witness.event.kind === kind && holds(said, witness) };
}

/** Hosts that the plan has something for. */
export function busyHosts({ played }: Pick<Witness, "played">): ReadonlySet<string> {
  return new Set(played.whole.sections.flatMap(({ steps }) => steps.flatMap(({ hosts }) => hosts)));
}

/** A task has just ended so, and its commands bear it out. */
function ended(
  { host = "", task = "", time = "", reason = "" }: Said,
  { event, scene, played }: Witness,
  outcome: TaskOutcome,
): boolean {
  if (event.kind !== "taskFinished" || event.task !== task || event.host !== host || event.outcome !== outcome) return false;
  const last = scene.ends.get(`${host} ${task}`);
  if (outcome === "ok" && last !== undefined && last.status !== "ok") return false;
  if (reason.startsWith("exit code") && reason !== `exit code ${last?.exitCode}` && !isExecuted(task, played)) return false;
  return time === "" || lasts(time, event.duration);
}

/** Its commands are those of a task that it executes. */
function isExecuted(task: string, { world }: Witness["played"]): boolean {
  return ["executes", "confirms"].includes(world.shapes[Number(task.slice(1))]?.body ?? "");
}

export const plainForms: Forms = {
  begins: of(
    "runStarted",
    /^(?<tasks>deploy(?: t\d)*)(?: on (?<count>\d+ hosts?): (?<who>.+))?$/,
    ({ tasks, count = "", who = "" }, witness) => {
      const busy = busyHosts(witness);
      return (
        tasks === witness.played.asked.join(" ") && iff(who, busy.size > 0, () => counts(count, busy.size) && names(who, busy))
      );
    },
  ),
  connected: of(
    "hostConnected",
    /^\[(?<host>\S+)\] connected \((?<time>.+)\)$/,
    ({ host = "", time = "" }, { oracle, event }) =>
      oracle.reached.has(host) && !oracle.lost.has(host) && event.kind === "hostConnected" && lasts(time, event.duration),
  ),
  lost: of("hostLost", /^\[(?<host>\S+)\] lost: (?<why>.+)$/, ({ host = "" }, { oracle, played }) => {
    const isRefused = played.world.unreachable !== undefined && !oracle.reached.has(host);
    return oracle.lost.has(host) && (isRefused || oracle.reached.has(host));
  }),
  stage: of(
    "stageStarted",
    /^== (?<stage>.+) \((?:group (?<number>\d+) of (?<total>\d+): )?(?<where>this machine|\d+ hosts?)\)$/,
    ({ stage, number = "", total = "", where = "" }, { oracle, played: { whole, plan, world } }) => {
      const { openStage } = oracle;
      if (openStage === undefined || openStage.name !== stage) return false;
      const { hosts } = plan.hosts.length === 0 ? whole : plan;
      const groups = Math.ceil(hosts.length / (world.batch ?? 1));
      const isGroup = iff(number, openStage.group !== undefined, () => Number(total) === groups && Number(number) <= groups);
      return isGroup && (where === "this machine" ? openStage.hosts.length === 0 : counts(where, openStage.hosts.length));
    },
  ),
  stageEnds: of(
    "stageFinished",
    /^== (?<stage>.+) (?<outcome>done|failed|stopped) \((?<time>.+)\)$/,
    ({ stage, outcome, time = "" }, { oracle }) => {
      const last = oracle.stages.at(-1);
      if (last === undefined || last.name !== stage || !lasts(time, last.duration)) return false;
      const states = [...last.states.values()].flatMap((each) => [...each.values()]);
      const isWhole = last.tasks.every((task) => (last.states.get(task.name)?.size ?? 0) >= Math.max(1, task.hosts));
      if (outcome === "failed") return states.includes("failed");
      return (
        !states.includes("failed") &&
        (outcome === "done" ? isWhole && !states.includes("stopped") : !isWhole || states.includes("stopped"))
      );
    },
  ),
  ok: of("taskFinished", /^\[(?<host>\S+)\] (?<task>\S+) ok \((?<time>.+)\)$/, (said, witness) => ended(said, witness, "ok")),
  failed: of("taskFinished", /^\[(?<host>\S+)\] (?<task>\S+) failed: (?<reason>.+) \((?<time>.+?)\)$/, (said, witness) =>
    ended(said, witness, "failed"),
  ),
  stopped: of(
    "taskFinished",
    /^\[(?<host>\S+)\] (?<task>\S+) stopped: (?<reason>.+) \((?<time>.+?)\)$/,
    (said, witness) => witness.oracle.interrupts > 0 && ended(said, witness, "stopped"),
  ),
  skipped: of("taskFinished", /^\[(?<host>\S+)\] (?<task>\S+) skipped$/, (said, witness) => ended(said, witness, "skipped")),
  command: of("commandStarted", /^\[(?<host>\S+)\] \$ (?<text>do .+)$/, ({ host = "", text }, { scene }) =>
    scene.commandsOf(host).some(({ event }) => event.command === text && !event.quiet),
  ),
  output: of("commandOutput", /^\[(?<host>\S+)\] boom$/, ({ host }, { event, played: { world } }) => {
    if (event.kind !== "commandOutput" || event.host !== host) return false;
    const shape = world.shapes[Number(event.task.slice(1))];
    return shape?.fails?.how === "exit";
  }),
  commandEnds: of(
    "commandFinished",
    /^\[(?<host>\S+)\] (?<how>exit code 3|exit code 143, SIGTERM|unknown) \((?<time>.+)\)$/,
    ({ host, how = "", time = "" }, { event, oracle }) => {
      if (event.kind !== "commandFinished" || event.host !== host || !lasts(time, event.duration)) return false;
      if (how === "exit code 3") return event.exitCode === 3;
      return how === "unknown" ? event.status === how : oracle.interrupts >= 2 && event.status === "killed";
    },
  ),
  changed: of(
    "changed",
    /^\[(?<host>\S+)\] changed: made (?:\/srv\/(?<own>.+)|(?<task>t\d))$/,
    ({ host = "", own = "", task = "" }, { oracle, played }) => {
      if (own !== "") return own === host;
      const body = played.world.shapes[Number(task.slice(1))]?.body ?? "";
      return (
        ["ahead", "reads", "notes"].includes(body) &&
        (oracle.open.includes(`${host} ${task}`) || oracle.done.includes(`${host} ${task}`))
      );
    },
  ),
  ...Object.fromEntries(
    Object.entries(messageForms).map(([name, { words, holds }]) => {
      const form = of("message", new RegExp(`^(?:\\[(?<who>\\S+)\\] )?${words.source}`), holds);
      return [name, form] as const;
    }),
  ),
  interrupted: of(
    "interrupted",
    /^(?<what>SIGINT: .+)$/,
    ({ what = "" }, { oracle }) => what === interruption(oracle.interrupts),
  ),
};

/** What ctrl-C does, by how often it was typed. */
export function interruption(count: number): string {
  if (count === 1) return "SIGINT: stopping when what is under way is done. Once more ends that now.";
  return count === 2 ? "SIGINT: ending what is under way. Once more gives up waiting for it." : "SIGINT: not waiting any longer.";
}
