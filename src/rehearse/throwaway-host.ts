/** A throwaway SSH host on the loopback interface: each connection is served by a process of its own, one of which is always ready. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createSshKeyPair } from "../demo/ssh-key-pair.ts";
import { findUser } from "../home.ts";
import { endProcesses, findProcesses } from "./host-processes.ts";
import { type Relay, startRelay } from "./relay.ts";
import type { SceneHost } from "./scene.ts";
import type { ServedConnection } from "./serve-connection.ts";

export interface ThrowawayHost extends SceneHost {
  readonly relay: Relay;
  /** The public host key, as known_hosts has it. */
  readonly hostKey: string;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface ThrowawayOptions {
  readonly name: string;
  /** Everything of the host is in it; not there yet. */
  readonly folder: string;
  /** The built `cli/rehearsed.cjs`. */
  readonly program: string;
  readonly authorizedKey: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function startThrowawayHost({
  name,
  folder,
  program,
  authorizedKey,
  env,
}: ThrowawayOptions): Promise<ThrowawayHost> {
  const home = join(folder, "home");
  mkdirSync(join(home, "srv"), { recursive: true });
  const key = createSshKeyPair();
  const children = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    const child = fork(program, [], { env: { PATH: env["PATH"] }, execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
    children.add(child);
    child.once("exit", () => children.delete(child)).on("error", () => undefined);
    return child;
  };
  let ready = start();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = ready;
    ready = start();
    const served: ServedConnection = { hostKey: key.privateKey, home, authorizedKeys: [authorizedKey], env };
    child.send(served, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const relay = await startRelay((server.address() as AddressInfo).port);
  const variable = `HOME=${home}`;
  return {
    ...{ name, home, relay, variable, env, hostKey: key.publicKey },
    deployPath: join(home, "srv", "app"),
    volume: undefined,
    async close() {
      await relay.stop();
      server.close();
      for (const child of children) child.kill("SIGKILL");
      endProcesses(findProcesses(variable));
    },
  };
}

/** Where its deploy path is, over whatever a deployfile says. */
export function settingsOf(deployPath: string): Readonly<Record<string, unknown>> {
  const [releasesPath, sharedPath, repoPath, currentPath] = ["releases", "shared", "repo", "current"].map((name) =>
    join(deployPath, name),
  );
  return { deployPath, releasesPath, sharedPath, repoPath, currentPath, transport: "ssh" };
}

/** @returns the ssh config by which clients reach the hosts; beside it, with `-silent`, one that notices silence soon */
export function writeSshConfig(folder: string, privateKey: string, hosts: readonly ThrowawayHost[]): string {
  const config = join(folder, "ssh_config");
  const [id, known] = [join(folder, "id"), join(folder, "known_hosts")];
  writeFileSync(id, privateKey, { mode: 0o600 });
  writeFileSync(known, hosts.map(({ relay, hostKey }) => `[127.0.0.1]:${relay.port} ${hostKey}\n`).join(""));
  const lines = [
    "Host *",
    `User ${findUser()?.username ?? "fake"}`,
    `IdentityFile ${id}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${known}`,
  ];
  const text = `${[...lines, "GlobalKnownHostsFile none"].join("\n")}\n`;
  writeFileSync(config, text);
  writeFileSync(`${config}-silent`, `${text}ServerAliveInterval 1\nServerAliveCountMax 3\n`);
  return config;
}
