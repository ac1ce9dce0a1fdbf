import { neutralise } from "../../command/neutralise.ts";
import { groupBy } from "../../group-by.ts";
import { formatElapsed } from "../elapsed.ts";
import { countHosts, LOCAL, nameHosts, withoutHost } from "../host-list.ts";
import type { Paint } from "../paint.ts";
import { wrap } from "../width.ts";
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
  const parts = [paint.bold(board.title), countHosts(board.hosts), formatElapsed(now - board.since)];
  if (board.hosts === 0) parts.splice(1, 1);
  const connecting = [...board.connecting];
  if (connecting.length > 0) parts.push(`connecting to ${nameHosts(connecting, 3)}`);
  if (board.lost.size > 0) parts.push(paint.red(`lost ${nameHosts([...board.lost], 3)}`));
  if (board.interrupted !== undefined && board.over) parts.push(paint.yellow("interrupted"));
  const lines = [parts.join(paint.dim(" · "))];
  if (board.interrupted === undefined || board.over) return lines;
  return [...lines, ...wrap(board.interrupted, columns, "  ").map((line) => paint.yellow(line))];
}

function aheadLines({ ahead, over, isEnding }: Board, { paint }: FrameOptions): readonly string[] {
  // What a failure calls is still to come then, and nothing of the plan.
  if (ahead.length === 0 || (isEnding && !over)) return [];
  const names = ahead.map(({ name }) => neutralise(name)).join(", ");
  return [paint.dim(`  ${over ? "not reached:" : "then"} ${names}`)];
}

function foldDone(lines: readonly string[], forgotten: number, room: number, { paint }: FrameOptions): readonly string[] {
  if (forgotten === 0 && lines.length <= room) return lines;
  if (room < 1) return [];
  const kept = room === 1 ? [] : lines.slice(1 - room);
  return [paint.dim(`  … ${forgotten + lines.length - kept.length} stages before`), ...kept];
}

function nameOf({ name, group }: StageBoard): string {
  return group === undefined ? neutralise(name) : `${neutralise(name)}, group ${group.number} of ${group.of}`;
}

function stageLine(stage: StageBoard, { paint, now }: FrameOptions): string {
  const { duration, since, outcome } = stage;
  const ended = duration === undefined ? "stopped" : outcome;
  const mark = ended === "ok" ? paint.green("✔") : ended === "failed" ? paint.red("✖") : paint.yellow("■");
  return `${mark} ${nameOf(stage)} ${paint.dim(formatElapsed(duration ?? now - since))}`;
}

function openStageLines(board: Board, stage: StageBoard, room: number, options: FrameOptions): readonly string[] {
  if (room < 1) return [];
  const { paint, now } = options;
  const title = `${paint.cyan(spinner(options))} ${paint.bold(nameOf(stage))} ${paint.dim(formatElapsed(now - stage.since))}`;
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
  const { paint, now } = options;
  if (running.length === 0 || room < 1) return [];
  if (running.length < EACH) {
    const rows = running.flatMap((each) => {
      const row = `      ${neutralise(each.host)} ${paint.dim(formatElapsed(now - (each.command?.since ?? each.since)))} ${each.command?.text ?? ""}`;
      return each.tail === "" ? [row] : [row, paint.dim(`        ${each.tail}`)];
    });
    return rows.length <= room ? rows : rows.slice(0, room);
  }
  const textOf = ({ command, host }: ActiveTask): string => withoutHost(command?.text ?? "", host);
  const groups = groupBy(running, textOf);
  const oldest = (group: readonly ActiveTask[]): number => Math.min(...group.map((each) => each.command?.since ?? each.since));
  const rows = [...groups]
    .sort((a, b) => oldest(a) - oldest(b))
    .map((group) => {
      const names = group.length < EACH ? nameHosts(group.map(({ host }) => host)) : countHosts(group.length);
      const text = group.length === 1 ? (group[0].command?.text ?? "") : textOf(group[0]);
      return `      ${names} ${paint.dim(formatElapsed(now - oldest(group)))} ${text}`;
    });
  return cut(rows, Math.min(room, FOLDED), options);
}

/** The first rows that fit, and how many are left out. */
function cut(rows: readonly string[], room: number, { paint }: FrameOptions): readonly string[] {
  if (rows.length <= room) return rows;
  if (room < 1) return [];
  return [...rows.slice(0, room - 1), paint.dim(`      … ${rows.length - room + 1} more rows`)];
}

function spinner({ tick }: FrameOptions): string {
  return SPINNER[tick % SPINNER.length] ?? "";
}
