/** What the hosts of a memory transport answer. */
import type { Command } from "../../command/command.ts";
import { UsageError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { unknownKeys } from "../../suggest.ts";

/**
 * A command as it reached a host.
 * @example
 * const echo = ({ host, stdin }: MemoryRequest): MemoryReply => ({ stdout: `${host.id} got ${stdin?.toString() ?? "nothing"}` });
 */
export interface MemoryRequest {
  readonly host: Host;
  readonly command: Command;
  /** What was sent to its standard input. */
  readonly stdin: Buffer | undefined;
}

/**
 * How a host answers a command. An empty reply is success without output.
 * @example
 * const full: MemoryReply = { stderr: "no space left on device\n", exitCode: 1 };
 */
export interface MemoryReply {
  readonly stdout?: string | Uint8Array | undefined;
  readonly stderr?: string | Uint8Array | undefined;
  /** Above 128, the signal that killed it: 137 is SIGKILL. @default 0 */
  readonly exitCode?: number | undefined;
  /** Prints, and then runs until it is aborted, its time is up, or the connection is closed. @default false */
  readonly hangs?: boolean | undefined;
  /** Prints, and then the connection is lost; no exit code comes. @default false */
  readonly lost?: boolean | undefined;
}

/**
 * A reply, or a function that works one out.
 * @example
 * const answer: MemoryAnswer = ({ host }) => ({ stdout: `${host.name}\n` });
 */
export type MemoryAnswer = MemoryReply | ((request: MemoryRequest) => MemoryReply | Promise<MemoryReply>);

/**
 * Which commands a rule answers: those with this very text, those whose text matches, or those that are chosen. The text is the
 * command's own, without what `within` and its like put around it.
 * @example
 * const patterns: MemoryPattern[] = ["cat REVISION", /^git /, (command) => command.user === "root"];
 */
export type MemoryPattern = string | RegExp | ((command: Command) => boolean);

/**
 * What to answer, to which command, where and how often.
 * @example
 * const once: MemoryRule = { command: "service up", reply: { exitCode: 1 }, host: "app1", times: 1 };
 */
export interface MemoryRule {
  readonly command: MemoryPattern;
  readonly reply: MemoryAnswer;
  /** Only on the host with this id. @default all */
  readonly host?: string | undefined;
  /** How often it answers; then the next rule that matches does. @default always */
  readonly times?: number | undefined;
}

/**
 * Rules, the first that matches answers; or replies by command text; or one function for all.
 * @example
 * const replies: MemoryScript = { "cat REVISION": { stdout: "1a2b3c4\n" } };
 * const run = await createTestRun(deployfile, { roles: ["web"], tasks: ["deploy:releases"], replies });
 */
export type MemoryScript =
  | readonly MemoryRule[]
  | Readonly<Record<string, MemoryAnswer>>
  | ((request: MemoryRequest) => MemoryReply | undefined);

export function createRuleBook(script: MemoryScript = []) {
  const rules = toRules(script).map(counted);
  return {
    /** Looked at before those that are there. */
    add: (rule: MemoryRule) => void rules.unshift(counted(rule)),
    async answer(request: MemoryRequest): Promise<MemoryReply> {
      const rule = rules.find((candidate) => candidate.left > 0 && matches(candidate.rule, request));
      if (rule === undefined) return {};
      rule.left--;
      const { reply } = rule.rule;
      const given = await (typeof reply === "function" ? reply(request) : reply);
      refuseUnknown(`The reply to ${JSON.stringify(request.command.text)}`, given, REPLY_KEYS);
      return given;
    },
  };
}

const REPLY_KEYS = ["stdout", "stderr", "exitCode", "hangs", "lost"] satisfies (keyof MemoryReply)[];
const RULE_KEYS = ["command", "reply", "host", "times"] satisfies (keyof MemoryRule)[];

/** A host's error is told as its text alone. */
function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  for (const { key, hint } of unknownKeys(given, known))
    throw new UsageError("UNKNOWN_OPTION", `${what} has the unknown key ${JSON.stringify(key)}. ${hint}`);
}

function counted(rule: MemoryRule): { readonly rule: MemoryRule; left: number } {
  refuseUnknown("A rule", rule, RULE_KEYS);
  return { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
}

function toRules(script: MemoryScript): readonly MemoryRule[] {
  if (typeof script === "function") return [{ command: () => true, reply: (request) => script(request) ?? {} }];
  if (Array.isArray(script)) return script;
  return Object.entries(script as Readonly<Record<string, MemoryAnswer>>).map(([command, reply]) => ({ command, reply }));
}

function matches({ command: pattern, host }: MemoryRule, request: MemoryRequest): boolean {
  if (host !== undefined && host !== request.host.id) return false;
  if (typeof pattern === "function") return pattern(request.command);
  // A pattern with the flag g or y would remember where it was.
  return typeof pattern === "string" ? pattern === request.command.text : request.command.text.search(pattern) !== -1;
}
