import { neutralise } from "../../command/neutralise.ts";
import { ConnectError, type ExitCode, type Problem, ProblemsError } from "../../errors.ts";
import type { SelectedHost } from "../../hosts/select.ts";
import { selectTarget } from "../../prepare/target.ts";
import type { Tunnel, TunnelProblem } from "../../process/forward/forward.ts";
import { nameHosts } from "../../report/host-list.ts";
import type { InterruptSignal } from "../../runner/stop.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { openApp } from "../open-app.ts";
import { openExecution } from "../open-execution.ts";
import { printWarnings } from "../print-problems.ts";
import { withSshConfig } from "../ssh-config.ts";
import type { CliIo } from "../terminal/io.ts";

/** Ctrl-C is how it ends when all went well. */
const EXIT_CODES: Readonly<Record<InterruptSignal, ExitCode>> = { SIGINT: 0, SIGHUP: 129, SIGTERM: 143 };

/** A port that leads through one host, until ctrl-C. */
export const runForward: VerbFunction = async (invocation, io) => {
  const { words } = invocation;
  checkWords(words, invocation.options);
  const app = await openApp(invocation, io);
  const target = await selectTarget(app, { ...invocation.options, redactor: io.redactor });
  const options = await withSshConfig(invocation.options, io, app, target);
  const { host } = onlyHost(target.hosts);
  const warn = (message: string): void => printWarnings([{ message: io.redactor.redact(message) }], io.stderr);
  const output = options.json ? jsonOutput(io) : textOutput(io, warn);
  const execution = openExecution(options, io, (event) => {
    if (event.kind === "message" && event.level === "warn") warn(event.text);
  });
  const abort = new AbortController();
  let signalled: InterruptSignal | undefined;
  const stop = execution.onInterrupt((signal) => {
    signalled ??= signal;
    abort.abort(new Error(`It was ended by ${signal}.`));
  });
  try {
    const launcher = await execution.launcher(target);
    const { listen, reverse, socks } = options;
    const tunnel = await launcher.forward(host, {
      ...{ to: words[0], listen, reverse, socks, signal: abort.signal },
      onProblem: (problem) => {
        if (!isLoss(problem)) output.problem(problem);
      },
    });
    output.listens(tunnel);
    const lost = await tunnel.closed;
    output.closed(tunnel, lost);
    if (lost !== undefined) throw lost;
    return EXIT_CODES[signalled ?? "SIGINT"];
  } catch (error) {
    if (signalled !== undefined) return signalled === "SIGINT" ? 130 : EXIT_CODES[signalled];
    throw inWordsOfLine(error);
  } finally {
    stop();
    await execution.close();
  }
};

/** Says how the tunnel is. */
interface ForwardOutput {
  listens(tunnel: Tunnel): void;
  problem(problem: TunnelProblem): void;
  /** @param lost why the link was lost */
  closed(tunnel: Tunnel, lost: Error | undefined): void;
}

function textOutput({ stdout, stderr }: CliIo, warn: (message: string) => void): ForwardOutput {
  return {
    listens: (tunnel) => stdout.write(`${neutralise(describeTunnel(tunnel))}\n`),
    problem: ({ message }) => warn(message),
    closed: (tunnel) => stderr.write(`${describeEnd(tunnel)}\n`),
  };
}

/** A line for each thing that happens: who reads it waits for the first one. */
function jsonOutput({ stdout, redactor }: CliIo): ForwardOutput {
  const write = (line: Record<string, unknown>): void => stdout.write(`${redactor.redact(JSON.stringify(line))}\n`);
  return {
    listens: ({ host, address, to, reverse }) =>
      write({ kind: "listening", host: host?.id, address, to, reverse, socks: to === undefined }),
    problem: ({ message }) => write({ kind: "problem", message }),
    closed: ({ total, failed }, lost) => write({ kind: "closed", connections: total, failed, error: lost?.message }),
  };
}

/** What the words and the options say together. @throws ProblemsError */
function checkWords(words: readonly string[], { socks, reverse }: Options): void {
  const problems: Problem[] = [];
  const hint = "Write: fake forward -H web1 db.internal:5432, or fake forward -H web1 --socks";
  if (socks && words.length > 0)
    problems.push({ message: "With --socks, who connects says where to go: fake forward takes no address then.", hint });
  else if (!socks && words.length !== 1)
    problems.push({ message: "fake forward has to be told one address that connections go to.", hint });
  if (socks && reverse)
    problems.push({ message: "There is no --socks with --reverse.", hint: "With --reverse, say where to go." });
  if (problems.length > 0) throw new ProblemsError("USAGE", problems);
}

/** What is wrong with an address, by what it is called on the command line. */
function inWordsOfLine(error: unknown): unknown {
  if (!(error instanceof ProblemsError) || error.code !== "BAD_FORWARD") return error;
  const problems = error.problems.map(({ message, ...problem }) => {
    const [, key, what] = /^(to|listen) of forward: (.*)$/s.exec(message) ?? [];
    return { ...problem, message: what === undefined ? message : key === "to" ? what : `--listen: ${what}` };
  });
  return new ProblemsError(error.code, problems);
}

/** @throws ProblemsError */
function onlyHost(hosts: readonly SelectedHost[]): SelectedHost {
  const [only, ...more] = hosts;
  if (only !== undefined && more.length === 0) return only;
  const names = nameHosts(
    hosts.map(({ host }) => host.id),
    5,
  );
  throw new ProblemsError("USAGE", [
    { message: `fake forward leads through one host, and these are ${hosts.length}: ${names}.`, hint: "Name one with -H." },
  ]);
}

/** Told by its end. */
function isLoss({ error }: TunnelProblem): boolean {
  return error instanceof ConnectError && error.code === "CONNECTION_LOST";
}

/** Its first word is where to connect. */
function describeTunnel({ address, to, reverse, host }: Tunnel): string {
  const from = formatPlace(address);
  const name = host?.id ?? "local";
  if (to === undefined) return `${from} leads through ${name}, in SOCKS`;
  return reverse
    ? `${from} on ${name} leads here, to ${formatPlace(to)}`
    : `${from} leads to ${formatPlace(to)}, through ${name}`;
}

function formatPlace({ host, port }: Tunnel["address"]): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function describeEnd({ total, failed }: Tunnel): string {
  return `forward: ${total} ${total === 1 ? "connection" : "connections"}${failed === 0 ? "" : `, ${failed} of them came to nothing`}.`;
}
