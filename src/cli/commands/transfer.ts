import { neutralise } from "../../command/neutralise.ts";
import { ConnectError, type ExitCode, ProblemsError, UsageError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { selectTarget } from "../../prepare/target.ts";
import type { Launcher } from "../../process/launcher.ts";
import type { Process } from "../../process/process.ts";
import { exclusionProblems, type PutGetOptions } from "../../process/transfer-options.ts";
import type { Transfer } from "../../process/transfers.ts";
import { countHosts, nameHosts } from "../../report/host-list.ts";
import { describeInterruption } from "../../report/interruption.ts";
import { createPaint } from "../../report/paint.ts";
import { meansUnreachable } from "../../runner/order/connect.ts";
import type { Invocation, VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { openApp } from "../open-app.ts";
import { openExecution } from "../open-execution.ts";
import { printWarnings } from "../print-problems.ts";
import { withSshConfig } from "../ssh-config.ts";
import type { CliIo } from "../terminal/io.ts";
import { createProgressLine } from "../transfer/progress-line.ts";

/** Files of this machine to hosts. */
export const runPut: VerbFunction = (invocation, io) =>
  runTransfer("put", invocation, io, (launcher, hosts, options, { paths, path }) => {
    const { via, fanOut } = invocation.options;
    if (fanOut !== undefined && via !== "tree")
      throw new ProblemsError("USAGE", [{ message: "--fan-out says how a tree branches.", hint: "Write --via tree, too." }]);
    return launcher.put(hosts, paths, path, { ...options, via, fanOut });
  });

/** Files of hosts to this machine. */
export const runGet: VerbFunction = (invocation, io) =>
  runTransfer("get", invocation, io, (launcher, hosts, options, { paths, path }) => launcher.get(hosts, paths, path, options));

/** What differs of a directory of this machine, to hosts. */
export const runSync: VerbFunction = (invocation, io) =>
  runTransfer("sync", invocation, io, (launcher, hosts, options, { paths: [directory = "", ...more], path }) => {
    if (more.length > 0)
      throw new ProblemsError("USAGE", [{ message: "fake sync takes one directory and where it goes.", hint: USAGE.sync }]);
    const { delete: removes, ignore: exclude, checksum } = invocation.options;
    const problems = exclusionProblems(exclude, "--ignore");
    if (problems.length > 0) throw new ProblemsError("USAGE", problems);
    return launcher.sync(hosts, directory, path, { ...options, delete: removes, exclude, checksum });
  });

interface Words {
  readonly paths: readonly string[];
  readonly path: string;
}

type CreateTransfer = (launcher: Launcher, hosts: readonly Host[], options: PutGetOptions, words: Words) => Transfer;

const USAGE = {
  put: "Write: fake put -R web dist/ /srv/app/",
  get: "Write: fake get -R web /var/log/app.log logs/",
  sync: "Write: fake sync -R web dist /srv/app",
} as const;

async function runTransfer(
  verb: keyof typeof USAGE,
  invocation: Invocation,
  io: CliIo,
  create: CreateTransfer,
): Promise<ExitCode> {
  const words = toWords(invocation.words, verb);
  const app = await openApp(invocation, io);
  const target = await selectTarget(app, { ...invocation.options, redactor: io.redactor }).catch((error) => {
    throw verb === "sync" ? forFiles(error, invocation.options) : error;
  });
  const options = await withSshConfig(invocation.options, io, app, target);
  const hosts = target.hosts.map(({ host }) => host);
  const execution = openExecution(options, io, (event) => {
    if (event.kind === "message" && event.level === "warn") printWarnings([{ message: event.text }], io.stderr);
  });
  const line = createProgressLine(verb, io.stderr);
  const { timeout, json } = options;
  try {
    const launcher = await execution.launcher(target);
    const action = create(launcher, hosts, { timeout, onProgress: json ? undefined : line.show }, words);
    let interrupted: ExitCode | undefined;
    const stop = execution.onInterrupt((signal, count) => {
      interrupted = signal === "SIGINT" ? 130 : 143;
      line.clear();
      io.stderr.write(`${describeStop(action, signal, count)}\n`);
      action.kill(count === 1 ? "SIGTERM" : "SIGKILL");
    });
    action.start();
    const ended = action.processes.map(async (process) => {
      await process.wait();
      line.clear();
      if (!json && refusalOf(process) === undefined) show(process, io);
    });
    await Promise.all(ended);
    stop();
    line.clear();
    // Said once: it is about this machine, and no host was contacted.
    const [refusal] = action.processes.map(refusalOf);
    if (refusal !== undefined) throw refusal;
    if (json)
      io.stdout.write(
        `${JSON.stringify(
          action.processes.map((_, at) => toPlain(action, at, io)),
          null,
          2,
        )}\n`,
      );
    else if (hosts.length > 1) io.stderr.write(`${describeResult(action, verb)}\n`);
    return interrupted ?? exitCodeOf(action, options);
  } finally {
    line.clear();
    await execution.close();
  }
}

/** Whoever knows rsync leaves out files with `--exclude`, which is for hosts here. */
function forFiles(error: unknown, { exclude }: Options): unknown {
  const isFiles = error instanceof UsageError && error.code === "UNKNOWN_HOST" && exclude.some((word) => /[*./]/.test(word));
  return isFiles
    ? new UsageError(error.code, error.message, { hint: `${error.hint}\nFiles are left out with --ignore.` })
    : error;
}

/** @throws ProblemsError */
function toWords(words: readonly string[], verb: keyof typeof USAGE): Words {
  const [paths, path] = [words.slice(0, -1), words.at(-1)];
  if (path !== undefined && paths.length > 0) return { paths, path };
  const what = words.length === 0 ? "what goes where" : "where it goes: a source and a destination";
  throw new ProblemsError("USAGE", [{ message: `fake ${verb} has to be told ${what}.`, hint: USAGE[verb] }]);
}

/** One that was ended from here is ok for who ended it, and no transfer. */
function isDone({ finishedOk, state }: Process): boolean {
  return finishedOk && state.state === "ended" && !state.killed;
}

function show(process: Process, io: CliIo): void {
  const screen = isDone(process) ? io.stdout : io.stderr;
  const paint = createPaint(screen.color);
  const mark = isDone(process) ? paint.green("✔") : paint.red("✖");
  const [first = "", ...more] = io.redactor.redact(neutralise(textOf(process))).split("\n");
  screen.write(`${mark} ${nameOf(process)}  ${[first, ...more.map((line) => `  ${line}`)].join("\n")}\n`);
}

/** What it says of itself, in the end. */
function textOf(process: Process): string {
  const { stdout, stderr, state } = process;
  if (isDone(process)) return stdout.trim();
  if (state.state !== "ended") return "not begun";
  if (state.timedOut) return "timed out";
  if (state.killed) return "ended before it was done";
  const { error } = state;
  const hint = error instanceof ConnectError && error.hint !== undefined ? `\n${error.hint}` : "";
  return error === undefined ? stderr.trim() : `${error.message}${hint}`;
}

/** What is wrong with what was asked for. */
function refusalOf({ state }: Process): ProblemsError | undefined {
  return state.state === "ended" && state.error instanceof ProblemsError ? state.error : undefined;
}

function nameOf({ host }: Process): string {
  return neutralise(host?.id ?? "local");
}

function describeStop({ processes }: Transfer, signal: string, count: number): string {
  if (count > 1) return describeInterruption(signal, count);
  const still = processes.filter(({ isEnded }) => !isEnded).map(nameOf);
  return `${signal}: ending it where it has not finished: ${nameHosts(still, 20)}.`;
}

function describeResult({ processes }: Transfer, verb: string): string {
  const failed = processes.filter((process) => !isDone(process)).map(nameOf);
  if (failed.length === 0) return `${verb}: ${countHosts(processes.length)}.`;
  return `${verb}: ${processes.length - failed.length} of ${countHosts(processes.length)}; not ${nameHosts(failed, 20)}.`;
}

function toPlain({ processes, progress }: Transfer, at: number, { redactor }: CliIo): Record<string, unknown> {
  const process = processes[at] as Process;
  const { bytes = 0, files = 0, outcome } = progress.hosts[at] ?? {};
  const about = { host: process.host?.id, status: statusOf(process), files, bytes };
  if (outcome === undefined || !isDone(process)) return { ...about, error: redactor.redact(textOf(process)) };
  const { tool, resumed, ...more } = outcome;
  return { ...about, verified: tool, resumed, ...more };
}

function statusOf(process: Process): string {
  const { state } = process;
  if (isDone(process)) return "ok";
  if (state.state !== "ended") return "skipped";
  if (isUnreachable(process)) return "unreachable";
  return state.timedOut ? "timed-out" : state.killed ? "killed" : "failed";
}

function isUnreachable({ state }: Process): boolean {
  return state.state === "ended" && state.error instanceof ConnectError && meansUnreachable(state.error.code);
}

/** Where hosts that cannot be reached are to be skipped, the others decide: as long as there are some. */
function exitCodeOf({ processes }: Transfer, { skipUnreachable }: Options): ExitCode {
  const failed = processes.filter((process) => !isDone(process));
  const mayBeSkipped = skipUnreachable && failed.length < processes.length;
  return failed.every((process) => mayBeSkipped && isUnreachable(process)) ? 0 : 1;
}
