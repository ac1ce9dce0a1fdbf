import { neutralise } from "../command/neutralise.ts";
import { groupBy } from "../group-by.ts";
import type { EventError, Failure } from "../runner/result.ts";
import { commandLines } from "./command-lines.ts";
import { countHosts, LOCAL, nameHosts, withoutHost } from "./host-list.ts";
import { linesOf } from "./lines.ts";
import type { Paint } from "./paint.ts";

/** Failures told in full; the rest get one line each. */
const IN_FULL = 15;
const IN_SHORT = 50;
/** Lines of output shown of each stream of a command that failed. */
const TAIL = 12;
/** Lines shown of such a command. */
const IN_COMMAND = 6;
/** Hosts named before a failure. */
const NAMED = 40;

/**
 * What went wrong, as lines, first things first: the same failure of several hosts is told once, with their names.
 * @param hosts all of the run, in the order in which they are named
 * @param breakLine breaks sentences for a screen; commands and what they printed are left whole, to be copied
 */
export function failureLines(
  failures: readonly Failure[],
  hosts: readonly string[],
  paint: Paint,
  breakLine: (line: string) => readonly string[],
): readonly string[] {
  const order = new Map(hosts.map((host, at) => [host, at]));
  const place = ({ host }: Failure): number => order.get(host) ?? hosts.length;
  const groups = groupBy(failures, (failure) => keyOf(nameless(failure)))
    .map((group) => group.toSorted((left, right) => place(left) - place(right)) as unknown as Group)
    .map(told);
  const lines = groups.slice(0, IN_FULL).flatMap((group) => ["", ...inFull(group, paint, breakLine)]);
  const rest = groups.slice(IN_FULL);
  if (rest.length > 0) lines.push("", paint.red(`${rest.length} more failures:`));
  for (const [first, ...same] of rest.slice(0, IN_SHORT)) {
    lines.push(...breakLine(`  ${namesOf([first, ...same])} · ${neutralise(first.task)}: ${describeError(first.error)}`));
  }
  if (rest.length > IN_SHORT) lines.push(`  and ${rest.length - IN_SHORT} more`);
  return lines;
}

/** An error in a few words: how its command ended, or the first line of its message. */
export function describeError(error: EventError): string {
  const message = firstLineOf(error.message);
  const command = error.command === undefined ? "" : firstLineOf(error.command);
  if (command !== "" && message.startsWith(`${command}: `)) return message.slice(command.length + 2);
  return error.exitCode === undefined ? message : `exit code ${error.exitCode}`;
}

function inFull(group: Group, paint: Paint, breakLine: (line: string) => readonly string[]): readonly string[] {
  const [{ task, error, stopped }] = group;
  const mark = stopped === true ? paint.yellow("■") : paint.red("✖");
  const lines = [...breakLine(`${mark} ${paint.bold(namesOf(group))} · ${neutralise(task)}`)];
  const where = error.where === undefined ? "" : ` ${paint.dim(`(${neutralise(error.where)})`)}`;
  if (error.command === undefined) {
    const [first = "", ...more] = linesOf(error.message);
    lines.push(...[`${first}${where}`, ...more].flatMap((line) => breakLine(`    ${line}`)));
  } else {
    const command = commandLines({ command: error.command, titled: error.titled }, IN_COMMAND);
    const colour = stopped === true ? paint.yellow : paint.red;
    const place =
      error.commandHost === undefined
        ? ""
        : ` on ${error.commandHost === LOCAL ? "this machine" : neutralise(error.commandHost)}`;
    lines.push(...command.map((line) => `    ${line}`), ...breakLine(`    ${colour(`${describeError(error)}${place}`)}${where}`));
    lines.push(...outputLines(error, paint));
  }
  if (error.hint !== undefined) lines.push(...linesOf(error.hint).flatMap((line) => breakLine(`    ${paint.yellow(line)}`)));
  return lines;
}

function outputLines(error: EventError, paint: Paint): readonly string[] {
  const streams = [error.stdout, error.stderr].map((text) => linesOf((text ?? "").trimEnd()));
  return streams.flatMap((lines) => {
    const shown = lines.slice(-TAIL).map((line) => `    ${paint.dim("│")} ${line}`);
    return lines.length > TAIL ? [`    ${paint.dim(`│ … ${lines.length - TAIL} lines above`)}`, ...shown] : shown;
  });
}

function namesOf(group: readonly Failure[]): string {
  const hosts = [...new Set(group.map((failure) => failure.host))];
  return hosts.length > 1 ? `${countHosts(hosts.length)} (${nameHosts(hosts, NAMED)})` : nameHosts(hosts);
}

type Group = readonly [Failure, ...Failure[]];

/** Of hosts that differ in nothing but their names, the names are taken out. */
function told(group: Group): Group {
  const [first, ...more] = group;
  return more.every((failure) => keyOf(failure) === keyOf(first)) ? group : [nameless(first), ...more];
}

/** What an error says that a host's own name may be in. */
const TEXTS = ["message", "command", "stdout", "stderr", "hint"] as const;

function nameless(failure: Failure): Failure {
  const { host, error } = failure;
  const texts = TEXTS.map((key) => [key, error[key] === undefined ? undefined : withoutHost(error[key], host)]);
  return { ...failure, error: { ...error, ...Object.fromEntries(texts) } };
}

function keyOf({ task, error, stopped }: Failure): string {
  return JSON.stringify([task, stopped, ...TEXTS.map((key) => error[key]), error.where]);
}

function firstLineOf(text: string): string {
  return linesOf(text)[0] ?? "";
}
