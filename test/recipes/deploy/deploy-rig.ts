import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { createRedactor } from "../../../src/command/redact.ts";
import { createApp } from "../../../src/dsl/create-app.ts";
import { createEnv } from "../../../src/env/env.ts";
import { planFor } from "../../../src/graph/build-plan.ts";
import { selectHosts } from "../../../src/hosts/select.ts";
import type { App, SettingInputs } from "../../../src/index.ts";
import { deploy } from "../../../src/recipes/deploy/index.ts";
import type { RunOptions } from "../../../src/runner/context/run.ts";
import type { RunEvent } from "../../../src/runner/events.ts";
import { Fleet } from "../../../src/runner/machine/fleet.ts";
import { runPlan } from "../../../src/runner/order/run-plan.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import { recordEvents } from "../../../src/testing.ts";
import { delegate } from "../../../src/transport/delegate.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { createGitRepo, type GitRepo } from "../../support/git-repo.ts";

// Each run is a dozen shells and gits: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Values = SettingInputs;

/** Hosts that are directories of this machine, a real repository, and the recipe run on them by the real runner. */
export interface DeployRig {
  readonly repo: GitRepo;
  readonly folder: string;
  /** Moves the clock that release ids are made from. */
  clock: { now: number };
  /** The deploy path of a host. */
  root(host: string): string;
  run(tasks: string, options?: RunOptionsOfRig): Promise<Run>;
  /** The release that `current` of a host points to; undefined when there is none. */
  current(host: string): string | undefined;
  releases(host: string): readonly string[];
  read(host: string, path: string): string;
  /** Remembers hosts and repository as they are. @returns how to bring them back */
  save(): () => void;
  remove(): void;
}

export interface RunOptionsOfRig {
  readonly settings?: Values;
  /** By host. */
  readonly hostSettings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What a deployfile adds. */
  readonly deployfile?: (app: App) => void;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<RunOptions>;
  readonly runId?: string;
  /** For git on the control machine. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders that hosts look for programs in first. */
  readonly path?: readonly string[];
}

export interface Run {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  /** Round trips to each host. */
  readonly flights: Readonly<Record<string, number>>;
  /** `host task: message` for each failure. */
  readonly failures: readonly string[];
  /** Warnings, as `host: text`. */
  readonly warnings: readonly string[];
}

export function createDeployRig(hosts: readonly string[] = ["app1"]): DeployRig {
  const folder = mkdtempSync(join(tmpdir(), "fake-deploy-"));
  const repo = createGitRepo(join(folder, "repository"));
  const clock = { now: Date.UTC(2026, 10, 20, 10, 15, 0) };
  const root = (host: string): string => join(folder, host, "it's the app");
  let runs = 0;
  for (const host of hosts) mkdirSync(join(folder, host));
  const current = (host: string): string | undefined => {
    const link = join(root(host), "current");
    return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true
      ? readlinkSync(link).split("/").at(-1)
      : undefined;
  };
  const run: DeployRig["run"] = async (tasks, given = {}) => {
    const { app, seal } = createApp({ locate: () => undefined });
    app.use(
      deploy({
        now: () => clock.now,
        cache: join(folder, "cache"),
        environment: { PATH: process.env["PATH"], HOME: folder, ...given.environment },
      }),
    );
    app.env.set({ repoUrl: repo.directory, localUser: "ada", ...given.settings });
    app.role("app", { hosts: hosts.map((host) => ({ host, deployPath: root(host), ...given.hostSettings?.[host] })) });
    given.deployfile?.(app);
    runs += 1;
    return execute(seal(), tasks.split(" "), given, folder, given.runId ?? `run${runs}`);
  };
  return {
    repo,
    folder,
    clock,
    root,
    run,
    current,
    releases: (host) => (existsSync(join(root(host), "releases")) ? readdirSync(join(root(host), "releases")).sort() : []),
    read: (host, path) => readFileSync(join(root(host), path), "utf8"),
    save() {
      cpSync(folder, `${folder}.saved`, { recursive: true, verbatimSymlinks: true });
      return () => {
        rmSync(folder, { recursive: true, force: true });
        cpSync(`${folder}.saved`, folder, { recursive: true, verbatimSymlinks: true });
      };
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
      rmSync(`${folder}.saved`, { recursive: true, force: true });
    },
  };
}

async function execute(
  sealed: ReturnType<ReturnType<typeof createApp>["seal"]>,
  tasks: readonly string[],
  given: RunOptionsOfRig,
  home: string,
  runId: string,
): Promise<Run> {
  const problems = sealed.problems();
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  const options: Pick<RunOptions, "fuse" | "dryRun"> & Partial<RunOptions> = { fuse: true, dryRun: false, ...given.options };
  const record = recordEvents();
  const redactor = createRedactor();
  const bare = createEnv(sealed.env(), { hosts: [] });
  const inventory = await sealed.inventory(bare.forRun().reader);
  const hosts = selectHosts(inventory, { roles: ["app"] });
  const flights: Record<string, number> = {};
  const local = createLocalTransport({
    cwd: home,
    env: { PATH: [...(given.path ?? []), process.env["PATH"]].join(":"), HOME: home },
  });
  const fleet = new Fleet(() => counting(local, flights), local);
  const result = await runPlan(
    planFor(
      sealed.graph,
      tasks,
      hosts.map(({ host }) => ({ id: host.id, roles: host.roles })),
    ),
    {
      graph: sealed.graph,
      env: createEnv(sealed.env(), { hosts, placeholders: options.dryRun, onSecret: (secret) => redactor.add(secret) }),
      hosts,
      fleet,
      emit: record.emit,
      redactor,
      prompter: { ask: async () => "", confirm: async () => true, choice: async (_, choices) => choices[0] as never },
      runId,
      now: () => 0,
      args: new Map(Object.entries(given.args ?? {})),
      interrupts: { onInterrupt: () => () => {} },
      ...options,
    },
  );
  await fleet.close();
  await local.close();
  const failures = result.failures.map(({ host, task, error }) => `${host} ${task}: ${error.message}`);
  // Ids come from the rig's clock, and the hosts have this machine's: that they differ is no news here.
  const warnings = record
    .of("message")
    .filter(({ level, text }) => level === "warn" && !text.startsWith("Its clock is"))
    .map(({ host, text }) => `${host}: ${text}`);
  return { result, events: record.events, flights, failures, warnings };
}

function counting(transport: Transport, flights: Record<string, number>): Transport {
  const count = (host: string): void => {
    flights[host] = (flights[host] ?? 0) + 1;
  };
  return {
    ...transport,
    async connect(host, options) {
      const connection = await transport.connect(host, options);
      return delegate(connection, {
        flight(...args) {
          count(host.id);
          return connection.flight(...args);
        },
        exec(...args) {
          count(host.id);
          return connection.exec(...args);
        },
      });
    },
  };
}
