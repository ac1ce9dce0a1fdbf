import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RehearsalContext } from "../dsl/rehearsal.ts";
import { readDeployPath } from "./deploy-path.ts";
import type { CheckMoment, HostBefore } from "./scene.ts";
import type { ThrowawayHost } from "./throwaway-host.ts";

/** Longest that a command of a check may take, in milliseconds. */
const DEADLINE = 60_000;

/** What the check of a deployfile sees of a throwaway host. */
export function createCheckContext(
  { name, home, env, deployPath }: ThrowawayHost,
  roles: readonly string[],
  { before }: HostBefore,
  { after, fault, step }: CheckMoment,
): RehearsalContext {
  const run = (command: string): Promise<{ readonly failed: Error | null; readonly stdout: string }> =>
    new Promise((resolve) => {
      const options = { cwd: home, env: { ...env, HOME: home }, timeout: DEADLINE, maxBuffer: 64 * 1024 * 1024 };
      execFile("/bin/sh", ["-c", command], options, (failed, stdout) => resolve({ failed, stdout }));
    });
  const { current } = readDeployPath(deployPath);
  return Object.freeze({
    host: { id: name, roles },
    release: current.kind === "release" ? current.id : undefined,
    previous: before.current.kind === "release" ? before.current.id : undefined,
    ...{ after, fault, step, deployPath },
    currentPath: join(deployPath, "current"),
    sharedPath: join(deployPath, "shared"),
    async capture(command: string) {
      const { failed, stdout } = await run(command);
      if (failed !== null) throw new Error(`check: ${failed.message.trim()}`);
      return stdout.replace(/\n+$/, "");
    },
    test: async (command: string) => (await run(command)).failed === null,
    readFile: async (path: string) => readFileSync(path, "utf8"),
    exists: async (path: string) => existsSync(path),
  });
}
