/** A project with a deployfile, a git repository, and OpenSSH servers to deploy to: what the stories in `test/e2e` play on. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { type FakeOptions, type Outcome, type RunningFake, runFake, startFake } from "./fake.ts";
import { createGitRepo, type GitRepo } from "./git-repo.ts";
import { type SshdFleet, type SshdOptions, startSshdFleet } from "./sshd.ts";

export interface Story {
  readonly directory: string;
  readonly fleet: SshdFleet;
  readonly repo: GitRepo;
  /** Runs `fake` with the fleet's ssh config. */
  fake(args: string | readonly string[], options?: Partial<FakeOptions>): Promise<Outcome>;
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
  end(): Promise<void>;
}

export async function startStory(hosts: number, options: SshdOptions = {}): Promise<Story> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-story-")));
  const repo = createGitRepo(join(directory, "repository"));
  const fleet = await startSshdFleet(hosts, options);
  const project = inject("installed");
  // A folder inside the project, so that `fake-deploy` is found as it is from any deployfile.
  const cwd = mkdtempSync(join(project, "story-"));
  const path = (host: number, ...parts: readonly string[]): string => join(fleet.hosts[host]?.home ?? "", "app", ...parts);
  const words = (args: string | readonly string[]): readonly string[] => (typeof args === "string" ? args.split(" ") : args);
  const prepare = (more: Partial<FakeOptions> = {}): FakeOptions => ({ cwd, ...more });
  const withConfig = (args: string | readonly string[]): readonly string[] => ["--ssh-config", fleet.sshConfig, ...words(args)];
  const story: Story = {
    directory: cwd,
    fleet,
    repo,
    fake: (args, more) => runFake(project, withConfig(args), prepare(more)),
    start: (args, more) => startFake(project, withConfig(args), prepare(more)),
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
    async end() {
      await fleet.stop();
      rmSync(directory, { recursive: true, force: true });
      rmSync(cwd, { recursive: true, force: true });
    },
  };
  repo.commit({ "index.txt": "v1\n" }, "v1");
  story.deployfile();
  return story;
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
