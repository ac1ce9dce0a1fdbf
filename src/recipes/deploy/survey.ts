import { credibleTime, findReleaseTime, isReleaseId } from "./release-id.ts";
import { isCommitId } from "./revision.ts";
import { readTagged } from "./tagged-lines.ts";

/** A directory that is a release of another tool. */
export interface FoundRelease {
  /** Of its directory, as seen from `releases`. */
  readonly name: string;
  /** When it was made, milliseconds since 1970, as far as anybody wrote down. */
  readonly time: number;
  /** `good`: its tool vouches that it was live. `unknown`: it may as well have failed. */
  readonly state: "good" | "bad" | "unfinished" | "unknown";
  /** Commit; empty where nobody knows. */
  readonly revision: string;
  readonly branch: string;
  readonly user: string;
}

/** What `surveyTree` has found on a host. */
export interface Survey {
  /** The tool, for people. */
  readonly maker: string;
  /** Locks of that tool. */
  readonly busy: readonly string[];
  readonly found: readonly FoundRelease[];
  /** Directories in `releases` that nothing says are releases. */
  readonly others: readonly string[];
  /** Names of releases with a date that cannot be meant, and was not taken for one. */
  readonly misdated: readonly string[];
  /** Name of what is live, when it is one of them. */
  readonly live: string | undefined;
}

/** Names that these tools give by themselves. What has another is no release, unless it is live, in a log, or has an id for a name. */
const NAMES: ReadonlyMap<string, RegExp> = new Map([
  ["Deployer", /^\d{1,13}$/],
  ["Mina", /^\d{1,13}$/],
  ["Ansistrano", /^\d{14}Z$/],
]);

/** @param now milliseconds since 1970 */
export function parseSurvey(output: string, now: number): Survey {
  const all = readTagged(output);
  const maker = all("maker")[0] ?? "another tool";
  const [live] = all("live");
  const logged = new Map(all("dep").flatMap(parseDeployerLine));
  const isRelease = (name: string): boolean =>
    name === live || logged.has(name) || isReleaseId(name) || NAMES.get(maker)?.test(name) === true;
  // What failed Mina removes at once, and Deployer when it deploys again: what is there still was live. The others leave it beside the rest.
  const isVouchedFor = (name: string): boolean => maker === "Mina" || logged.has(name);
  const misdated = new Set<string>();
  const others: string[] = [];
  // Each once, however often the host says it.
  const told = new Map(all("found").map((line) => [line.split(" ").slice(3).join(" "), line]));
  const found = [...told].flatMap(([name, line]): readonly FoundRelease[] => {
    const [made = "", revision = "", said = ""] = line.split(" ");
    if (!isRelease(name)) {
      others.push(name);
      return [];
    }
    const { time, user = "", branch = "" } = logged.get(name) ?? {};
    const dates = [time, timeInName(name), findReleaseTime(made)].filter((date) => date !== undefined);
    const date = dates.find((each) => credibleTime(each, now) !== undefined);
    if (dates[0] !== date && !isReleaseId(name)) misdated.add(name);
    const state = isVouchedFor(name) ? "good" : "unknown";
    return [
      {
        name,
        time: Math.min(date ?? now, now),
        state: said === "bad" || said === "unfinished" ? said : state,
        revision: isCommitId(revision) ? revision : "",
        branch,
        user,
      },
    ];
  });
  return { maker, busy: all("busy"), found, others, misdated: [...misdated], live };
}

type Logged = Partial<Pick<FoundRelease, "time" | "user" | "branch">>;

/** A line of Deployer's log, which has one for each release that was begun: JSON, or `TIME,NAME` before version 7. */
function parseDeployerLine(line: string): readonly (readonly [name: string, logged: Logged])[] {
  const comma = line.indexOf(",");
  const before = findReleaseTime(line.slice(0, comma));
  if (before !== undefined) return [[line.slice(comma + 1), { time: before }]];
  try {
    const { release_name: name, created_at: created, user, target } = JSON.parse(line);
    // Written without the colon that ISO 8601 has in extended form.
    const time = Date.parse(String(created).replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    const branch = text(target) === "HEAD" ? "" : text(target);
    return [[String(name), { ...(Number.isNaN(time) ? {} : { time }), user: text(user), branch }]];
  } catch {
    return [];
  }
}

/** Of names that begin with the time, as Ansistrano gives them: `20240102120000Z`. */
export function timeInName(name: string): number | undefined {
  return /^\d{14}(?!\d)/.test(name) ? findReleaseTime(name.slice(0, 14)) : undefined;
}
