/** What the summary of a run of several hosts says about where each stands, held against what is there. */
import { readDeployPath } from "./deploy-path.ts";
import type { HostBefore } from "./scene.ts";

type SummaryHost = Pick<HostBefore, "name" | "deployPath" | "before">;

/** What is wrong with what was said about a host: it is not so, or nothing was said where something must be. */
export function findUntold(text: string, host: SummaryHost, mustBeTold = true): readonly string[] {
  const about = summaryOf(text).filter((line) => isAbout(line, host.name));
  const stands = about.flatMap(
    (line) => /^ {2}(live: (?<id>\d{14})|nothing is live|unknown|unreachable|untouched|not known)/.exec(line) ?? [],
  );
  const found = about.flatMap((line) => checkLine(line, host));
  if (found.length > 0) return found;
  return mustBeTold && stands.length === 0 ? [`nothing is said about where ${host.name} stands`] : [];
}

function checkLine(line: string, { name, deployPath, before }: SummaryHost): readonly string[] {
  const { current } = readDeployPath(deployPath);
  const there = current.kind === "release" ? current.id : current.kind === "none" ? "nothing" : current.what;
  const told = /^ {2}live: (\d{14})/.exec(line)?.[1] ?? (line.startsWith("  nothing is live") ? "nothing" : undefined);
  if (told !== undefined && told !== there) return [`it says ${told} is live on ${name}, and it is ${there}`];
  const untouched = before.current.kind === "release" ? before.current.id : "nothing";
  if (line.startsWith("  untouched") && there !== untouched) return [`it says ${name} is untouched, and ${there} is live`];
  return [];
}

/** The lines behind the verdict, up to the first failure. */
function summaryOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const verdict = lines.findLastIndex((line) => /^(✖ Failed|■ Interrupted|✔ Done)/.test(line));
  const rest = verdict === -1 ? [] : lines.slice(verdict + 1);
  const end = rest.findIndex((line) => line.startsWith("✖"));
  return end === -1 ? rest : rest.slice(0, end);
}

/** Names stand at the end: in brackets, or behind a colon; where none does, or only their number, all are meant. */
function isAbout(line: string, name: string): boolean {
  const brackets = /\(([^()]*)\)$/.exec(line)?.[1];
  if (brackets !== undefined && !/^\S+ [0-9a-f]{7}$/.test(brackets))
    return /^(both|(all )?\d+) hosts$/.test(brackets) || names(brackets).includes(name);
  // The id of a release is no list of names.
  const list = /: ([\w.-]+(?:, [\w.-]+)*)$/.exec(line.replace(/^ {2}live: \d{14}/, ""))?.[1];
  return list === undefined || names(list).includes(name);
}

function names(list: string): readonly string[] {
  return list.split(", ");
}
