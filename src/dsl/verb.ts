import type { Command } from "../command/command.ts";
import type { EnvReader, HostView } from "../env/settings.ts";
import type { SourceLocation } from "../errors.ts";
import type { TaskRef } from "../graph/task.ts";
import type { CommandBodyContext, Ui } from "../runner/context.ts";
import type { EventOf } from "../runner/events.ts";
import type { ObjectSchema } from "../schema.ts";

/**
 * A verb of the command line: what looks at hosts, or does something with them, and says what came of it. For what changes hosts as a
 * deployment does, a task is the right thing.
 * @example
 * // fake -R web uptime, fake -R web uptime --json
 * const uptime: VerbDefinition = {
 *   desc: "Show since when each host runs.",
 *   async run(t) {
 *     const answered = await t.run("look"); // a task that states the fact `bootedAt`
 *     const data = await Promise.all(answered.map(async ({ host, env }) => ({ host: host.id, since: String(await env.get("bootedAt")) })));
 *     return { data, text: drawColumns(data.map(({ host, since }) => [host, since])) };
 *   },
 * };
 * verb("uptime", uptime);
 */
// biome-ignore lint/suspicious/noExplicitAny: without a schema nobody knows what the arguments are
export interface VerbDefinition<S = unknown, A = any> {
  /** One line. */
  readonly desc: string;
  /** `key=value` or `--key value` behind the verb, validated before anything is contacted. */
  readonly args?: ObjectSchema | undefined;
  /** Settings that the arguments stand for: over all others, as those of `-s`. */
  // biome-ignore lint/suspicious/noExplicitAny: typed by the schema
  readonly sets?: ((args: any) => Readonly<Record<string, unknown>>) | undefined;
  /** Command lines without `fake`, and what they do. */
  readonly examples?: readonly (readonly [line: string, what: string])[] | undefined;
  /** Settings that must have a value before anything is contacted. */
  readonly requires?: readonly string[] | undefined;
  /** Called once, on the control machine. What it returns is shown. */
  run(t: VerbContext<S, A>): Promise<VerbResult | undefined> | VerbResult | undefined;
}

/**
 * What a verb has to go on.
 * @example
 * const touchAll = async (t: VerbContext): Promise<void> => {
 *   if (await t.ui.confirm(`Touch ${t.hosts.length} hosts?`)) await t.run("touch");
 * };
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export interface VerbContext<S = unknown, A = any> {
  /** Validated arguments, typed by the verb's schema. */
  readonly args: A;
  /** The hosts that were selected, in order. */
  readonly hosts: readonly VerbHost<S>[];
  /** With `--yes`, `confirm` is answered with yes. */
  readonly ui: Ui;
  /**
   * Runs a task on each of these hosts by itself: one that fails, or cannot be reached, does not keep the others from answering. What
   * failed is told, and counts for the exit code. What the task states can be read from `env` afterwards.
   * @returns those on which it went well
   */
  run(task: TaskRef, options?: VerbRunOptions<S>): Promise<readonly VerbHost<S>[]>;
  /**
   * Runs one command on each of these hosts, as `fake exec` does: nothing is thrown for what it comes to. One that fails counts for the
   * exit code of the verb.
   * @returns in the order of the hosts
   */
  exec(
    command: (t: CommandBodyContext<S>) => Command,
    options?: Pick<VerbRunOptions<S>, "hosts">,
  ): Promise<readonly VerbOutcome[]>;
  /** Shows text at once: before a question, say. With `--json` it is left out. */
  print(text: string): void;
}

/**
 * On which hosts a verb runs a task, and with which arguments.
 * @example const options: VerbRunOptions = { args: (host) => ({ port: host.port ?? 22 }) };
 */
export interface VerbRunOptions<S = unknown> {
  /** @default all that were selected */
  readonly hosts?: readonly VerbHost<S>[] | undefined;
  /** Arguments of the task. @default none */
  readonly args?: ((host: HostView) => Readonly<Record<string, unknown>>) | undefined;
}

/**
 * A host that a verb is for, and its settings.
 * @example const line = async ({ host, env }: VerbHost): Promise<string> => `${host.id}: ${await env.get("deployPath")}`;
 */
export interface VerbHost<S = unknown> {
  readonly host: HostView;
  readonly env: EnvReader<S>;
}

/**
 * What came of a command on one host.
 * @example const lines = (outcome: VerbOutcome): readonly string[] => (outcome.status === "ok" ? outcome.stdout.trim().split("\n") : []);
 */
export interface VerbOutcome {
  /** Id of the host. */
  readonly host: string;
  /** `unreachable`: it was never sent. */
  readonly status: EventOf<"commandFinished">["status"] | "unreachable";
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** True when `stdout` or `stderr` is only the end of it. */
  readonly truncated: boolean;
  /** Why it was not sent. */
  readonly error: string | undefined;
}

/**
 * What `fake doctor` says of a host: it is well, odd, or wrong; and the command that puts it right.
 * @example const full: Finding = { status: "fail", what: "app1: the queue is full", todo: "ssh app1 queue drain" };
 */
export interface Finding {
  readonly status: "ok" | "warn" | "fail";
  /** A line, or a few. */
  readonly what: string;
  /** What to do about it: best a command that can be typed. */
  readonly todo?: string | undefined;
}

/**
 * What `fake doctor -R ROLE` looks at on each host, besides that it can be reached.
 * @example
 * const queue: DoctorCheck = {
 *   command: (t) => t.cmd`queue length || true`,
 *   judge: ({ host }, { stdout }) => (stdout.trim() === "0" ? [] : [{ status: "warn", what: `${host.id}: jobs wait`, todo: "queue drain" }]),
 * };
 * app.doctor(queue);
 */
export interface DoctorCheck<S = unknown> {
  /** Settings without which it makes no sense. @default none */
  readonly requires?: readonly string[] | undefined;
  /** It must change nothing. That it fails is for `judge` to say. */
  command(t: CommandBodyContext<S>): Command;
  /** What came of it, where it was sent and came to an end. @returns in the order in which they are told */
  judge(at: VerbHost<S>, outcome: VerbOutcome): readonly Finding[];
}

/**
 * What came of a verb.
 * @example const result: VerbResult = { data: { app1: 3 }, text: "app1: 3 releases\n" };
 */
export interface VerbResult {
  /** Printed with `--json`. */
  readonly data: unknown;
  /** Printed without. @default nothing */
  readonly text?: string | undefined;
  /** False: the exit code is 1, whatever went well. @default true */
  readonly ok?: boolean | undefined;
}

/**
 * An option for running tasks, and for verbs that it names: the short way to a setting.
 * @example
 * const channel: OptionDefinition = { desc: "where the deploy is announced: NAME", setting: "channel" };
 * option("channel", channel); // fake --channel ops -R web deploy
 */
export interface OptionDefinition {
  /** One line, with a word in capitals for the value. */
  readonly desc: string;
  /** The setting that it sets for one run, as `-s KEY=VALUE` does. */
  readonly setting: string;
  /** `duration`: a time with its unit. `flag`: it takes no value, and sets `true`. @default text */
  readonly type?: "text" | "flag" | "number" | "duration" | undefined;
  /** One letter, for `-d` beside `--depth`. */
  readonly short?: string | undefined;
  /** Names of verbs of recipes that take it as well as running tasks does. @default none */
  readonly verbs?: readonly string[] | undefined;
}

/** A verb or an option, and where it was declared. */
export interface Declared<D> {
  readonly definition: D;
  readonly where: SourceLocation | undefined;
}
