import { neutralise } from "../../command/neutralise.ts";
import { groupBy } from "../../group-by.ts";
import { formatElapsed } from "../elapsed.ts";
import { countHosts, nameHosts, withoutHost } from "../host-list.ts";
import type { Paint } from "../paint.ts";
import type { ActiveTask, Board, StageBoard, TaskBoard } from "./board.ts";

export interface FrameOptions {
  readonly paint: Paint;
  readonly now: number;
  /** Rows that it may take. */
  readonly rows: number;
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
  const head = headLine(board, options);
  const ahead = aheadLine(board, options);
  const tail = ahead === undefined ? [] : [ahead];
  // At the end of a run nothing is under way any more: what is still open did not come to its end.
  const isOpen = ({ duration }: StageBoard): boolean => duration === undefined && !board.over;
  const done = board.stages.filter((stage) => !isOpen(stage) && !isPassedBy(stage)).map((stage) => stageLine(stage, options));
  const open = board.stages.filter(isOpen);
  const room = Math.max(0, options.rows - 1 - tail.length);
  const body = open.flatMap((stage) => openStageLines(board, stage, room, options));
  const left = Math.max(0, room - body.length);
  return [head, ...foldDone(done, board.forgotten, left, options), ...body, ...tail].slice(0, options.rows);
}

function headLine(board: Board, { paint, now }: FrameOptions): string {
  const parts = [paint.bold(board.title), countHosts(board.hosts), formatElapsed(now - board.since)];
  if (board.hosts === 0) parts.splice(1, 1);
  if (board.connecting.size > 0) parts.push(`connecting to ${board.connecting.size}`);
  if (board.lost.size > 0) parts.push(paint.red(`${board.lost.size} lost`));
  if (board.interrupted !== undefined) parts.push(paint.yellow(board.over ? "interrupted" : board.interrupted));
  return parts.join(paint.dim(" · "));
}

function aheadLine(board: Board, { paint }: FrameOptions): string | undefined {
  return board.ahead.length === 0
    ? undefined
    : paint.dim(`  ${board.over ? "not reached:" : "then"} ${board.ahead.map(neutralise).join(", ")}`);
}

function foldDone(lines: readonly string[], forgotten: number, room: number, { paint }: FrameOptions): readonly string[] {
  if (forgotten === 0 && lines.length <= room) return lines;
  if (room < 1) return [];
  const kept = room === 1 ? [] : lines.slice(1 - room);
  return [paint.dim(`  … ${forgotten + lines.length - kept.length} stages done`), ...kept];
}

/** Its tasks found nothing to do: not a line to read at three in the morning. */
function isPassedBy({ ok, tasks }: StageBoard): boolean {
  const all = [...tasks.values()];
  return ok && all.some(({ skipped }) => skipped > 0) && all.every((task) => task.ok + task.failed === 0);
}

function stageLine({ name, duration, since, ok }: StageBoard, { paint, now }: FrameOptions): string {
  const mark = duration === undefined || !ok ? paint.red("✖") : paint.green("✔");
  return `${mark} ${neutralise(name)} ${paint.dim(formatElapsed(duration ?? now - since))}`;
}

function openStageLines(board: Board, stage: StageBoard, room: number, options: FrameOptions): readonly string[] {
  if (room < 1) return [];
  const { paint, now } = options;
  const title = `${paint.cyan(spinner(options))} ${paint.bold(neutralise(stage.name))} ${paint.dim(formatElapsed(now - stage.since))}`;
  const busy = groupBy(
    [...board.running.values()].filter((running) => running.stage === stage.name),
    (running) => running.task,
  );
  const byTask = new Map(busy.map((group) => [group[0].task, group]));
  const known = [...stage.tasks.values()].map((task) => ({
    task,
    lines: [taskLine(task, stage.hosts, options), ...failureRows(task, options)],
  }));
  const below = Math.max(0, room - 1 - known.reduce((sum, { lines }) => sum + lines.length, 0));
  const share = Math.max(0, Math.floor(below / Math.max(1, byTask.size)));
  const rows = known.flatMap(({ task, lines }) => [...lines, ...hostRows(byTask.get(task.name) ?? [], share, options)]);
  const others = [...byTask].filter(([name]) => !stage.tasks.has(name)).flatMap(([, group]) => hostRows(group, share, options));
  return [title, ...cut([...rows, ...others], room - 1, options)];
}

function taskLine(task: TaskBoard, hosts: number, options: FrameOptions): string {
  const { paint } = options;
  const name = neutralise(task.name);
  const isMany = hosts > 1 && !task.local;
  const failed = task.failed > 0 ? paint.red(isMany ? `, ${task.failed} failed` : " failed") : "";
  if (task.running > 0) {
    const counts = isMany ? ` ${task.ok} done, ${task.running} at work` : task.local ? " on this machine" : "";
    return `  ${paint.cyan(spinner(options))} ${name}${paint.dim(counts)}${failed}`;
  }
  if (task.ok + task.failed + task.skipped === 0) return paint.dim(`    ${name}`);
  if (task.ok + task.failed === 0) return paint.dim(`  - ${name} skipped`);
  const mark = task.failed > 0 ? paint.red("✖") : paint.green("✔");
  const counts = task.local ? " on this machine" : isMany ? ` ${countHosts(task.ok)}` : "";
  return `  ${mark} ${name}${paint.dim(counts)}${failed}`;
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
