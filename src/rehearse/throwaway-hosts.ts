/** Throwaway hosts in the place of those of a deployfile. */
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { createSshKeyPair } from "../demo/ssh-key-pair.ts";
import type { SiteHost } from "./scene.ts";
import type { SiteHosts } from "./site.ts";
import { writeStandIns } from "./stand-ins.ts";
import { keepStart, layText, removeAll, takeStart } from "./starts.ts";
import { settingsOf, startThrowawayHost, type ThrowawayHost, writeSshConfig } from "./throwaway-host.ts";
import { canMount, mountVolume, unmountVolume } from "./volume.ts";

export interface ThrowawayHostsOptions {
  readonly hosts: readonly SiteHost[];
  /** The built `cli/rehearsed.cjs`. */
  readonly program: string;
  /** Where programs are, besides stand-ins. */
  readonly path: string;
  readonly commands: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** A file system that can be filled up costs memory: where it would be larger, disks are not filled. */
const MOST_ROOM_KB = 256 * 1024;

type Roomy = ThrowawayHost & { volume: string | undefined };

/** @param folder of this machine, where they are */
export async function openThrowawayHosts(folder: string, options: ThrowawayHostsOptions): Promise<SiteHosts<ThrowawayHost>> {
  const { program, path, commands } = options;
  const hosts: Roomy[] = [];
  const key = createSshKeyPair();
  const bin = join(folder, "bin");
  writeStandIns({ folder: bin, path, commands });
  const unmount = (): void => {
    for (const { volume } of hosts) if (volume !== undefined) unmountVolume(volume);
  };
  const close = async (): Promise<void> => {
    process.off("exit", unmount);
    await Promise.all(hosts.map((host) => host.close()));
    unmount();
  };
  process.once("exit", unmount);
  try {
    for (const { name } of options.hosts) {
      const env = { PATH: `${bin}:${path}`, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
      const place = { name, folder: join(folder, name), program, authorizedKey: key.publicKey, env };
      hosts.push({ ...(await startThrowawayHost(place)) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const toRedirected = ({ relay, deployPath }: ThrowawayHost) => ({
    address: "127.0.0.1",
    port: relay.port,
    settings: { ...settingsOf(deployPath), forwardAgent: false },
  });
  return {
    hosts,
    redirect: Object.fromEntries(hosts.map((host) => [host.name, toRedirected(host)])),
    sshConfig: writeSshConfig(folder, key.privateKey, hosts),
    withoutVariables: ["SSH_AUTH_SOCK"],
    lay: async () => layShared(hosts, options),
    async giveRoom() {
      if (canMount(join(folder, "volume"))) giveRoom(hosts, () => layShared(hosts, options));
      return hosts.some(({ volume }) => volume !== undefined);
    },
    keep: async (start) => keepStart(hosts, start),
    take: async (start) => takeStart(hosts, start),
    close,
  };
}

/** A file system of their own for hosts whose releases are small enough, and what was there before. */
function giveRoom(hosts: readonly Roomy[], lay: () => void): void {
  const used = hosts.map(({ deployPath }) =>
    Number(execFileSync("du", ["-sk", deployPath], { encoding: "utf8" }).split("\t")[0]),
  );
  const room = Math.max(...used) * 8 + 16_384;
  if (room > MOST_ROOM_KB) return;
  for (const host of hosts) {
    removeAll(host.deployPath);
    const volume = dirname(host.deployPath);
    if (mountVolume(volume, `size=${room}k`)) host.volume = volume;
  }
  lay();
}

function layShared(hosts: readonly ThrowawayHost[], { hosts: given, files }: ThrowawayHostsOptions): void {
  for (const { name, deployPath } of hosts) {
    const host = given.find((one) => one.name === name);
    execFileSync("sh", { input: layText(deployPath, host, files), stdio: ["pipe", "ignore", "pipe"] });
  }
}
