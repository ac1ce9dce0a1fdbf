/** The sentences at the end of a run: its outcome, what was changed, where hosts stand, what went wrong. */
import type { HostStatus } from "../../../src/runner/result.ts";
import { counts, type Form, type Forms, iff, lasts, names, type Witness } from "./reading.ts";

const WORDS: Readonly<Record<string, HostStatus>> = {
  failed: "failed",
  unreachable: "unreachable",
  unknown: "unknown",
  unfinished: "unfinished",
  untouched: "skipped",
};

function hostsOf({ played }: Witness): readonly string[] {
  return played.whole.hosts.map(({ id }) => id);
}

function withStatus(witness: Witness, status: HostStatus): readonly string[] {
  return hostsOf(witness).filter((host) => witness.oracle.statusOf(host, witness.played) === status);
}

/** `all 3 hosts failed`, `1 of 3 hosts failed, 2 unreachable`: all that did not go well, and nothing else. */
function troublesHold(text: string, witness: Witness): boolean {
  const all = hostsOf(witness);
  const bad = Object.entries(WORDS).flatMap(([word, status]) => {
    const { length } = withStatus(witness, status);
    return length === 0 ? [] : [`${length} ${word}`];
  });
  if (text === "") return bad.length === 0;
  const [, few = "", total = "", word = "", rest = ""] = /^(all |\d+ of )?(\d+ hosts?) (\w+)(.*)$/.exec(text) ?? [];
  const count = few.endsWith(" of ") ? Number(few.slice(0, -4)) : all.length;
  if (few === "" && all.length !== 1) return false;
  return counts(total, all.length) && [`${count} ${word}`, ...rest.split(", ").slice(1)].join() === bad.join();
}

function isBad(witness: Witness): boolean {
  return ["failed", "unreachable", "unknown"].some((status) => withStatus(witness, status as HostStatus).length > 0);
}

/** What came of the run is what its exit code says. */
const verdict = (words: RegExp, codes: readonly number[], holds: Form["holds"]): Form => ({
  words,
  holds(said, witness) {
    const { result } = witness.played;
    const { time = "", troubles = "" } = said;
    const isTimed = time === "" || lasts(time, result.duration);
    return (
      isTimed && codes.includes(result.exitCode) && (codes.includes(0) || troublesHold(troubles, witness)) && holds(said, witness)
    );
  },
});

/** `  unknown: what came of a command there was not heard: app1`: names, unless it is all of them. */
function trouble(word: string, meaning?: string): Form {
  const status = WORDS[word] ?? "ok";
  return {
    words: new RegExp(`^ {2}${word}${meaning === undefined ? "" : `: ${meaning}`}(?:: (?<who>[^:]+))?$`),
    holds({ who = "" }, witness) {
      const hosts = withStatus(witness, status);
      return hosts.length > 0 && iff(who, hosts.length < hostsOf(witness).length, () => names(who, hosts));
    },
  };
}

/** `(both hosts)`, `(4 hosts)`, `(app1, app11)`, `(this machine, app1)`; nothing where there is one host alone. */
function whoseIs(text: string, hosts: ReadonlySet<string>, witness: Witness): boolean {
  const total = hostsOf(witness).length;
  const far = [...hosts].filter((host) => host !== "local");
  if (hosts.size === 0) return false;
  if (text === "") return total === 1 && far.length === hosts.size;
  const rest = text.replace(/^this machine(, )?/, "");
  if (text.startsWith("this machine") !== far.length < hosts.size) return false;
  if (rest === "both hosts") return total === 2 && far.length === 2;
  if (rest.startsWith("all ")) return far.length === total && counts(rest.slice(4), total);
  return rest === "" ? far.length === 0 : counts(rest, far.length) || names(rest, far);
}

/** Such a run does not hear any more what its hosts say: what they said last is not known to it. */
function isGivenUp({ played }: Witness): boolean {
  return played.world.interrupts.length >= 3;
}

/** Hosts of which this was told last. */
function standingAt(task: string, { played, oracle }: Witness, isHeard: boolean): ReadonlySet<string> {
  const isKnown = (host: string): boolean =>
    host === "local" || !["unknown", "unreachable"].includes(oracle.statusOf(host, played));
  const hosts = [...played.standing].filter(([host, text]) => text === `at ${task}` && isKnown(host) === isHeard);
  return new Set(hosts.map(([host]) => host));
}

export const summaryForms: Forms = {
  nothing: { words: /^$/, holds: () => true },
  done: verdict(
    /^✔ Done in (?<time>[^:]+)(?:: (?<count>\d+ hosts?) ok(?:, (?<idle>\d+) with nothing to do)?)?$/,
    [0],
    ({ count = "", idle }, witness) => {
      const { length } = withStatus(witness, "ok");
      const right = (): boolean => counts(count, length) && Number(idle) === hostsOf(witness).length - length;
      return witness.oracle.isFine && iff(count, length > 0, right);
    },
  ),
  dryRun: verdict(
    /^✔ Dry run: nothing was sent$/,
    [0],
    (_, { oracle, played }) => played.world.dryRun && oracle.reached.size === 0,
  ),
  failedRun: verdict(
    /^✖ Failed after (?<time>[^:,]+)(?<here>, on this machine)?(?:: (?<troubles>.+))?$/,
    [1, 2, 3],
    ({ here = "" }, witness) => {
      const { oracle } = witness;
      return oracle.interrupts === 0 && !oracle.isFine && iff(here, !isBad(witness));
    },
  ),
  interruptedRun: verdict(
    /^■ Interrupted by SIGINT after (?<time>[^:]+)(?:: (?<troubles>.+))?$/,
    [130],
    (_, { oracle }) => oracle.interrupts > 0,
  ),
  failedHosts: trouble("failed"),
  unreachable: trouble("unreachable"),
  unknown: trouble("unknown", "what came of a command there was not heard"),
  unfinished: trouble("unfinished", "the run ended before all was done there"),
  untouched: trouble("untouched", "nothing was begun there"),
  changed: {
    words: /^ {2}changed: made (?<what>\S+)(?: \((?<who>.+)\))?$/,
    holds: ({ what = "", who = "" }, witness) => {
      const { changed } = witness.oracle;
      const isIt = ({ host, text }: { host: string; text: string }): boolean =>
        text === `made ${what}` || (what === "/srv/<host>" && text === `made /srv/${host}`);
      return whoseIs(who, new Set(changed.filter(isIt).map(({ host }) => host)), witness);
    },
  },
  standing: {
    words: /^ {2}at (?<task>t\d)(?: \((?<who>.+)\))?$/,
    holds: ({ task = "", who = "" }, witness) => isGivenUp(witness) || whoseIs(who, standingAt(task, witness, true), witness),
  },
  stood: {
    words: /^ {2}when it was last heard of, at (?<task>t\d)(?: \((?<who>.+)\))?$/,
    holds: ({ task = "", who = "" }, witness) => isGivenUp(witness) || whoseIs(who, standingAt(task, witness, false), witness),
  },
  notShown: {
    words:
      /^ {2}not shown: (?:the output of (?<commands>\d+) (?<noun>commands?))?(?: and )?(?:(?<debug>\d+) debug (?<kind>messages?))? \(shown with -v, kept with --log-file FILE\)$/,
    holds({ commands, noun, debug, kind }, { scene, shows }) {
      const hidden = shows === "plain" ? scene.quiet.size : scene.printed.size;
      const isPlural = Number(commands) === 1 ? noun !== "commands" : noun !== "command";
      const isRight = Number(commands) === hidden && isPlural && Number(debug) === scene.debug;
      return isRight && (Number(debug) === 1) === (kind === "message");
    },
  },
  textNotShown: {
    words: /^ {2}not shown: the text of commands \(shown with -v\)$/,
    holds: (_, { played }) => played.world.dryRun,
  },
  failure: {
    words: /^(?<mark>✖|■) (?:(?<count>\d+ hosts?) \()?(?<who>[^)·]+?)\)? · (?<task>.+)$/,
    holds({ mark, count = "", who = "", task = "" }, { oracle, above, played }) {
      const hosts = who.split(", ");
      Object.assign(above, { task, hosts });
      if (count !== "" && !counts(count, hosts.length)) return false;
      if (task === "connect") return hosts.every((host) => !oracle.reached.has(host));
      const outcome = mark === "✖" ? "failed" : "stopped";
      const isTask = hosts.every((host) =>
        oracle.ends.some((end) => end.host === host && end.task === task && end.outcome === outcome),
      );
      return isTask || (who === "local" && task === played.asked.join(" "));
    },
  },
  failedCommand: {
    words: /^ {4}\$ do (?<task>t\d|sub|dire)$/,
    holds: ({ task }, { above, played }) =>
      above.task === task || ["executes", "confirms"].includes(played.world.shapes[Number(above.task.slice(1))]?.body ?? ""),
  },
  saidNo: {
    words: /^ {4}(?:Somebody said no\.|"dire", which "t\d" executes, was not confirmed: "Really\?"\.) \((?<where>.+)\)$/,
    holds: (_, { played }) => !played.world.answer,
  },
  endedCommand: {
    words: /^ {4}(?<how>the connection was lost before it answered; its outcome is unknown|killed by SIGTERM) \(.+\)$/,
    holds: ({ how = "" }, { above, oracle }) =>
      how.startsWith("killed") ? oracle.interrupts > 0 : above.hosts.some((host) => host === "local" || oracle.unknown.has(host)),
  },
  refused: {
    words:
      /^ {4}(?<lost>(?:The connection to \S+ was lost: )?The connection was lost\. It could not be made again: )?Nothing accepts connections on (?<host><host>|\S+)\.$/,
    holds: ({ lost, host }, { above, oracle }) =>
      above.hosts.every((each) => oracle.lost.has(each) && oracle.reached.has(each) === (lost !== "")) &&
      (host === "<host>" || above.hosts.includes(host ?? "")),
  },
  exitCode: {
    words: /^ {4}exit code 3(?: \((?<where>.+)\))?$/,
    holds: (_, { above, oracle }) => above.hosts.some((host) => oracle.ends.some((end) => end.host === host)),
  },
  printed: { words: /^ {4}│ boom$/, holds: (_, { played }) => played.world.shapes.some(({ fails }) => fails?.how === "exit") },
};
