import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SshdFleet, startSshdFleet } from "../../test/support/sshd.ts";
import { type Servers, startEmbeddedServers } from "./embedded-servers.ts";
import { APPLICATION, makeRepository, type RepositorySize, SMALL } from "./repository.ts";

/** Servers and a repository to deploy from, as environment variables for the tools. */
export type Fleet<S extends Servers = Servers> = S & {
  /** RIG_*: as in the deployfile of `bench/rig/fake`. */
  env(hosts: number): Record<string, string>;
};

/** Real OpenSSH. */
export async function startFleet(hosts: number): Promise<Fleet<SshdFleet>> {
  return addRepository(await startSshdFleet(hosts, { config: ["LogLevel INFO", "MaxSessions 1000"] }), APPLICATION);
}

/** More hosts than this machine can be with sshd and an application: some in each of a few processes, and a repository that is next to nothing. */
export async function startEmbeddedFleet(hosts: number): Promise<Fleet> {
  return addRepository(await startEmbeddedServers(hosts), SMALL);
}

function addRepository<S extends Servers>(servers: S, size: RepositorySize): Fleet<S> {
  const repository = join(servers.directory, "app.git");
  makeRepository(repository, size);
  return {
    ...servers,
    env: (count) => ({
      RIG_N: String(count),
      RIG_SSH_CONFIG: servers.sshConfig,
      RIG_HOME: join(servers.directory, "%h", "home"),
      RIG_REPO_URL: `file://${repository}`,
      RIG_BRANCH: "master",
    }),
  };
}

/** What an operator would have put on each host before the first deploy of a tool. */
export function prepareHosts({ hosts }: Servers, tool: string): void {
  for (const { home } of hosts) {
    const config = join(home, "www", tool, "shared", "config");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "app.env"), "SECRET=none\n");
  }
}
