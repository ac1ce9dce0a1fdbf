import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SshdFleet, startSshdFleet } from "../../test/support/sshd.ts";
import { makeRepository } from "./repository.ts";

/** Real OpenSSH servers on this machine and a repository to deploy from, as environment variables for the tools. */
export interface Fleet {
  readonly sshd: SshdFleet;
  /** RIG_*: as in the deployfile of `bench/rig/fake`. */
  env(hosts: number, sshConfig?: string): Record<string, string>;
  stop(): Promise<void>;
}

export async function startFleet(hosts: number): Promise<Fleet> {
  const sshd = await startSshdFleet(hosts, { config: ["LogLevel INFO", "MaxSessions 1000"] });
  const repository = join(sshd.directory, "app.git");
  makeRepository(repository);
  return {
    sshd,
    env: (count, sshConfig = sshd.sshConfig) => ({
      RIG_N: String(count),
      RIG_SSH_CONFIG: sshConfig,
      RIG_HOME: join(sshd.directory, "%h", "home"),
      RIG_REPO_URL: `file://${repository}`,
      RIG_BRANCH: "master",
    }),
    stop: () => sshd.stop(),
  };
}

/** What an operator would have put on each host before the first deploy of a tool. */
export function prepareHosts({ sshd }: Fleet, tool: string): void {
  for (const { home } of sshd.hosts) {
    const config = join(home, "www", tool, "shared", "config");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "app.env"), "SECRET=none\n");
  }
}
