/** A scene for a user's deployfile: throwaway hosts in the place of its own, a copy of its repository, and runs that went well. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createSshKeyPair } from "../demo/ssh-key-pair.ts";
import { FakeError } from "../errors.ts";
import { readDeployPath, revisionOf } from "./deploy-path.ts";
import type { LocalRepository } from "./local-repository.ts";
import type { Redirection } from "./mark.ts";
import { commonShape, findShapeFault, type ReleaseShape, readShape } from "./release-shape.ts";
import { type EndedClient, type RunningClient, runClient, startClient } from "./run-client.ts";
import type { CheckMoment, HostBefore, Scenario, Scene, SceneStart } from "./scene.ts";
import { writeStandIns } from "./stand-ins.ts";
import { keepStart, takeStart } from "./starts.ts";
import { settingsOf, startThrowawayHost, type ThrowawayHost, writeSshConfig } from "./throwaway-host.ts";
import { canMount, mountVolume, unmountVolume } from "./volume.ts";

export interface SiteHost {
  readonly name: string;
  /** Paths below `shared`. */
  readonly linkedDirs: readonly string[];
  readonly linkedFiles: readonly string[];
}

export interface SiteOptions {
  /** The built `cli/rehearsed.cjs`. */
  readonly program: string;
  /** Of the process: where the deployfile is read, and by which variables. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hosts: readonly SiteHost[];
  /** Words of the command line that say which deployfile, hosts and settings. */
  readonly words: readonly string[];
  /** @param into a folder that is not there yet */
  readonly repository: (into: string) => LocalRepository;
  /** Releases are of commits: false for a strategy of the deployfile's own. */
  readonly byCommit: boolean;
  readonly commands: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly local: boolean;
  readonly secrets: readonly string[];
  check(host: ThrowawayHost, before: HostBefore, moment: CheckMoment): Promise<void>;
}

export interface Site extends Scene {
  readonly hosts: readonly ThrowawayHost[];
  /** What is deployed, in words. */
  readonly what: string;
  /** Deploys until there is something to go back to and something to remove. @throws FakeError when a deploy fails */
  prepare(): Promise<void>;
  /** Runs something without any fault. @throws FakeError when it fails */
  runWell(words: readonly string[], what: string): Promise<void>;
}

/** A file system that can be filled up costs memory: where it would be larger, disks are not filled. */
const MOST_ROOM_KB = 256 * 1024;
/** Milliseconds. Later runs have ten times what a clean one took. */
const LEAST_DEADLINE = 90_000;
const CLEAN_DEADLINE = 3_600_000;

export async function openSite(options: SiteOptions): Promise<Site> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fake-rehearsal-")));
  const hosts: SiteHosts = [];
  try {
    return await fillSite(options, folder, hosts);
  } catch (error) {
    await Promise.all(hosts.map((host) => host.close()));
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

type SiteHosts = (ThrowawayHost & { volume: string | undefined })[];

async function fillSite(options: SiteOptions, folder: string, hosts: SiteHosts): Promise<Site> {
  const running = new Set<RunningClient>();
  const shapes = new Map<string, ReleaseShape>();
  const key = createSshKeyPair();
  const repository = options.repository(join(folder, "repository.git"));
  const path = options.env["PATH"] ?? "/usr/bin:/bin";
  writeStandIns({ folder: join(folder, "bin"), path, commands: options.commands });
  let head = "";
  let files = 0;
  let hasEnded = false;
  let deadline = LEAST_DEADLINE;

  for (const { name } of options.hosts) {
    const env = { PATH: `${join(folder, "bin")}:${path}`, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    const place = { name, folder: join(folder, name), program: options.program, authorizedKey: key.publicKey, env };
    hosts.push({ ...(await startThrowawayHost(place)) });
  }
  const sshConfig = writeSshConfig(folder, key.privateKey, hosts);
  const redirect: Redirection = {
    hosts: Object.fromEntries(hosts.map((host) => [host.name, { port: host.relay.port, settings: settingsOf(host) }])),
    local: options.local,
  };
  const env = clientEnv(options.env, folder);
  const overrides = (): readonly string[] => [
    ...["-s", `repoUrl=${repository.directory}`, "-s", `branch=${repository.branch}`, "-s", "keepReleases=3"],
    ...(hosts.some(({ volume }) => volume !== undefined) ? ["-s", "minFreeSpace=0"] : []),
  ];
  const runWell = async (words: readonly string[], what: string): Promise<void> => {
    const since = performance.now();
    const outcome = await runClient(site.start(words), CLEAN_DEADLINE);
    if (outcome.exitCode !== 0) throw cleanRunFailed(what, outcome);
    deadline = Math.max(deadline, 10 * (performance.now() - since));
  };
  const deployOnce = async (what: string): Promise<void> => {
    head = repository.commit();
    await runWell(site.next.deploy, what);
  };

  const site: Site = {
    hosts,
    what: repository.what,
    runWell,
    next: { deploy: ["deploy"], rollback: ["rollback"], unlock: ["unlock"] },
    secrets: options.secrets,
    flightsFile: join(folder, "flights"),
    logFile: join(folder, "run.log"),
    get deadline() {
      return deadline;
    },
    fresh: (name) => join(folder, `${name}-${++files}`),
    isNewest: ({ deployPath, before }, id) =>
      !before.releases.includes(id) && (!options.byCommit || revisionOf(deployPath, id) === head),
    findFault: ({ name, deployPath }, id) =>
      revisionOf(deployPath, id) === undefined
        ? "REVISION is missing"
        : findShapeFault(shapes.get(name) ?? new Map(), join(deployPath, "releases", id)),
    async check(before, moment) {
      const host = hosts.find(({ name }) => name === before.name);
      if (host !== undefined) await options.check(host, before, moment);
    },
    async prepare() {
      layShared(hosts, options);
      await deployOnce("first clean run");
      if (canMount(join(folder, "volume"))) giveRoom(hosts, () => layShared(hosts, options));
      if (hosts.some(({ volume }) => volume !== undefined)) await deployOnce("clean run");
      for (const count of ["second", "third"]) {
        for (const { name, deployPath } of hosts) {
          const shape = readShape(realpathSync(join(deployPath, "current")));
          shapes.set(name, shapes.has(name) ? commonShape(shapes.get(name) ?? shape, shape) : shape);
        }
        await deployOnce(`${count} clean run`);
      }
      for (const { name, deployPath } of hosts)
        shapes.set(name, commonShape(shapes.get(name) ?? new Map(), readShape(realpathSync(join(deployPath, "current")))));
      head = repository.commit();
      keepStart(hosts, "live");
    },
    reset(start: SceneStart) {
      for (const file of [site.logFile, site.flightsFile]) rmSync(file, { force: true });
      takeStart(hosts, start);
    },
    start(words, { mark, silent = false } = {}) {
      // Whoever was at work when all was removed must not start anything more.
      if (hasEnded) throw new FakeError("REHEARSAL_ENDED", "The rehearsal has ended.");
      const isRun = words[0] !== "unlock";
      const report = isRun ? ["--log-file", site.logFile, "--reporter", "plain"] : [];
      const config = silent ? `${sshConfig}-silent` : sshConfig;
      const said = [...(isRun ? [] : words), "--ssh-config", config, "-y", ...options.words, ...overrides(), ...report];
      const orders = { mark, flightsFile: site.flightsFile, redirect };
      const client = startClient(options.program, [...said, ...(isRun ? words : [])], { cwd: options.cwd, env, orders });
      running.add(client);
      void client.outcome.then(() => running.delete(client));
      return client;
    },
    async end() {
      hasEnded = true;
      process.off("exit", unmount);
      for (const { child } of running) child.kill("SIGKILL");
      await Promise.all(hosts.map((host) => host.close()));
      unmount();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  const unmount = (): void => {
    for (const { volume } of hosts) if (volume !== undefined) unmountVolume(volume);
  };
  process.once("exit", unmount);
  return site;
}

/** A file system of their own for hosts whose releases are small enough, and what was there before. */
function giveRoom(hosts: SiteHosts, lay: () => void): void {
  const used = hosts.map(({ deployPath }) =>
    Number(execFileSync("du", ["-sk", deployPath], { encoding: "utf8" }).split("\t")[0]),
  );
  const room = Math.max(...used) * 8 + 16_384;
  if (room > MOST_ROOM_KB) return;
  for (const host of hosts) {
    rmSync(host.deployPath, { recursive: true, force: true });
    const volume = dirname(host.deployPath);
    if (mountVolume(volume, `size=${room}k`)) host.volume = volume;
  }
  lay();
}

/** Linked directories and files that a person would have made. */
function layShared(hosts: readonly ThrowawayHost[], { hosts: given, files }: SiteOptions): void {
  for (const { name, deployPath } of hosts) {
    const { linkedDirs = [], linkedFiles = [] } = given.find((one) => one.name === name) ?? {};
    for (const path of linkedDirs) mkdirSync(join(deployPath, "shared", path), { recursive: true });
    for (const path of linkedFiles) {
      mkdirSync(dirname(join(deployPath, "shared", path)), { recursive: true });
      writeFileSync(join(deployPath, "shared", path), files[path] ?? "");
    }
  }
}

/** The user's variables, without what opens doors: an agent, a run that this one would be part of. */
function clientEnv(env: SiteOptions["env"], folder: string): Record<string, string> {
  const { SSH_AUTH_SOCK: _agent, FAKE_RUN: _run, FORCE_COLOR: _color, ...rest } = env;
  const entries = Object.entries({ ...rest, XDG_CACHE_HOME: join(folder, "cache") });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function cleanRunFailed(what: string, { stdout, stderr, exitCode }: EndedClient): FakeError {
  const lines = `${stdout}${stderr}`.trim().split("\n");
  const verdict = lines.findLastIndex((line) => /^✖ Failed/.test(line));
  const said = lines.slice(verdict === -1 ? -24 : verdict).join("\n");
  return new FakeError("CLEAN_RUN_FAILED", `The ${what} fails (exit code ${exitCode}), without any fault:\n\n${said}\n`, {
    hint: "Put that right first. What a throwaway host has not can be stood in for: rehearse({ commands, files }) in the deployfile.",
  });
}

/** Which release hosts are on, after a run that went well. */
export function findWhatCame(before: readonly HostBefore[]): Scenario["brings"] {
  const ways = before.map(({ deployPath, before: was }) => {
    const { current } = readDeployPath(deployPath);
    if (current.kind !== "release" || (was.current.kind === "release" && was.current.id === current.id)) return "same";
    return was.releases.includes(current.id) ? "before" : "new";
  });
  return ways.find((way) => way !== "same") ?? "same";
}
