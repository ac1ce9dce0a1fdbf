/** `t.within(dir);` changes nothing: it gives a context. Written as a statement it is a mistake, and is told before anything runs. */
import { readFileSync } from "node:fs";
import { BUILDER_MAKERS, type BuilderParts, type CommandBuilder } from "../../command/builder.ts";
import type { CommandContext } from "../../command/command.ts";
import { type SourceLocation, UsageError } from "../../errors.ts";
import { callerOf } from "../../source-location.ts";
import type { MemberMakers } from "./members.ts";
import type { MadeContext } from "./pending.ts";
import type { TaskRun } from "./run.ts";

/** What makes the contexts that the wrappers of a context return. */
export function derive<T>(task: TaskRun, create: (task: TaskRun) => T): (context: CommandContext, wrapper: string) => T {
  return function derived(context, wrapper) {
    const made: MadeContext = { wrapper, where: callerOf(derived) };
    task.pending.unused ??= new Set();
    task.pending.unused.add(made);
    return create({ ...task, context, made });
  };
}

type Member = (...args: never[]) => unknown;

/** The member tells that its context is in use, and refuses to do anything after one that was made for nothing. */
function watch(task: TaskRun, member: Member): Member {
  return (...args) => {
    const { made, pending } = task;
    if (made !== undefined) pending.unused?.delete(made);
    if (pending.unused !== undefined) refuseUnused(task);
    return member(...args);
  };
}

/** Members that do so. */
export function watchUse<M extends object>(task: TaskRun, members: M): M {
  const watched = Object.entries(members as Record<string, Member>).map(([name, member]) => [name, watch(task, member)] as const);
  return Object.fromEntries(watched) as M;
}

/** The same of members that are made when they are asked for. */
export function watchMakers<M extends object>(makers: MemberMakers<TaskRun, M>): MemberMakers<TaskRun, M> {
  const watched = Object.entries(makers as Record<string, (task: TaskRun) => Member>).map(
    ([name, make]) => [name, (task: TaskRun) => watch(task, make(task))] as const,
  );
  return Object.fromEntries(watched) as unknown as MemberMakers<TaskRun, M>;
}

/** What writes commands; wrappers give a context that `create` makes. */
export function builderOf<T extends CommandBuilder>(
  create: (task: TaskRun) => T,
): MemberMakers<TaskRun, Pick<T, keyof CommandBuilder>> {
  const makers = Object.entries(BUILDER_MAKERS as Record<string, (parts: BuilderParts<unknown>) => unknown>).map(
    ([name, make]) => [name, (task: TaskRun) => make({ context: task.context, derive: derive(task, create) })] as const,
  );
  return watchMakers(Object.fromEntries(makers) as unknown as MemberMakers<TaskRun, Pick<T, keyof CommandBuilder>>);
}

/** @throws UsageError naming the line of a context that was made by a statement: nobody has it, so nothing can be run in it. */
export function refuseUnused({ pending }: TaskRun): void {
  for (const made of pending.unused ?? []) {
    pending.unused?.delete(made);
    const where = made.where();
    if (where === undefined || !isStatement(where, made.wrapper)) continue;
    throw new UsageError(
      "CONTEXT_UNUSED",
      `\`${made.wrapper}\` changes nothing by itself: it gives a context, and nothing was run in it.`,
      {
        hint: `Write: await t.${made.wrapper}(...).run\`...\`; or for several commands: const there = t.${made.wrapper}(...);`,
        where,
      },
    );
  }
}

/**
 * True when the source says so for certain: the call begins a statement and ends it. Where the text cannot be read, or could be anything
 * else, it is none.
 */
export function isStatement({ file, line, column = 0 }: SourceLocation, wrapper: string): boolean {
  const lines = readLines(file);
  const text = lines[line - 1];
  if (text === undefined) return false;
  const starts = [...text.matchAll(new RegExp(`\\b${wrapper}\\s*\\(`, "g"))].map(({ index }) => index);
  const at = starts.toSorted((left, right) => Math.abs(left - column) - Math.abs(right - column))[0];
  if (at === undefined) return false;
  const before = text
    .slice(0, at)
    .replace(/(?:\bawait\s+)?(?:[\w$.]|\([^()]*\))*$/, "")
    .trimEnd();
  const lead = before === "" ? lastOf(lines.slice(0, line - 1)) : before;
  return /[;{}]$/.test(lead) && isWhole([text.slice(at), ...lines.slice(line, line + 40)].join("\n"));
}

/** The last line with code. */
function lastOf(lines: readonly string[]): string {
  const code = lines.map((line) => line.replace(/\/\/.*$/, "").trim()).filter((line) => line !== "" && !/^(?:\/?\*)/.test(line));
  return code.at(-1) ?? "";
}

/** True when the calls at the beginning of a text, `within("a").vars({ b: 1 })`, are followed by the end of a statement. */
function isWhole(text: string): boolean {
  let rest = text;
  for (let call = /^\s*\.?[\w$]+\s*\(/.exec(rest); call !== null; call = /^\s*\.[\w$]+\s*\(/.exec(rest)) {
    const end = closingOf(rest, call[0].length);
    if (end === -1) return false;
    rest = rest.slice(end);
  }
  return /^[ \t]*(?:;|\}|(?:\/\/[^\n]*)?\n\s*(?![.([`+\-*/,?:&|<>=])\S)/.test(rest);
}

/** Behind the parenthesis that closes one which is open at `from`. */
function closingOf(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? "";
    if (/["'`]/.test(character)) {
      for (at++; at < text.length && text[at] !== character; at++) if (text[at] === "\\") at++;
    } else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    if (depth === 0) return at + 1;
  }
  return -1;
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}
