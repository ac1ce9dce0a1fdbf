import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../command/quote.ts";
import type { RehearsalContext } from "../dsl/rehearsal.ts";
import { readDeployPath } from "./deploy-path.ts";
import type { RemoteHost } from "./remote-host.ts";
import type { CheckMoment, HostBefore, SceneHost } from "./scene.ts";

/** Longest that a command of a check may take, in milliseconds. */
const DEADLINE = 60_000;

/** What the check of a deployfile sees of a host. */
export function createCheckContext(
  host: SceneHost,
  roles: readonly string[],
  { before }: HostBefore,
  { after, fault, step }: CheckMoment,
): RehearsalContext {
  const { name, remote } = host;
  const deployPath = remote === undefined ? host.deployPath : `${remote.scratch}/app`;
  const { current } = readDeployPath(host.deployPath);
  return Object.freeze({
    host: { id: name, roles },
    release: current.kind === "release" ? current.id : undefined,
    previous: before.current.kind === "release" ? before.current.id : undefined,
    ...{ after, fault, step, deployPath },
    currentPath: join(deployPath, "current"),
    sharedPath: join(deployPath, "shared"),
    ...(remote === undefined ? here(host) : there(remote)),
  });
}

type Looks = Pick<RehearsalContext, "capture" | "test" | "readFile" | "exists">;

function here({ home, env }: SceneHost): Looks {
  const run = (command: string): Promise<{ readonly failed: Error | null; readonly stdout: string }> =>
    new Promise((resolve) => {
      const options = { cwd: home, env: { ...env, HOME: home }, timeout: DEADLINE, maxBuffer: 64 * 1024 * 1024 };
      execFile("/bin/sh", ["-c", command], options, (failed, stdout) => resolve({ failed, stdout }));
    });
  return {
    async capture(command: string) {
      const { failed, stdout } = await run(command);
      if (failed !== null) throw new Error(`check: ${failed.message.trim()}`);
      return stdout.replace(/\n+$/, "");
    },
    test: async (command: string) => (await run(command)).failed === null,
    readFile: async (path: string) => readFileSync(path, "utf8"),
    exists: async (path: string) => existsSync(path),
  };
}

/** What the text does to the shell that runs it stays with it. */
function there(remote: RemoteHost): Looks {
  const run = (command: string) => remote.run(`(\n${command}\n)`);
  const capture = async (command: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(command);
    if (exitCode !== 0) throw new Error(`check: ${command.trim()}: ${stderr.trim() || `exit code ${exitCode ?? "unknown"}`}`);
    return stdout;
  };
  return {
    capture: async (command: string) => (await capture(command)).replace(/\n+$/, ""),
    test: async (command: string) => (await run(command)).exitCode === 0,
    readFile: (path: string) => capture(`cat -- ${quote(path)}`),
    exists: async (path: string) => (await run(`[ -e ${quote(path)} ]`)).exitCode === 0,
  };
}
