/**
 * Where a case is played: two OpenSSH servers behind relays, a repository, a project, and deploy paths that are put back to what
 * they were before each case. Nothing of it is shared with another scene.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { revisionOf } from "../../src/rehearse/deploy-path.ts";
import { startRelay } from "../../src/rehearse/relay.ts";
import { runClient, startClient } from "../../src/rehearse/run-client.ts";
import type { Scene, SceneHost } from "../../src/rehearse/scene.ts";
import { keepStart, takeStart } from "../../src/rehearse/starts.ts";
import { mountVolume, unmountVolume } from "../../src/rehearse/volume.ts";
import { createGitRepo, type GitRepo } from "../support/git-repo.ts";
import { plainKey, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import type { Machine } from "./machine.ts";
import { deployfileText, findFault, LINKED_SECRET, TREE, VARIABLE_SECRET } from "./scenario.ts";

/** Most bytes and files that a deploy path has room for, where it has a file system of its own. */
const ROOM = "size=12m,nr_inodes=4000";

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
    for (const { volume } of hosts) if (volume !== undefined) unmountVolume(volume);
  };
  process.once("exit", unmount);
  const scene: Scene = {
    hosts,
    next: { deploy: ["-R", "all", "deploy"], rollback: ["-R", "all", "rollback"], unlock: ["unlock", "-R", "all", "-y"] },
    secrets: [VARIABLE_SECRET, LINKED_SECRET],
    deadline: 90_000,
    flightsFile,
    logFile,
    fresh: (name) => join(directory, `${name}-${++files}`),
    async reset(start) {
      for (const file of [logFile, flightsFile]) rmSync(file, { force: true });
      takeStart(hosts, start);
    },
    start(words, { mark, silent = false } = {}) {
      const config = silent ? `${fleet.sshConfig}-silent` : fleet.sshConfig;
      const isRun = words[0] !== "unlock";
      const report = isRun ? ["--log-file", logFile, "--reporter", "plain"] : [];
      const env = { PATH: process.env["PATH"] ?? "", HOME: directory };
      return startClient(machine.client, ["--ssh-config", config, ...report, ...words], {
        cwd: directory,
        env,
        orders: { mark, flightsFile },
      });
    },
    isNewest: ({ deployPath, before }, id) => !before.releases.includes(id) && revisionOf(deployPath, id) === repo.sha(),
    findFault: ({ deployPath }, id) => findFault(repo, deployPath, id),
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
    await prepareStarts(scene, repo);
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
  if (volume !== undefined && !mountVolume(volume, ROOM)) throw new Error(`There is no file system for ${host.name}.`);
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

async function prepareStarts(scene: Scene, repo: GitRepo): Promise<void> {
  for (const { deployPath } of scene.hosts) {
    mkdirSync(join(deployPath, "shared", "uploads"), { recursive: true });
    writeFileSync(join(deployPath, "shared", ".env"), `SECRET=${LINKED_SECRET}\n`, { mode: 0o600 });
  }
  keepStart(scene.hosts, "nothing");
  for (const version of ["v1", "v2", "v3"]) {
    repo.commit(TREE(version), version);
    const outcome = await runClient(scene.start(scene.next.deploy));
    if (outcome.exitCode !== 0) throw new Error(`A deploy without any fault fails:\n${outcome.stdout}${outcome.stderr}`);
  }
  repo.commit(TREE("v4"), "v4");
  keepStart(scene.hosts, "live");
}
