import { accessSync, constants } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Problem, ProblemsError } from "../errors.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import type { RunTarget } from "../prepare/target.ts";
import type { Options } from "./argv/options.ts";
import type { CliIo } from "./terminal/io.ts";

/** The file that is read in place of `~/.ssh/config`. */
export interface FoundSshConfig {
  /** Absolute. */
  readonly path: string;
  /** As it was named, and by what. */
  readonly shown: string;
  readonly by: string;
}

/** What the command line says, else the environment of who sits at it. */
export function findSshConfig({ sshConfig }: Pick<Options, "sshConfig">, { env, cwd }: CliIo): FoundSshConfig | undefined {
  const named = env["FAKE_SSH_CONFIG"];
  const shown = sshConfig ?? (named === "" ? undefined : named);
  if (shown === undefined) return undefined;
  return { path: resolve(cwd, shown), shown, by: sshConfig === undefined ? "FAKE_SSH_CONFIG" : "--ssh-config" };
}

/** Told by every verb that reads a deployfile: also where nothing is connected to, a name that is wrong is wrong. */
export function sshConfigProblems(options: Options, io: CliIo): readonly Problem[] {
  const found = findSshConfig(options, io);
  return found === undefined ? [] : unreadable(found);
}

/** The options with the file in them: what the deployfile's setting `sshConfig` says is weakest. @throws ProblemsError */
export async function withSshConfig(options: Options, io: CliIo, { path }: LoadedApp, { env }: RunTarget): Promise<Options> {
  const found = findSshConfig(options, io) ?? (await settingSshConfig(path, env));
  if (found === undefined) return options;
  const problems = unreadable(found);
  if (problems.length > 0) throw new ProblemsError("SSH_CONFIG", problems);
  return { ...options, sshConfig: found.path };
}

/** One file serves all hosts of a run. In a deployfile a path is meant from where that lies. */
export async function settingSshConfig(deployfile: string, env: RunTarget["env"]): Promise<FoundSshConfig | undefined> {
  const run = env.forRun();
  if (!run.reader.has("sshConfig")) return undefined;
  const shown = (await run.get("sshConfig")) as string;
  return { path: resolve(dirname(deployfile), shown), shown, by: "the setting `sshConfig`" };
}

function unreadable({ path, shown, by }: FoundSshConfig): readonly Problem[] {
  try {
    accessSync(path, constants.R_OK);
    return [];
  } catch {
    return [
      { message: `The ssh config ${shown} cannot be read.`, subject: "ssh-config", hint: `Check the path given with ${by}.` },
    ];
  }
}
