import type { readHostProject } from "./project.ts";
import type { satisfies } from "./satisfies.ts";
import type { createTrees } from "./trees.ts";
import type { NodeWork } from "./work.ts";

/** Functions that it calls: it is sent as text, and theirs with it. */
export interface HostParts {
  readonly satisfies: typeof satisfies;
  readonly readHostProject: typeof readHostProject;
  readonly createTrees: typeof createTrees;
}

/**
 * Installs and builds in a release, on the host: its text is run by the node there, 16 and later, or by bun. So it names nothing from outside.
 * What it has to say it prints as `fake-node TAG TEXT`.
 */
export function onHost(work: NodeWork, need: (name: string) => unknown, parts: HostParts): void {
  const fs = need("node:fs") as typeof import("node:fs");
  const { basename, join } = need("node:path") as typeof import("node:path");
  const { spawnSync } = need("node:child_process") as typeof import("node:child_process");
  const { createHash } = need("node:crypto") as typeof import("node:crypto");
  type Json = Readonly<Record<string, unknown>>;
  type Way = NodeWork["by"];
  const project = parts.readHostProject(work, need, parts.satisfies);
  const trees = parts.createTrees(need);
  const { here, kind, lockfile, script } = project;
  const manager = work.managers[kind];
  const withDev = work.dev === "keep" || work.dev === "prune" || (work.dev === "auto" && script !== undefined);
  const say = (tag: string, text: string): void => void fs.writeSync(1, `fake-node ${tag} ${text.replace(/\s+/g, " ").trim()}\n`);
  const realpath = (path: string): string | undefined => (fs.existsSync(path) ? fs.realpathSync(path) : undefined);

  // Programs.

  let call: readonly string[] | undefined;
  function findCall(): readonly string[] {
    const { program } = manager;
    const { wanted } = project;
    if (wanted === undefined) return [program];
    const said = spawnSync(program, ["--version"], { cwd: here, env: environment(), encoding: "utf8" });
    const version = said.status === 0 ? said.stdout.trim() : "none";
    if (version === wanted) return [program];
    if (project.has("corepack")) return ["corepack", program];
    say(
      "remark",
      `${project.lineOf("packageManager")} says ${program} ${wanted}: this host has ${version}, and no corepack to get it.`,
    );
    return [program];
  }
  function environment(): NodeJS.ProcessEnv {
    const places = Object.entries({ ...manager.caches, COREPACK_HOME: "corepack" }).map(([name, place]) => [
      name,
      join(work.cache, place),
    ]);
    const caches = work.cache === "" ? {} : (Object.fromEntries(places) as Record<string, string>);
    return { COREPACK_ENABLE_DOWNLOAD_PROMPT: "0", ...caches, ...process.env, NODE_ENV: work.nodeEnv };
  }
  function run(args: readonly string[], variables: NodeJS.ProcessEnv = {}): number {
    call ??= findCall();
    const [program = "", ...rest] = [...call, ...args];
    const { status, signal, error } = spawnSync(program, rest, {
      cwd: here,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...variables, ...environment() },
    });
    if (status !== 0) say("failed", `${[program, ...rest].join(" ")}: ${error?.message ?? signal ?? `exit code ${status}`}`);
    return status ?? 1;
  }
  function must(args: readonly string[], variables?: NodeJS.ProcessEnv): void {
    const status = run(args, variables);
    if (status !== 0) process.exit(status);
  }
  /** Of installs alone: a build that is told so may take warnings for errors. */
  const unattended = { CI: "true" };

  // What is taken from the live release.

  function keyOf(manifests: readonly Json[]): string {
    const hash = createHash("sha256");
    const add = (value: unknown): void => void hash.update(`${JSON.stringify(value)}\n`);
    add([1, process.version, process.platform, process.arch, kind, withDev, work.nodeEnv, lockfile]);
    hash.update(fs.readFileSync(join(here, lockfile)));
    for (const file of [".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "bunfig.toml"]) {
      const lines = project.read(here, file).split("\n");
      // Who one is to a registry changes nothing of what it gives.
      add(lines.filter((line) => !/auth|password|token|user|email/i.test(line)));
    }
    const told = /^(name|bin|.*dependencies.*|overrides|resolutions|pnpm|workspaces|packageManager)$/i;
    for (const manifest of manifests)
      add(
        Object.entries(manifest)
          .filter(([field]) => told.test(field))
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    return hash.digest("hex");
  }
  /** Ways to take a tree over, the best first. Where files are the same, nothing of the project runs, or nobody can write into them. */
  function ways(hooks: readonly string[]): readonly Way[] {
    if (work.by === "install" || work.dev === "prune") return [];
    const runsNothing = script === undefined && hooks.length === 0;
    const links = work.by === "link" && !trees.clones(here) && (runsNothing || trees.protects(here));
    return links ? ["link", "copy"] : ["copy"];
  }
  function clear(paths: readonly string[]): void {
    for (const path of paths) fs.rmSync(join(here, path), { recursive: true, force: true });
  }
  /** The project's own part of an install. A script that is called with what is before and behind it stands for these, too. */
  function runHooks(hooks: readonly string[]): boolean {
    const isPart = (name: string): boolean =>
      kind !== "berry" && /^(pre|post)/.test(name) && hooks.includes(name.replace(/^(pre|post)/, ""));
    return hooks.filter((name) => !isPart(name)).every((name) => run(["run", name]) === 0);
  }
  function takeOver(from: string, paths: readonly string[], way: Way, hooks: readonly string[]): boolean {
    if (!paths.every((path) => trees.isFree(here, path))) return false;
    try {
      for (const path of paths) trees.bring(join(from, path), join(here, path), way === "link");
    } catch (error) {
      say("remark", `node_modules of the live release cannot be taken: ${(error as Error).message}`);
      clear(paths);
      return false;
    }
    if (runHooks(hooks)) return true;
    clear(paths);
    return false;
  }

  // The two steps.

  function install(): void {
    const problems = project.problems();
    for (const problem of problems) say("problem", problem);
    if (problems.length > 0) process.exit(3);
    if (project.remark !== "") say("remark", project.remark);
    const members = project.isWorkspace ? trees.find(here, "package.json").filter((file) => file !== "package.json") : [];
    const others = members.map((file) => project.json(here, file) ?? {});
    const key = keyOf([project.manifest, ...others]);
    const marker = trees.marker(here);
    const mark = (paths: readonly string[], made: Way): void => {
      if (project.exists("node_modules")) fs.writeFileSync(marker, JSON.stringify({ key, trees: paths, made }));
    };
    if (project.json(marker)?.["key"] === key) {
      say("note", "node_modules is there already");
      return;
    }
    const release = realpath(work.current);
    const live = release === undefined ? undefined : join(release, work.directory);
    const before = live === undefined ? {} : (project.json(trees.marker(live)) ?? {});
    // What is made beside node_modules is not taken over.
    const isAllThere = !project.exists("binding.gyp") && others.every((other) => project.hooksOf(other).length === 0);
    const paths = before["key"] === key && isAllThere && Array.isArray(before["trees"]) ? before["trees"].map(String) : [];
    const hooks = project.hooksOf(project.manifest);
    for (const way of live === undefined || paths.length === 0 ? [] : ways(hooks)) {
      if (!takeOver(live ?? "", paths, way, hooks)) continue;
      mark(paths, way);
      say("note", `node_modules as in ${basename(release ?? "")}: nothing to install`);
      return;
    }
    must([...manager.frozen, ...manager.unattended, ...(withDev ? manager.dev : manager.noDev)], unattended);
    // So that all that is there is older than the note: clocks of files tick every few milliseconds.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    mark(project.isWorkspace ? trees.find(here, "node_modules") : ["node_modules"], "install");
  }
  function build(): void {
    const marker = trees.marker(here);
    const { made, trees: paths = [] } = (project.json(marker) ?? {}) as {
      readonly made?: Way;
      readonly trees?: readonly string[];
    };
    const stamp = made === undefined ? 0 : fs.statSync(marker).ctimeMs;
    if (script !== undefined) must(["run", script]);
    if (work.dev === "prune") {
      // It is no longer what its key says.
      fs.rmSync(marker, { force: true });
      must(manager.prune, unattended);
    } else if (made === "install" && ways(project.hooksOf(project.manifest)).includes("link")) {
      for (const path of paths) trees.seal(join(here, path), stamp);
    }
  }

  // A run that goes on with an earlier one comes by here, too.
  if (realpath(work.current) === realpath(work.release)) say("note", "the release is live: nothing is done in it");
  else if (work.step === "install") install();
  else build();
}
