/** What the hosts of a memory transport answer. */
import type { Command } from "../../command/command.ts";
import type { Host } from "../../hosts/host.ts";

/** A command as it reached a host. */
export interface MemoryRequest {
  readonly host: Host;
  readonly command: Command;
  /** What was sent to its standard input. */
  readonly stdin: Buffer | undefined;
}

/** How a host answers a command. An empty reply is success without output. */
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

export type MemoryAnswer = MemoryReply | ((request: MemoryRequest) => MemoryReply | Promise<MemoryReply>);

/** Which commands a rule answers: those with this very text, those whose text matches, or those that are chosen. */
export type MemoryPattern = string | RegExp | ((command: Command) => boolean);

export interface MemoryRule {
  readonly command: MemoryPattern;
  readonly reply: MemoryAnswer;
  /** Only on the host with this id. @default all */
  readonly host?: string | undefined;
  /** How often it answers; then the next rule that matches does. @default always */
  readonly times?: number | undefined;
}

/** Rules, the first that matches answers; or replies by command text; or one function for all. */
export type MemoryScript =
  | readonly MemoryRule[]
  | Readonly<Record<string, MemoryAnswer>>
  | ((request: MemoryRequest) => MemoryReply | undefined);

export interface RuleBook {
  /** Looked at before those that are there. */
  add(rule: MemoryRule): void;
  answer(request: MemoryRequest): Promise<MemoryReply>;
}

export function createRuleBook(script: MemoryScript = []): RuleBook {
  const rules = toRules(script).map(counted);
  return {
    add(rule) {
      rules.unshift(counted(rule));
    },
    async answer(request) {
      const rule = rules.find((candidate) => candidate.left > 0 && matches(candidate.rule, request));
      if (rule === undefined) return {};
      rule.left--;
      const { reply } = rule.rule;
      return typeof reply === "function" ? reply(request) : reply;
    },
  };
}

function counted(rule: MemoryRule): { readonly rule: MemoryRule; left: number } {
  return { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
}

function toRules(script: MemoryScript): readonly MemoryRule[] {
  if (typeof script === "function") return [{ command: () => true, reply: (request) => script(request) ?? {} }];
  if (isRules(script)) return script;
  return Object.entries(script).map(([command, reply]) => ({ command, reply }));
}

function isRules(script: Exclude<MemoryScript, (request: MemoryRequest) => unknown>): script is readonly MemoryRule[] {
  return Array.isArray(script);
}

function matches({ command: pattern, host }: MemoryRule, request: MemoryRequest): boolean {
  if (host !== undefined && host !== request.host.id) return false;
  if (typeof pattern === "function") return pattern(request.command);
  // A pattern with the flag g or y would remember where it was.
  return typeof pattern === "string" ? pattern === request.command.text : request.command.text.search(pattern) !== -1;
}
