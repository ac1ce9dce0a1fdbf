import { textWidth } from "../../columns.ts";
import { neutralise } from "../../command/neutralise.ts";
import { groupBy } from "../../group-by.ts";
import { withoutContext } from "../command-lines.ts";
import { formatElapsed } from "../elapsed.ts";
import { countHosts, LOCAL, nameHosts, withoutHost } from "../host-list.ts";
import type { Paint } from "../paint.ts";
import { addAmounts, describeAmounts, drawBar } from "../progress.ts";
import { clip, wrap } from "../width.ts";
import type { ActiveTask, Board, StageBoard, TaskBoard, TaskState } from "./board.ts";

export interface FrameOptions {
  readonly paint: Paint;
  readonly now: number;
  /** Rows that it may take. */
  readonly rows: number;
  /** Columns that a line may have. */
  readonly columns: number;
  /** Which picture of the spinner it is. */
  readonly tick: number;
}

/** Fewer hosts at work than this get a row each; more are folded by what they do. */
const EACH = 4;
/** Rows for what many hosts do: the eye finds nothing in more, however tall the screen. */
const FOLDED = 8;

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Lines of the whole picture, at most `rows` of them: what is at work now is kept, what is done or ahead is folded first. */
export function frameLines(board: Board, options: FrameOptions): readonly string[] {
  if (options.rows < 1) return [];
  const head = headLines(board, options);
  const tail = aheadLines(board, options);
  // At the end of a run nothing is under way any more: what is still open did not come to its end.
  const isOpen = ({ duration }: StageBoard): boolean => duration === undefined && !board.over;
  const done = board.stages.filter((stage) => !isOpen(stage) && !stage.passedBy).map((stage) => stageLine(stage, options));
  const open = board.stages.filter(isOpen);
  const room = Math.max(0, options.rows - head.length - tail.length);
  const body = open.flatMap((stage) => openStageLines(board, stage, room, options));
  const left = Math.max(0, room - body.length);
  return [...head, ...foldDone(done, board.forgotten, left, options), ...body, ...tail].slice(0, options.rows);
}

/** What is asked for and where, who is being connected to, and what an interruption does: that is never cut. */
function headLines(board: Board, { paint, now, columns }: FrameOptions): readonly string[] {
  const asItIs = (text: string): string => text;
  const connecting = [...board.connecting];
  const parts: (readonly [string, (text: string) => string])[] = [
    [board.title, paint.bold],
    ...(board.hosts === 0 ? [] : [[countHosts(board.hosts), asItIs] as const]),
    [formatElapsed(now - board.since), asItIs],
    ...(connecting.length === 0 ? [] : [[`connecting to ${nameHosts(connecting, 3)}`, asItIs] as const]),
    ...(board.lost.size === 0 ? [] : [[`lost ${nameHosts([...board.lost], 3)}`, paint.red] as const]),
    ...(board.interrupted !== undefined && board.over ? [["interrupted", paint.yellow] as const] : []),
  ];
  const lines: string[] = [];
  for (const [text, colour] of parts) {
    const longer = [...lines.slice(-1), colour(text)].join(paint.dim(" · "));
    if (textWidth(longer) <= columns) lines.splice(-1, 1, longer);
    else lines.push(...wrap(lines.length === 0 ? text : `  ${text}`, columns, "  ").map(colour));
  }
  if (board.interrupted === undefined || board.over) return lines;
  return [...lines, ...wrap(board.interrupted, columns, "  ").map((line) => paint.yellow(line))];
}

function aheadLines({ ahead, over, isEnding }: Board, { paint, columns }: FrameOptions): readonly string[] {
  // What a failure calls is still to come then, and nothing of the plan.
  if (ahead.length === 0 || (isEnding && !over)) return [];
  const names = ahead.map(({ name }) => neutralise(name));
  const line = (count: number): string => {
    const more = names.length - count;
    return `  ${over ? "not reached:" : "then"} ${names.slice(0, count).join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
  };
  let count = names.length;
  while (count > 1 && textWidth(line(count)) > columns) count--;
  return [paint.dim(line(count))];
}

function foldDone(lines: readonly string[], forgotten: number, room: number, { paint }: FrameOptions): readonly string[] {
  if (forgotten === 0 && lines.length <= room) return lines;
  if (room < 1) return [];
  const kept = room === 1 ? [] : lines.slice(1 - room);
  return [paint.dim(`  … ${forgotten + lines.length - kept.length} stages before`), ...kept];
}

/** A stage behind its mark: of a name that is too long the end is cut, not which group it is. */
function titleOf({ name, group }: StageBoard, elapsed: string, { columns }: FrameOptions): string {
  const which = group === undefined ? "" : `, group ${group.number} of ${group.of}`;
  return clip(neutralise(name), Math.max(2, columns - textWidth(`✔ ${which} ${elapsed}`))) + which;
}

function stageLine(stage: StageBoard, options: FrameOptions): string {
  const { paint, now } = options;
  const { duration, since, outcome } = stage;
  const ended = duration === undefined ? "stopped" : outcome;
  const mark = ended === "ok" ? paint.green("✔") : ended === "failed" ? paint.red("✖") : paint.yellow("■");
  const elapsed = formatElapsed(duration ?? now - since);
  return `${mark} ${titleOf(stage, elapsed, options)} ${paint.dim(elapsed)}`;
}

function openStageLines(board: Board, stage: StageBoard, room: number, options: FrameOptions): readonly string[] {
  if (room < 1) return [];
  const { paint, now } = options;
  const elapsed = formatElapsed(now - stage.since);
  const title = `${paint.cyan(spinner(options))} ${paint.bold(titleOf(stage, elapsed, options))} ${paint.dim(elapsed)}`;
  const busy = groupBy(
    [...board.running.values()].filter((running) => running.stage === stage.name),
    (running) => running.task,
  );
  const byTask = new Map(busy.map((group) => [group[0].task, group]));
  const known = [...stage.tasks.values()].map((task) => ({
    task,
    lines: [taskLine(task, board.hosts, options), ...failureRows(task, options)],
  }));
  const below = Math.max(0, room - 1 - known.reduce((sum, { lines }) => sum + lines.length, 0));
  const share = Math.max(0, Math.floor(below / Math.max(1, byTask.size)));
  const rows = known.flatMap(({ task, lines }) => [...lines, ...hostRows(byTask.get(task.name) ?? [], share, options)]);
  const others = [...byTask].filter(([name]) => !stage.tasks.has(name)).flatMap(([, group]) => hostRows(group, share, options));
  return [title, ...cut([...rows, ...others], room - 1, options)];
}

/** A task has its mark when it is through on all of its hosts, however many are done before. @param among hosts of the run */
function taskLine(task: TaskBoard, among: number, options: FrameOptions): string {
  const { paint } = options;
  const name = neutralise(task.name);
  const states = [...task.hosts.values()];
  if (states.length === 0) return paint.dim(`    ${name}`);
  const count = (state: TaskState): number => states.filter((each) => each === state).length;
  const [running, ok] = [count("running"), count("ok")];
  const isThrough = running === 0 && states.length >= (task.planned ?? 0);
  const line = `  ${isThrough ? markOf(count, paint) : running > 0 ? paint.cyan(spinner(options)) : " "} ${name}`;
  const bad = [
    ...(["failed", "stopped"] as const).filter((state) => count(state) > 0).map((state) => ({ state, colour: paint.red })),
    ...(count("skipped") > 0 ? [{ state: "skipped" as const, colour: paint.dim }] : []),
  ];
  const [only, ...more] = task.hosts.keys();
  if (only !== undefined && more.length === 0 && (task.planned ?? 1) <= 1) {
    const where = only === LOCAL ? " on this machine" : among > 1 ? ` on ${neutralise(only)}` : "";
    return `${line}${paint.dim(where)}${bad.map(({ state, colour }) => colour(` ${state}`)).join("")}`;
  }
  const done = isThrough ? countHosts(ok) : `${ok}${task.planned === undefined ? "" : ` of ${task.planned}`} done`;
  const parts = [
    ...(isThrough && ok === 0 ? [] : [paint.dim(done)]),
    ...(running === 0 ? [] : [paint.dim(`${running} at work`)]),
    ...bad.map(({ state, colour }) => colour(`${count(state)} ${state}`)),
  ];
  return `${line} ${parts.join(paint.dim(", "))}`;
}

function markOf(count: (state: TaskState) => number, paint: Paint): string {
  if (count("failed") > 0) return paint.red("✖");
  if (count("stopped") > 0) return paint.yellow("■");
  return count("ok") > 0 ? paint.green("✔") : "-";
}

function failureRows(task: TaskBoard, { paint }: FrameOptions): readonly string[] {
  const groups = groupBy(task.failures, (failure) => failure.reason);
  return groups.slice(0, 3).map((group) => paint.red(`      ${nameHosts(group.map(({ host }) => host))}: ${group[0].reason}`));
}

function hostRows(running: readonly ActiveTask[], room: number, options: FrameOptions): readonly string[] {
  if (running.length === 0 || room < 1) return [];
  if (running.length < EACH) {
    const rows = running.flatMap((each) => {
      const row = workRows(neutralise(each.host), each.command?.since ?? each.since, each.command?.text ?? "", options);
      return [...row, ...progressRows([each], options), ...(each.tail === "" ? [] : [options.paint.dim(`        ${each.tail}`)])];
    });
    return rows.slice(0, room);
  }
  const textOf = ({ command, host }: ActiveTask): string => withoutHost(command?.text ?? "", host);
  const oldest = (group: readonly ActiveTask[]): number => Math.min(...group.map((each) => each.command?.since ?? each.since));
  const groups = [...groupBy(running, textOf)].sort((a, b) => oldest(a) - oldest(b));
  const limit = Math.min(room, FOLDED);
  const rows: string[] = [];
  for (const [at, group] of groups.entries()) {
    const names = group.length < EACH ? nameHosts(group.map(({ host }) => host)) : countHosts(group.length);
    const text = group.length === 1 ? (group[0].command?.text ?? "") : textOf(group[0]);
    const next = [...workRows(names, oldest(group), text, options), ...progressRows(group, options)];
    if (rows.length + next.length > limit - (at === groups.length - 1 ? 0 : 1))
      return [...rows, moreRows(groups.length - at, options)];
    rows.push(...next);
  }
  return rows;
}

/** Who runs a command, since when, and the command: in a row of its own where the names leave less than half of one to it. */
function workRows(who: string, since: number, text: string, { paint, now, columns }: FrameOptions): readonly string[] {
  const elapsed = formatElapsed(now - since);
  const names = clip(who, Math.max(2, columns - textWidth(`       ${elapsed}`)));
  const row = `      ${names} ${paint.dim(elapsed)}`;
  if (text === "") return [row];
  const left = columns - textWidth(row) - 1;
  if (textWidth(text) <= left) return [`${row} ${text}`];
  const short = withoutContext(text);
  return textWidth(short) <= left || left >= columns / 2 ? [`${row} ${short}`] : [row, `        ${short}`];
}

/** How far all together are that send or fetch something. */
function progressRows(running: readonly ActiveTask[], { paint, columns }: FrameOptions): readonly string[] {
  const known = running.flatMap(({ progress }) => progress ?? []);
  if (known.length === 0) return [];
  const all = addAmounts(known);
  const bar = drawBar(all, columns < 70 ? 10 : 20);
  return [`        ${bar === "" ? "" : `${paint.cyan(bar)} `}${paint.dim(describeAmounts(all))}`];
}

/** The first rows that fit, and how many are left out. */
function cut(rows: readonly string[], room: number, options: FrameOptions): readonly string[] {
  if (rows.length <= room) return rows;
  if (room < 1) return [];
  return [...rows.slice(0, room - 1), moreRows(rows.length - room + 1, options)];
}

function moreRows(count: number, { paint }: FrameOptions): string {
  return paint.dim(`      … ${count} more rows`);
}

function spinner({ tick }: FrameOptions): string {
  return SPINNER[tick % SPINNER.length] ?? "";
}
