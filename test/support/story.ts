/** A project with a deployfile, a git repository, and OpenSSH servers to deploy to: what the stories in `test/e2e` play on. */
import {
  type Dirent,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { inject } from "vitest";
import { RESERVED_WORDS } from "../../src/prepare/reserved-words.ts";
import { type FakeOptions, type Outcome, type RunningFake, startFake } from "./fake.ts";
import { createGitRepo, type GitRepo } from "./git-repo.ts";
import { type SshdFleet, type SshdOptions, startSshdFleet } from "./sshd.ts";

export interface StoryOptions extends SshdOptions {
  /** Directory of the application below the home of each host. @default "app" */
  readonly root?: string;
}

export interface Story {
  /** Where the deployfile is. */
  readonly directory: string;
  readonly fleet: SshdFleet;
  readonly repo: GitRepo;
  /** Runs `fake` with the fleet's ssh config. */
  fake(args: string | readonly string[], options?: Partial<FakeOptions>): Promise<Outcome>;
  /** The same, for runs that must succeed. @throws with all that it said */
  succeed(args: string | readonly string[], options?: Partial<FakeOptions>): Promise<Outcome>;
  start(args: string | readonly string[], options?: Partial<FakeOptions>): RunningFake;
  /** Writes the deployfile: `body` stands inside the recipe, after `use(deploy())` and the settings every story shares. */
  deployfile(body?: string, settings?: string): void;
  /** A path in the deploy path of a host, by its place in the fleet. */
  path(host: number, ...parts: readonly string[]): string;
  /** Id of the release that `current` points to. */
  current(host: number): string | undefined;
  releases(host: number): readonly string[];
  /** Text of a file below the deploy path. */
  read(host: number, ...parts: readonly string[]): string;
  write(host: number, path: string, text: string): void;
  /** Everything below the deploy path: each path with the target of a link, or the size of a file. */
  tree(host: number): readonly string[];
  /** Some run holds the lock of the host. */
  locked(host: number): boolean;
  end(): Promise<void>;
}

/** All that a run said. */
export function said({ stdout, stderr }: Outcome): string {
  return stdout + stderr;
}

/** Verbs that the deploy recipe brings. */
const OF_RECIPES = ["releases", "pending", "lock", "unlock"];

/** Verbs that connect to nobody. */
const OFFLINE: ReadonlySet<string> = new Set(["env", "tasks", "plan", "graph"]);

/** Runs as the stories are to be played: with each task sent by itself, or over the system's ssh. */
function asSent(words: readonly string[]): readonly string[] {
  const isRun = ![...RESERVED_WORDS, ...OF_RECIPES].some((word) => words.includes(word));
  const transport = process.env["STORIES_TRANSPORT"];
  return [
    ...(transport === undefined ? [] : ["-s", `transport=${transport}`]),
    ...(process.env["STORIES_NO_FUSE"] === "1" && isRun ? ["--no-fuse"] : []),
    ...words,
  ];
}

export async function startStory(hosts: number, { root = "app", ...options }: StoryOptions = {}): Promise<Story> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-story-")));
  const repo = createGitRepo(join(directory, "repository"));
  const fleet = await startSshdFleet(hosts, options);
  const project = inject("installed");
  // A folder inside the project, so that `fake-deploy` is found as it is from any deployfile.
  const cwd = mkdtempSync(join(project, "story-"));
  const path = (host: number, ...parts: readonly string[]): string => join(fleet.hosts[host]?.home ?? "", root, ...parts);
  const words = (args: string | readonly string[]): readonly string[] => (typeof args === "string" ? args.split(" ") : args);
  const prepare = (more: Partial<FakeOptions> = {}): FakeOptions => ({ cwd, ...more });
  const withConfig = (args: string | readonly string[]): readonly string[] =>
    OFFLINE.has(words(args)[0] ?? "") ? words(args) : ["--ssh-config", fleet.sshConfig, ...asSent(words(args))];
  const runs: RunningFake[] = [];
  const start: Story["start"] = (args, more) => {
    const run = startFake(project, withConfig(args), prepare(more));
    runs.push(run);
    return run;
  };
  const story: Story = {
    directory: cwd,
    fleet,
    repo,
    fake: (args, more) => start(args, more).outcome,
    async succeed(args, more) {
      const outcome = await story.fake(args, more);
      if (outcome.exitCode !== 0) throw new Error(`Exit code ${outcome.exitCode} of ${args}:\n${said(outcome)}`);
      return outcome;
    },
    start,
    deployfile(body = "", settings = "") {
      writeFileSync(join(cwd, "deployfile.ts"), deployfileText(story, body, settings));
    },
    path,
    current(host) {
      const link = path(host, "current");
      return existsSync(dirname(link)) && readdirSync(dirname(link)).includes("current")
        ? readlinkSync(link).split("/").at(-1)
        : undefined;
    },
    releases: (host) => (existsSync(path(host, "releases")) ? readdirSync(path(host, "releases")).sort() : []),
    read: (host, ...parts) => readFileSync(path(host, ...parts), "utf8"),
    write(host, file, text) {
      mkdirSync(dirname(path(host, file)), { recursive: true });
      writeFileSync(path(host, file), text);
    },
    tree: (host) => listTree(path(host)),
    locked: (host) => existsSync(path(host, ".fake", "lock")),
    async end() {
      // A story that failed in the middle of a run has left it behind.
      for (const { child } of runs) child.kill("SIGKILL");
      await fleet.stop();
      rmSync(directory, { recursive: true, force: true });
      rmSync(cwd, { recursive: true, force: true });
    },
  };
  repo.commit({ "index.txt": "v1\n" }, "v1");
  story.deployfile();
  return story;
}

function listTree(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  try {
    const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
    return entries.map((entry) => describeEntry(directory, join(entry.parentPath, entry.name), entry)).sort();
  } catch (error) {
    // A run at work has removed what was just listed.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return listTree(directory);
    throw error;
  }
}

function describeEntry(directory: string, path: string, entry: Dirent): string {
  const name = relative(directory, path);
  if (entry.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
  return entry.isFile() ? `${name} (${statSync(path).size})` : `${name}/`;
}

function deployfileText(story: Story, body: string, settings: string): string {
  const hosts = story.fleet.hosts.map(({ name }, index) => JSON.stringify({ host: name, deployPath: story.path(index) }));
  return `
import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile((app) => {
  const { env, role, host, task, before, after, onFailure, always, use } = app;
  const steps = use(deploy());
  env.set({ application: "shop", repoUrl: ${JSON.stringify(story.repo.directory)}, branch: "main" });
  role("all", [${hosts.join(", ")}]);
  ${settings === "" ? "" : `env.set({ ${settings} });`}
  ${body}
});
`;
}
