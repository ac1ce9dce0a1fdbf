/**
 * Where a case is played: two OpenSSH servers behind relays, a repository, a project, and deploy paths that are put back to what
 * they were before each case. Nothing of it is shared with another scene.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitRepo, type GitRepo } from "../support/git-repo.ts";
import { type Relay, startRelay } from "../support/lossy-relay.ts";
import { plainKey, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import type { Machine } from "./machine.ts";
import type { Mark } from "./mark.ts";
import { type RunningClient, runClient, startClient } from "./run-client.ts";
import { deployfileText, LINKED_SECRET, TREE, VARIABLE_SECRET } from "./scenario.ts";

/** Most bytes and files that a deploy path has room for, where it has a file system of its own. */
const ROOM = "size=12m,nr_inodes=4000";

export interface SceneHost {
  readonly name: string;
  readonly home: string;
  readonly deployPath: string;
  /** The file system that can be filled up; undefined where the machine gives none. */
  readonly volume: string | undefined;
  readonly relay: Relay;
  /** In the environment of its processes only. */
  readonly variable: string;
}

export interface Scene {
  readonly hosts: readonly SceneHost[];
  readonly repo: GitRepo;
  /** Puts the deploy paths and the repository to where the scenario begins. */
  reset(start: SceneStart): void;
  /** Starts `fake`. `silence`: milliseconds after which it takes a silent link for lost, three times over. */
  start(words: string, options?: { readonly mark?: Mark; readonly silent?: boolean }): RunningClient;
  /** A file name that nobody has used. */
  fresh(name: string): string;
  readonly flightsFile: string;
  readonly logFile: string;
  end(): Promise<void>;
}

/** `nothing`: a first deploy. `live`: three releases, and a commit that none of them has. */
export type SceneStart = "nothing" | "live";

export async function openScene(machine: Machine): Promise<Scene> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-crash-")));
  const fleet = await startSshdFleet(2, machine.shell === undefined ? {} : { shell: machine.shell });
  const hosts = await Promise.all(fleet.hosts.map((_, index) => createHost(fleet, index, machine)));
  const repo = createGitRepo(join(directory, "repository"));
  writeConfigs(fleet, hosts);
  const logFile = join(directory, "run.log");
  const flightsFile = join(directory, "flights");
  let files = 0;
  // A file system stays when nobody takes it away, also when the harness is ended.
  const unmount = (): void => {
    for (const { volume } of hosts) if (volume !== undefined) spawnSync("umount", ["-l", volume]);
  };
  process.once("exit", unmount);
  const scene: Scene = {
    hosts,
    repo,
    flightsFile,
    logFile,
    fresh: (name) => join(directory, `${name}-${++files}`),
    reset(start) {
      for (const file of [logFile, flightsFile]) rmSync(file, { force: true });
      for (const { deployPath, relay, home } of hosts) {
        relay.thaw();
        rmSync(deployPath, { recursive: true, force: true });
        execFileSync("cp", ["-a", join(home, start), deployPath]);
      }
    },
    start(words, { mark, silent = false } = {}) {
      const config = silent ? `${fleet.sshConfig}-silent` : fleet.sshConfig;
      const isRun = !words.startsWith("unlock");
      const report = isRun ? ["--log-file", logFile, "--reporter", "plain"] : [];
      const args = ["--ssh-config", config, ...report, ...words.split(" ")];
      return startClient(machine.client, args, { cwd: directory, library: machine.library, mark, flightsFile });
    },
    async end() {
      await Promise.all(hosts.map(({ relay }) => relay.stop()));
      await fleet.stop().catch(() => undefined);
      unmount();
      process.off("exit", unmount);
      rmSync(fleet.directory, { recursive: true, force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    writeFileSync(join(directory, "deployfile.ts"), deployfileText(hosts, repo.directory));
    await prepareStarts(scene);
    return scene;
  } catch (error) {
    await scene.end();
    throw error;
  }
}

async function createHost(fleet: SshdFleet, index: number, machine: Machine): Promise<SceneHost> {
  const host = fleet.hosts[index];
  if (host === undefined) throw new Error("There is no such host.");
  const volume = machine.volumes ? join(host.home, "srv") : undefined;
  mkdirSync(join(host.home, "srv"));
  if (volume !== undefined) execFileSync("mount", ["-t", "tmpfs", "-o", ROOM, "fake-crash", volume]);
  const relay = await startRelay(host.port);
  const deployPath = join(host.home, "srv", "app");
  return { name: host.name, home: host.home, deployPath, volume, relay, variable: `HOME=${host.home}` };
}

/** All connections go through the relays; one config lets silence be noticed soon. */
function writeConfigs(fleet: SshdFleet, hosts: readonly SceneHost[]): void {
  fleet.configure(Object.fromEntries(hosts.map(({ name, relay }) => [name, [`Port ${relay.port}`]])));
  for (const [index, { relay }] of hosts.entries()) {
    const key = fleet.hosts[index]?.hostKey;
    if (key !== undefined) appendFileSync(fleet.knownHosts, `[127.0.0.1]:${relay.port} ${plainKey(key)}\n`);
  }
  const config = readFileSync(fleet.sshConfig, "utf8");
  writeFileSync(`${fleet.sshConfig}-silent`, `${config}ServerAliveInterval 1\nServerAliveCountMax 3\n`);
}

async function prepareStarts(scene: Scene): Promise<void> {
  for (const { deployPath, home } of scene.hosts) {
    mkdirSync(join(deployPath, "shared", "uploads"), { recursive: true });
    writeFileSync(join(deployPath, "shared", ".env"), `SECRET=${LINKED_SECRET}\n`, { mode: 0o600 });
    execFileSync("cp", ["-a", deployPath, join(home, "nothing")]);
  }
  for (const version of ["v1", "v2", "v3"]) {
    scene.repo.commit(TREE(version), version);
    const outcome = await runClient(scene.start("-R all deploy"));
    if (outcome.exitCode !== 0) throw new Error(`A deploy without any fault fails:\n${outcome.stdout}${outcome.stderr}`);
  }
  scene.repo.commit(TREE("v4"), "v4");
  for (const { deployPath, home } of scene.hosts) execFileSync("cp", ["-a", deployPath, join(home, "live")]);
}

/** What nobody may see. */
export const SECRETS: readonly string[] = [VARIABLE_SECRET, LINKED_SECRET];

/** Takes the right to write from a tree, or gives it back. */
export function setWritable(path: string, isWritable: boolean): void {
  if (isWritable) execFileSync("chmod", ["-R", "u+w", path]);
  else execFileSync("chmod", ["-R", "a-w", path]);
  if (isWritable) chmodSync(path, 0o755);
}
