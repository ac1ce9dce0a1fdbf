import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOpenFleet } from "../../test/support/open-fleet.ts";
import { type SshdFleet, startSshdFleet } from "../../test/support/sshd.ts";
import { startRelay, type TurnRelay } from "../../test/support/turn-relay.ts";
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

/** Real OpenSSH with as many sessions a connection as it has by default, on hosts that scp can write to and that let others pass files on to them. */
export async function startOpenHosts(hosts: number): Promise<Fleet<SshdFleet>> {
  return addRepository(await startOpenFleet(hosts, { config: ["LogLevel INFO", "Subsystem sftp internal-sftp"] }), SMALL);
}

/** A relay in front of each host. */
export async function lengthen(fleet: SshdFleet, hosts: number, rtt: number): Promise<readonly TurnRelay[]> {
  const relays = await Promise.all(fleet.hosts.slice(0, hosts).map(({ port }) => startRelay({ port, delay: rtt / 2 })));
  lead(
    fleet,
    relays.map(({ port }) => port),
  );
  return relays;
}

/** The first hosts are reached at these ports, until they are configured anew. */
export function lead(fleet: SshdFleet, ports: readonly number[]): void {
  const lines = fleet.hosts
    .slice(0, ports.length)
    .map(({ name, port }, at) => [name, [`Port ${ports[at]}`, `HostKeyAlias [127.0.0.1]:${port}`]] as const);
  fleet.configure(Object.fromEntries(lines));
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
