/** Where a soak is played: OpenSSH servers, one of them far away, two that can be lost, a repository, and a deployfile. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build, type Plugin } from "esbuild";
import { type Relay, startRelay } from "../../src/rehearse/relay.ts";
import { createDoor, type Door } from "../support/door.ts";
import { createGitRepo, type GitRepo } from "../support/git-repo.ts";
import { plainKey, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import { startRelay as startLongWay, type TurnRelay } from "../support/turn-relay.ts";
import { type Client, startClient } from "./start-client.ts";

export interface SiteHost {
  readonly name: string;
  readonly home: string;
  readonly deployPath: string;
  /** Where its processes put what is to go again. */
  readonly temporary: string;
  /** Process of the server. */
  readonly server: number;
  /** Open ones of the server before the first run. */
  readonly descriptors: number;
  readonly port: number;
}

export interface SiteOptions {
  readonly hosts: number;
  /** The root of this repository. */
  readonly project: string;
  /** The folder with the built package's `lib`. */
  readonly distribution: string;
  /** Milliseconds each way to the first host. @default no relay */
  readonly delay?: number;
  /** The last two hosts can be lost. @default false */
  readonly canLose?: boolean;
}

export interface Site {
  readonly hosts: readonly SiteHost[];
  readonly repo: GitRepo;
  /** Home of the client. */
  readonly home: string;
  /** Where the client puts what is to go again. */
  readonly temporary: string;
  /** Where a run waits that is held: on the first host, between build and publish. */
  readonly door: Door;
  /** Names of those that can be lost. */
  readonly losable: readonly string[];
  /** Ends the links to the losable hosts: they refuse all others. */
  lose(): Promise<void>;
  /** From now on the first losable host refuses connections, the second takes them and says nothing. */
  silence(): Promise<void>;
  findAgain(): Promise<void>;
  /** Starts `fake` with these words. `hold`: it waits at the door. */
  start(words: string, options?: { readonly hold?: boolean }): Client;
  /** Starts one process that runs `fake` with these words again and again. @param time milliseconds after which it starts no other */
  startLongLived(runs: number, time: number, words: string): Client;
  end(): Promise<void>;
}

/** How long a host that says nothing is waited for. Seconds. */
const CONNECT_TIMEOUT = 2;

export async function openSite(options: SiteOptions): Promise<Site> {
  const { canLose = false, project } = options;
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-soak-")));
  const shell = join(directory, "shell");
  writeFileSync(shell, '#!/bin/sh\nTMPDIR=$HOME/temporary; export TMPDIR\nexec /bin/sh "$@"\n');
  chmodSync(shell, 0o755);
  const fleet = await startSshdFleet(options.hosts, { shell });
  const servers = await Promise.all(fleet.hosts.map(({ name }) => readServer(join(fleet.directory, name, "sshd.pid"))));
  const hosts = fleet.hosts.map(({ name, home, port }, index): SiteHost => {
    for (const folder of ["temporary", "app/shared"]) mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, "app/shared/.env"), "SECRET=none\n");
    const server = servers[index] ?? 0;
    return {
      name,
      home,
      deployPath: join(home, "app"),
      temporary: join(home, "temporary"),
      server,
      descriptors: countDescriptors(server),
      port,
    };
  });
  const repo = createGitRepo(join(directory, "repository"));
  const temporary = join(directory, "temporary");
  mkdirSync(temporary);
  const door = createDoor(join(directory, "door"));
  writeFileSync(join(directory, "deployfile.ts"), deployfileText(hosts, repo.directory, door.command));
  // Next to the packages it needs, and to the files it reads.
  mkdirSync(resolve(project, ".soak"), { recursive: true });
  const work = mkdtempSync(resolve(project, ".soak", "clients-"));
  const bundled = (name: string): Promise<string> => bundle(project, `test/soak/${name}.ts`, join(work, `${name}.mjs`));
  const clients = { once: await bundled("client"), longLived: await bundled("long-lived") };
  const roads = createRoads(fleet, hosts, { delay: options.delay, canLose });
  await roads.open();
  let count = 0;
  const settings = { cwd: directory, temporary, library: join(options.distribution, "lib") };
  const words = (text: string): readonly string[] => ["--ssh-config", fleet.sshConfig, ...text.split(" ")];
  return {
    hosts,
    repo,
    home: directory,
    temporary,
    door,
    losable: canLose ? hosts.slice(-2).map(({ name }) => name) : [],
    lose: () => roads.lose(),
    silence: () => roads.silence(),
    findAgain: () => roads.open(),
    start: (text, { hold = false } = {}) =>
      startClient(["--expose-gc", clients.once, ...words(text)], { ...settings, cost: join(directory, `cost-${++count}`), hold }),
    startLongLived: (runs, time, text) =>
      startClient(["--expose-gc", clients.longLived, String(runs), String(time), ...words(text)], settings),
    async end() {
      door.release();
      await roads.close();
      await fleet.stop();
      for (const folder of [directory, work]) rmSync(folder, { recursive: true, force: true });
      if (readdirSync(resolve(project, ".soak")).length === 0) rmSync(resolve(project, ".soak"), { recursive: true });
    },
  };
}

/** Open descriptors of a process. */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** sshd says that it listens, and writes its process id then. */
async function readServer(file: string): Promise<number> {
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await delay(5);
  return Number(readFileSync(file, "utf8"));
}

/** The ways to the hosts that are not straight. */
interface Roads {
  open(): Promise<void>;
  lose(): Promise<void>;
  silence(): Promise<void>;
  close(): Promise<void>;
}

interface RoadOptions {
  readonly delay: number | undefined;
  readonly canLose: boolean;
}

function createRoads(fleet: SshdFleet, hosts: readonly SiteHost[], { delay: away, canLose }: RoadOptions): Roads {
  const losable = canLose ? hosts.slice(-2) : [];
  const far = away === undefined ? undefined : hosts[0];
  let long: TurnRelay | undefined;
  let relays: readonly Relay[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(relays.map((relay) => relay.stop()));
    relays = [];
  };
  const open = async (more: readonly string[] = []): Promise<void> => {
    await stop();
    if (far !== undefined) long ??= await startLongWay({ port: far.port, delay: away ?? 0 });
    relays = await Promise.all(losable.map(({ port }) => startRelay(port)));
    const ports = new Map(losable.map(({ name }, index) => [name, relays[index]?.port ?? 0]));
    const sections = [...ports].map(([name, port]) => [name, [`Port ${port}`, ...more]] as const);
    if (far !== undefined && long !== undefined) ports.set(far.name, long.port);
    fleet.configure({ ...(far === undefined ? {} : { [far.name]: [`Port ${long?.port}`] }), ...Object.fromEntries(sections) });
    for (const host of fleet.hosts) {
      const port = ports.get(host.name);
      if (port !== undefined) appendFileSync(fleet.knownHosts, `[127.0.0.1]:${port} ${plainKey(host.hostKey)}\n`);
    }
  };
  return {
    open,
    lose: stop,
    async silence() {
      await open([`ConnectTimeout ${CONNECT_TIMEOUT}`]);
      const [refusing, silent] = relays;
      silent?.freeze();
      await refusing?.stop();
    },
    async close() {
      await Promise.all([long?.stop(), stop()]);
    },
  };
}

/** What is bundled cannot look into folders for recipes: as in the build of the package, they are listed. */
function listedRecipes(project: string): Plugin {
  const rows = readdirSync(resolve(project, "src/recipes")).map(
    (name) => `"fake-deploy/recipes/${name}": () => import("../../recipes/${name}/index.ts")`,
  );
  const contents = `export const findRecipes = () => ({ ${rows.join(", ")} });`;
  return {
    name: "listed-recipes",
    setup: ({ onLoad }) => onLoad({ filter: /src\/cli\/package\/recipes\.ts$/ }, () => ({ contents, loader: "ts" })),
  };
}

async function bundle(project: string, entry: string, outfile: string): Promise<string> {
  await build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile,
    plugins: [listedRecipes(project)],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  return outfile;
}

function deployfileText(hosts: readonly SiteHost[], repository: string, door: string): string {
  const list = hosts.map(({ name, deployPath }) => JSON.stringify({ host: name, deployPath }));
  return `
import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile(({ env, role, task, after, use }) => {
  use(deploy());
  env.set({
    application: "shop",
    repoUrl: ${JSON.stringify(repository)},
    branch: "main",
    keepReleases: 3,
    minFreeSpace: 0,
    linkedDirs: ["log"],
    linkedFiles: [".env"],
  });
  role("all", [${list.join(", ")}]);
  after("deploy:finished", task("count", "Count", async (t) => { await t.run("echo deployed >>$HOME/deploys"); }));
  if (process.env.SOAK_HOLD === "yes") after("deploy:create-release", task("hold", "Hold", async (t) => {
    if (t.host.name === "host1") await t.run(${JSON.stringify(`echo he''ld; ${door}`)});
  }));
});
`;
}
