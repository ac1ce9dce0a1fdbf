/** Embedded SSH servers, a share of them in each of a few processes: what they cost is not what the client costs. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { cpus, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { writeSshConfig } from "../../test/support/ssh-config.ts";
import { writeKey } from "../../test/support/ssh-keys.ts";
import type { Served, ToServe } from "./serve.ts";

/** Servers on this machine: host1, host2, ... */
export interface Servers {
  readonly directory: string;
  /** Knows them all, and the key that may log in. */
  readonly sshConfig: string;
  readonly hosts: readonly { readonly name: string; readonly port: number; readonly home: string }[];
  stop(): Promise<void>;
}

export async function startEmbeddedServers(count: number): Promise<Servers> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-embedded-")));
  const sshConfig = join(directory, "ssh_config");
  const key = writeKey(join(directory, "id_fleet"));
  const hosts = Array.from({ length: count }, (_, at) => {
    const name = `host${at + 1}`;
    return { name, home: join(directory, name, "home") };
  });
  for (const { home } of hosts) mkdirSync(home, { recursive: true });
  const processes: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(end));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const share = Math.ceil(count / cpus().length);
    const served: Served[] = [];
    for (let from = 0; from < count; from += share) {
      const homes = hosts.slice(from, from + share).map(({ home }) => home);
      // Bundled to lie beside the program that is run.
      const child = fork(join(import.meta.dirname, "rig/serve.mjs"));
      processes.push(child);
      child.send({ homes, authorizedKeys: [key.publicKey] } satisfies ToServe);
      const [servers] = (await once(child, "message")) as [readonly Served[]];
      served.push(...servers);
    }
    // This machine is all of them, and slow to answer for the last.
    const extra = ["ConnectTimeout 600"];
    const all = hosts.map((host, at) => ({ ...host, ...(served[at] as Served), extra }));
    const files = { sshConfig, knownHosts: join(directory, "known_hosts"), user: userInfo().username, identity: key.path };
    writeSshConfig(files, all);
    return { directory, sshConfig, hosts: all, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
}
