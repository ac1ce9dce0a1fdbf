import { neutralise } from "../command/neutralise.ts";
import type { Screen } from "../report/reporter.ts";
import type { HostOutcome } from "./exec-outcomes.ts";
import type { CliIo } from "./io.ts";

/** Output by hosts: those that answered the same share one block. stdout is results; everything else goes to stderr. */
export function drawOutcomes(outcomes: readonly HostOutcome[], io: CliIo): void {
  const groups = new Map<string, HostOutcome[]>();
  for (const outcome of outcomes) {
    const key = JSON.stringify({ ...outcome, host: undefined });
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  // What went well first: what needs looking at stays on the screen.
  const ordered = [...groups.values()].toSorted((left, right) => Number(isBad(left[0])) - Number(isBad(right[0])));
  for (const group of ordered) {
    const [first] = group;
    if (first === undefined) continue;
    const title = `${group.map(({ host }) => host).join(", ")}${describeEnd(first)}`;
    writeBlock(isBad(first) && first.stdout === "" ? io.stderr : io.stdout, title, first.stdout, isBad(first));
    for (const text of [first.stderr, first.error ?? ""]) if (text !== "") io.stderr.write(indent(text));
  }
}

function writeBlock(screen: Screen, title: string, text: string, bad: boolean): void {
  const shown = screen.color ? `\x1b[${bad ? 31 : 1}m${title}\x1b[0m` : title;
  screen.write(`${shown}\n${text === "" ? "" : indent(text)}`);
}

function isBad(outcome: HostOutcome | undefined): boolean {
  return outcome?.status !== "ok";
}

function describeEnd({ status, exitCode }: HostOutcome): string {
  switch (status) {
    case "ok":
      return "";
    case "failed":
      return ` (exit code ${exitCode ?? "missing"})`;
    case "unknown":
      return " (connection lost: outcome unknown)";
    default:
      return ` (${status})`;
  }
}

function indent(text: string): string {
  return `${neutralise(text.replace(/\n$/, "")).replace(/^/gm, "  ")}\n`;
}
