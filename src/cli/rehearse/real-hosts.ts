/** What `--on-hosts` needs before anything is touched: what would run there, a yes to it, and how the hosts are reached. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { neutralise } from "../../command/neutralise.ts";
import { quoteWord } from "../../command/quote.ts";
import { type Problem, ProblemsError, UsageError } from "../../errors.ts";
import { createExecution } from "../../execution/execution.ts";
import type { LoadedApp } from "../../execution/load-app.ts";
import { planFor } from "../../graph/build-plan.ts";
import { findHome, findUser } from "../../home.ts";
import type { Host } from "../../hosts/host.ts";
import type { SelectedHost } from "../../hosts/select.ts";
import type { RunTarget } from "../../prepare/target.ts";
import type { RealHost } from "../../rehearse/real-hosts.ts";
import type { RemoteHost, RemoteOutcome } from "../../rehearse/remote-host.ts";
import type { SiteHost } from "../../rehearse/scene.ts";
import type { TaskBody } from "../../runner/context.ts";
import { createSshConfigSource } from "../../transport/ssh/config/ssh-config-source.ts";
import { knownHostsName } from "../../transport/ssh/host-key/known-hosts.ts";
import type { Options } from "../argv/options.ts";
import { createOutcomes } from "../exec-outcomes.ts";
import { recipeGraph } from "../redirect-app.ts";
import { runCommand } from "../run-on-each.ts";
import { type CliIo, isInteractive } from "../terminal/io.ts";
import { createPrompter } from "../terminal/prompter.ts";

/** Longest that a piece of work on a host beside a run may take. */
const DEADLINE = "10m";

export interface RealHostsRequest {
  readonly app: LoadedApp;
  readonly target: RunTarget;
  /** The flow, and its arguments. */
  readonly flow: readonly string[];
  /** Those that are played. */
  readonly hosts: readonly SiteHost[];
  readonly options: Options;
}

/** @throws ProblemsError for hosts that cannot be played on, and for paths that are too close to what is deployed */
export async function findRealHosts(request: RealHostsRequest, io: CliIo) {
  const { target, hosts, options } = request;
  const id = `fake-rehearsal-${randomBytes(4).toString("hex")}`;
  const home = findHome(io.env);
  const files = options.sshConfig === undefined ? [join(home, ".ssh", "config"), "/etc/ssh/ssh_config"] : [options.sshConfig];
  const config = createSshConfigSource({
    ...{ home, localUser: findUser()?.username ?? "", env: io.env, file: options.sshConfig },
  });
  const closers: (() => Promise<void>)[] = [];
  const problems: Problem[] = [];
  const found: RealHost[] = [];
  for (const host of hosts) {
    const selected = target.hosts.find((one) => one.host.id === host.name);
    if (selected === undefined) continue;
    const { reader } = target.env.forHost(host.name);
    const { address, port, user, transport } = selected.host;
    if (transport === "local") {
      problems.push({ message: `${host.name} is this machine.`, hint: "Leave out --on-hosts: throwaway hosts are on it too." });
      continue;
    }
    const paths: string[] = [];
    for (const key of ["deployPath", "releasesPath", "sharedPath", "repoPath", "currentPath"])
      if (reader.has(key)) paths.push(String(await reader.get(key)));
    const [deployPath = ""] = paths;
    const scratch = options.scratch === undefined ? join(dirname(deployPath), id) : join(options.scratch, id);
    problems.push(...scratchProblems(scratch, paths, host.name, options.scratch));
    const there = await config.resolve({ name: address, user, port });
    if (there.proxyJump.length > 0 || there.proxyCommand !== undefined)
      problems.push({
        message: `${host.name} is reached through another host, and a rehearsal cuts links itself.`,
        hint: "Rehearse from a machine that reaches it directly, or on throwaway hosts: leave out --on-hosts.",
      });
    const server = { address: there.hostName, port: port ?? there.port ?? 22 };
    const { run, close } = openRemote(selected, { ...target, hosts: [selected] }, options, io);
    closers.push(close);
    const name = user ?? (reader.has("user") ? String(await reader.get("user")) : undefined);
    const login = loginText({ address, user: name, port, sshConfig: options.sshConfig });
    const keyName = there.hostKeyAlias ?? knownHostsName(server.address, server.port);
    found.push({ ...host, remote: { name: host.name, scratch, run }, address, login, server, keyName, paths });
  }
  const close = async (): Promise<void> => void (await Promise.all(closers.map((end) => end())));
  if (problems.length === 0) return { hosts: found, sshConfigs: files.filter((file) => existsSync(file)), close };
  await close();
  throw new ProblemsError("REHEARSE_HOSTS", problems);
}

/** As a person would type it. */
function loginText({
  address,
  user,
  port,
  sshConfig,
}: Pick<Host, "address" | "user" | "port"> & Pick<Options, "sshConfig">): string {
  const options = [...(sshConfig === undefined ? [] : ["-F", sshConfig]), ...(port === undefined ? [] : ["-p", String(port)])];
  return ["ssh", ...options, user === undefined ? address : `${user}@${address}`].map(quoteWord).join(" ");
}

/** Where the scratch folder would be what is deployed to, in it or around it. */
export function scratchProblems(scratch: string, paths: readonly string[], host: string, given: string | undefined): Problem[] {
  const hint = "Name another folder of the hosts: --scratch FOLDER. It is made below that, and removed at the end.";
  if (!/^\/[\w@%+=:,./-]+$/.test(scratch) || normalize(scratch) !== scratch || given?.split("/").includes(".."))
    return [{ message: `${host}: ${scratch} is no place for a scratch folder.`, subject: "scratch", hint }];
  const isIn = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder.replace(/\/+$/, "")}/`);
  const close = paths.map((path) => normalize(path)).find((path) => isIn(scratch, path) || isIn(path, scratch));
  if (close === undefined) return [];
  return [{ message: `${host}: the scratch folder ${scratch} and ${close} lie in each other.`, subject: "scratch", hint }];
}

/** Names of tasks that are the user's own, in what a rehearsal runs on hosts: the flow, and the deploys and rollbacks around it. */
export function ownTasks({ app, target, flow }: RealHostsRequest): readonly string[] {
  const { graph } = app.sealed;
  const ours = recipeGraph();
  const hosts = target.hosts.map(({ host: { id, roles } }) => ({ id, roles }));
  const plans = [flow[0] ?? "", "deploy", "rollback"].map((name) => planFor(graph, [name], hosts));
  const names = [
    ...plans.flatMap(({ sections }) => sections.flatMap(({ steps }) => steps.map(({ task }) => task.name))),
    // What is crashed fails.
    ...plans.flatMap(({ scopes }) => scopes.flatMap(({ onFailure, always }) => [...onFailure, ...always])),
  ];
  return [...new Set(names)].filter((name) => {
    const { options, body } = graph.get(name);
    return body !== undefined && options.local !== true && textOf(body) !== textOf(ours.find(name)?.body);
  });
}

/** A task of the recipe that was replaced has another text. */
function textOf(body: TaskBody | undefined): string | undefined {
  return body === undefined ? undefined : String(body.kind === "function" ? body.run : body.commands);
}

/** @throws UsageError, where the answer is no or nobody is there to give one */
export async function confirmRealHosts(request: RealHostsRequest, hosts: readonly RealHost[], io: CliIo): Promise<void> {
  const { options, flow } = request;
  const own = ownTasks(request);
  const text = [
    `Rehearsing ${flow.join(" ")} on real hosts: ${hosts.map(({ remote }) => `${remote.name}:${remote.scratch}`).join(", ")}`,
    own.length === 0
      ? "  No task of the deployfile's own runs there."
      : `  These tasks of the deployfile run for real there, many times over, and are crashed: ${own.join(", ")}`,
    "  deployPath and the paths below it lie in that folder. Whatever else these tasks reach is what they always reach: ports, databases,",
    "  services, absolute paths. sudo, systemctl, docker, ssh, curl and the like are refused, but for rehearse({ commands }).",
  ];
  io.stderr.write(`${neutralise(text.join("\n"))}\n`);
  if (options.yes) return;
  const interactive = isInteractive(io) && !options.nonInteractive;
  const refuse = (message: string): UsageError =>
    new UsageError("NOT_CONFIRMED", message, {
      hint: "--yes (-y) says yes to it beforehand. Without --on-hosts no host is touched.",
    });
  if (!interactive) throw refuse("Nothing was done: there is nobody to confirm a rehearsal on real hosts.");
  const { stdin, stderr: screen, redactor } = io;
  const prompter = createPrompter({ stdin, screen, redactor, interactive, onInterrupt: () => undefined });
  if (!(await prompter.confirm("Rehearse there?", { default: false })))
    throw refuse("Nothing was done, as this was not confirmed.");
}

/** Work beside runs: one piece after another, and whatever becomes of the rehearsal. */
function openRemote(
  selected: SelectedHost,
  target: RunTarget,
  { sshConfig, hostKeys }: Options,
  { cwd, env, now, stderr }: CliIo,
): Pick<RemoteHost, "run"> & { close(): Promise<void> } {
  let hear: ReturnType<typeof createOutcomes>["hear"] = () => undefined;
  const execution = createExecution({ cwd, env, now, sshConfig, hostKeys, emit: (event) => hear(event) });
  let turn: Promise<unknown> = Promise.resolve();
  const runOne = async (script: string): Promise<RemoteOutcome> => {
    const outcomes = createOutcomes({ hosts: [selected] }, stderr);
    hear = outcomes.hear;
    await runCommand((t) => t.cmd({ timeout: DEADLINE })(script), { execution, target });
    const [outcome] = outcomes.all();
    const { exitCode, stdout = "", stderr: said = "", error, truncated } = outcome ?? {};
    if (truncated === true) return { exitCode: undefined, stdout: "", stderr: "There is more to tell than can be heard." };
    return { exitCode, stdout, stderr: said || error || "" };
  };
  return {
    run(script) {
      const next = turn.then(() => runOne(script));
      turn = next.catch(() => undefined);
      return next;
    },
    close: () => execution.close(),
  };
}
