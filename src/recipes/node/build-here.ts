import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { type Command, type CommandBodyContext, sh, type TaskContext, TaskError } from "../../index.ts";
import { LOCKFILES } from "./managers.ts";

export type NodeEnvironment = CommandBodyContext["env"];

export function isBuiltHere({ nodeBuildHere }: NodeEnvironment): boolean {
  return nodeBuildHere.length > 0;
}

/**
 * Builds on this machine, once for all hosts that are built alike, from what is deployed and nothing else.
 * @throws TaskError where the folder has something else than what is deployed
 */
export async function buildHere(t: TaskContext): Promise<void> {
  const wanted = t.hosts.map((host) => t.on(host).env).filter(isBuiltHere);
  const built = new Set<string>();
  for (const env of wanted) {
    const folder = folderOf(env);
    const key = JSON.stringify([folder, env.nodeBuild, env.nodeEnv, env.revision]);
    if (built.has(key)) continue;
    built.add(key);
    await refuseOther(t, env, folder);
    const { program, script } = readScript(env, folder);
    await t.local.within(folder).vars({ NODE_ENV: env.nodeEnv }).run`${program} run ${script}`;
    const missing = env.nodeBuildHere.filter((path) => !existsSync(join(folder, path)));
    if (missing.length > 0)
      throw new TaskError(`${program} run ${script} made no ${missing.join(", ")}, which nodeBuildHere names.`);
  }
}

/** Sends what was built into the release. Read when it is sent: nothing lies around in between. */
export function sendCommand(t: CommandBodyContext): Command {
  const { nodeBuildHere: paths, releasePath, nodeDirectory } = t.env;
  const folder = folderOf(t.env);
  const target = `${releasePath}/${nodeDirectory}`;
  const title = `receive ${paths.join(", ")}`;
  const stdin = t.dryRun ? "" : Readable.from(pack(folder, paths), { objectMode: false });
  return t.cmd({ title, contained: true, quiet: "output", stdin })(sh`tar -xzf - -C ${target}`);
}

async function* pack(folder: string, paths: readonly string[]): AsyncGenerator<Buffer> {
  const tar = spawn("tar", ["-czf", "-", "-C", folder, "--", ...paths], { stdio: ["ignore", "pipe", "ignore"] });
  yield* tar.stdout;
}

function folderOf({ nodeBuildFrom }: NodeEnvironment): string {
  return resolve(nodeBuildFrom);
}

async function refuseOther(t: TaskContext, env: NodeEnvironment, folder: string): Promise<void> {
  const at = t.local.within(folder);
  const head = await at.capture({ quiet: true })`git rev-parse HEAD`;
  if (head !== env.revision) {
    throw new TaskError(
      `${folder} is at ${head.slice(0, 7)}, and ${env.revision.slice(0, 7)} is deployed: something else would be built.`,
      {
        hint: `Check it out first: git -C ${folder} checkout ${env.revision}`,
      },
    );
  }
  const results = env.nodeBuildHere.map((path) => `:(exclude)${path}`);
  const changed = await at.capture({ quiet: true })`git status --porcelain -- . ${results}`;
  if (changed === "") return;
  const files = changed.split("\n").map((line) => line.slice(3));
  throw new TaskError(`${folder} has changes that are not in what is deployed: ${files.slice(0, 5).join(", ")}.`, {
    hint: "Commit them, or put them away.",
  });
}

function readScript({ nodeBuild }: NodeEnvironment, folder: string): { readonly program: string; readonly script: string } {
  const lockfile = Object.keys(LOCKFILES).find((file) => existsSync(join(folder, file))) ?? "";
  const script = typeof nodeBuild === "string" ? nodeBuild : "build";
  const file = join(folder, "package.json");
  const { scripts = {} } = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { scripts?: object }) : {};
  if (script in scripts) return { program: LOCKFILES[lockfile] ?? "npm", script };
  throw new TaskError(`${file} has no script ${JSON.stringify(script)} to build with.`, {
    hint: `It has: ${Object.keys(scripts).join(", ") || "none"}.`,
  });
}
