/** A scene for a user's deployfile: hosts in the place of its own, code, and runs that went well. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeError } from "../errors.ts";
import { readDeployPath, revisionOf } from "./deploy-path.ts";
import type { Redirection } from "./mark.ts";
import { commonShape, findShapeFault, type ReleaseShape, readShape } from "./release-shape.ts";
import { type EndedClient, type RunningClient, runClient, startClient } from "./run-client.ts";
import type { CheckMoment, HostBefore, Scenario, Scene, SceneHost, SceneStart } from "./scene.ts";
import { removeAll } from "./starts.ts";

/** The hosts of a site, whatever they are, and what is done to all of them. */
export interface SiteHosts<H extends SceneHost = SceneHost> {
  readonly hosts: readonly H[];
  readonly redirect: Redirection["hosts"];
  /** By which runs reach them. */
  readonly sshConfig: string;
  /** Variables of the user's that runs there do without. */
  readonly withoutVariables: readonly string[];
  /** Makes linked directories and files that a person would have made. */
  lay(): Promise<void>;
  /**
   * Gives file systems of their own to those that are small enough. @returns whether one has one; they are laid then
   * @throws FakeError where there is too little room for what a rehearsal keeps
   */
  giveRoom(): Promise<boolean>;
  /** Keeps what hosts are like now, and puts them back to it. */
  keep(start: SceneStart): Promise<void>;
  take(start: SceneStart): Promise<void>;
  look?: Scene["look"];
  /** Keeps the deploy paths as they are now, for whoever looks at them later: the first time. @default hosts are thrown away */
  keepFound?(): Promise<void>;
  /** @param violated what was found there is to be looked at */
  close(violated: boolean): Promise<void>;
}

/** What is deployed. */
export interface SiteCode {
  /** In words. */
  readonly what: string;
  /** Something new to deploy. @returns its commit, or undefined where the same one is deployed again */
  commit(): string | undefined;
  /** Settings by which a run deploys it. @param head the commit that was deployed last; undefined in the beginning */
  settings(head: string | undefined): readonly string[];
}

export interface SiteOptions {
  /** The built `cli/rehearsed.cjs`. */
  readonly program: string;
  /** Of the process: where the deployfile is read, and by which variables. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Words of the command line that say which deployfile, hosts and settings. */
  readonly words: readonly string[];
  /** Releases are of commits: false for a strategy of the deployfile's own. */
  readonly byCommit: boolean;
  readonly local: boolean;
  readonly secrets: readonly string[];
  /** @param folder for whatever is written on this machine: it is removed */
  openHosts(folder: string): Promise<SiteHosts>;
  openCode(folder: string): SiteCode;
  check(host: SceneHost, before: HostBefore, moment: CheckMoment): Promise<void>;
}

export interface Site extends Scene {
  /** What is deployed, in words. */
  readonly what: string;
  /** Deploys until there is something to go back to and something to remove. @throws FakeError when a deploy fails */
  prepare(): Promise<void>;
  /** Runs something without any fault. @throws FakeError when it fails */
  runWell(words: readonly string[], what: string): Promise<void>;
  /** What this case has left on hosts is to be looked at, where they are not thrown away. */
  keepFound(): Promise<void>;
  end(): Promise<void>;
}

/** Milliseconds. Later runs have ten times what a clean one took. */
const LEAST_DEADLINE = 90_000;
const CLEAN_DEADLINE = 3_600_000;

export async function openSite(options: SiteOptions): Promise<Site> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fake-rehearsal-")));
  try {
    const code = options.openCode(folder);
    return fillSite(options, folder, code, await options.openHosts(folder));
  } catch (error) {
    removeAll(folder);
    throw error;
  }
}

function fillSite(options: SiteOptions, folder: string, code: SiteCode, place: SiteHosts): Site {
  const { hosts } = place;
  const running = new Set<RunningClient>();
  const shapes = new Map<string, ReleaseShape>();
  const env = clientEnv(options.env, folder, place.withoutVariables);
  let head: string | undefined;
  let files = 0;
  let hasEnded = false;
  let hasFound = false;
  let deadline = LEAST_DEADLINE;

  const look = async (): Promise<void> => place.look?.();
  const runWell = async (words: readonly string[], what: string): Promise<void> => {
    const since = performance.now();
    const outcome = await runClient(site.start(words), CLEAN_DEADLINE);
    if (outcome.exitCode !== 0) throw cleanRunFailed(what, outcome);
    deadline = Math.max(deadline, 10 * (performance.now() - since));
    await look();
  };
  const deployOnce = async (what: string): Promise<void> => {
    head = code.commit() ?? head;
    await runWell(site.next.deploy, what);
    head ??= hosts.map(({ deployPath }) => liveRevision(deployPath)).find((revision) => revision !== undefined);
  };
  const learnShapes = (): void => {
    for (const { name, deployPath } of hosts) {
      const shape = readShape(realpathSync(join(deployPath, "current")));
      shapes.set(name, commonShape(shapes.get(name) ?? shape, shape));
    }
  };

  const site: Site = {
    hosts,
    what: code.what,
    runWell,
    look,
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
      await place.lay();
      await deployOnce("first clean run");
      if (await place.giveRoom()) await deployOnce("clean run");
      learnShapes();
      for (const count of ["second", "third"]) {
        await deployOnce(`${count} clean run`);
        learnShapes();
      }
      head = code.commit() ?? head;
      await place.keep("live");
    },
    async reset(start: SceneStart) {
      for (const file of [site.logFile, site.flightsFile]) rmSync(file, { force: true });
      await place.take(start);
      await look();
    },
    start(words, { mark, silent = false } = {}) {
      // Whoever was at work when all was removed must not start anything more.
      if (hasEnded) throw new FakeError("REHEARSAL_ENDED", "The rehearsal has ended.");
      const isRun = words[0] !== "unlock";
      const report = isRun ? ["--log-file", site.logFile, "--reporter", "plain"] : [];
      const config = silent ? `${place.sshConfig}-silent` : place.sshConfig;
      const settings = code.settings(head).flatMap((setting) => ["-s", setting]);
      const room = hosts.some(({ volume }) => volume !== undefined) ? ["-s", "minFreeSpace=0"] : [];
      const said = [...["--ssh-config", config, "-y"], ...options.words, ...settings, "-s", "keepReleases=3", ...room, ...report];
      const orders = { mark, flightsFile: site.flightsFile, redirect: { hosts: place.redirect, local: options.local } };
      const all = isRun ? [...said, ...words] : [...words, ...said];
      const client = startClient(options.program, all, { cwd: options.cwd, env, orders });
      running.add(client);
      void client.outcome.then(() => running.delete(client));
      return client;
    },
    async keepFound() {
      hasFound = true;
      await place.keepFound?.();
    },
    async end() {
      hasEnded = true;
      for (const { child } of running) child.kill("SIGKILL");
      try {
        await place.close(hasFound);
      } finally {
        removeAll(folder);
      }
    },
  };
  return site;
}

function liveRevision(deployPath: string): string | undefined {
  const { current } = readDeployPath(deployPath);
  return current.kind === "release" ? revisionOf(deployPath, current.id) : undefined;
}

/** The user's variables, without a run that this one would be part of, and without what opens doors. */
function clientEnv(env: SiteOptions["env"], folder: string, without: readonly string[]): Record<string, string> {
  const entries = Object.entries({ ...env, XDG_CACHE_HOME: join(folder, "cache") });
  const left = ["FAKE_RUN", "FORCE_COLOR", ...without];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined && !left.includes(entry[0])),
  );
}

function cleanRunFailed(what: string, { stdout, stderr, exitCode }: EndedClient): FakeError {
  const lines = `${stdout}${stderr}`.trim().split("\n");
  const verdict = lines.findLastIndex((line) => /^✖ Failed/.test(line));
  const said = lines.slice(verdict === -1 ? -24 : verdict).join("\n");
  return new FakeError("CLEAN_RUN_FAILED", `The ${what} fails (exit code ${exitCode}), without any fault:\n\n${said}\n`, {
    hint: "Put that right first. What the hosts of a rehearsal have not can be stood in for: rehearse({ commands, files }) in the deployfile.",
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
