/** The hosts of a deployfile themselves: a scratch folder on each, and a relay in front. Nothing else of them is touched. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { quote, quoteWord } from "../command/quote.ts";
import { endAll } from "./host-processes.ts";
import { mirror } from "./mirror.ts";
import { type Relay, startRelay } from "./relay.ts";
import { beforeEachCommand, makeScratch, type RemoteHost, removeScratch, runThere } from "./remote-host.ts";
import type { SceneHost } from "./scene.ts";
import type { SiteHost, SiteHosts } from "./site.ts";
import { standIns } from "./stand-ins.ts";
import { settingsOf } from "./throwaway-host.ts";

export interface RealHost extends SiteHost {
  readonly remote: RemoteHost;
  /** Name by which ssh's configuration knows it. */
  readonly address: string;
  /** The server behind the relay. */
  readonly server: { readonly address: string; readonly port: number };
  /** As known_hosts names it. */
  readonly keyName: string;
  /** Paths that the deployfile deploys to. */
  readonly paths: readonly string[];
}

export interface RealHostsOptions {
  readonly hosts: readonly RealHost[];
  /** Files of ssh's configuration that hold for them. */
  readonly sshConfigs: readonly string[];
  readonly commands: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  /** Is told what is left there. */
  say(text: string): void;
}

interface Opened extends SceneHost {
  readonly remote: RemoteHost;
  readonly relay: Relay;
}

/** @param folder of this machine @throws FakeError where a scratch folder cannot be made: those that were are removed */
export async function openRealHosts(folder: string, options: RealHostsOptions): Promise<SiteHosts> {
  const hosts: Opened[] = [];
  const close = async (violated: boolean): Promise<void> => {
    await Promise.all(hosts.map((host) => closeOne(host, violated, options.say)));
  };
  try {
    for (const host of options.hosts) {
      await makeScratch(host.remote, host.paths);
      const relay = await startRelay(host.server.port, { address: host.server.address });
      const home = mkdtempSync(join(folder, "host-"));
      const { name, remote } = host;
      hosts.push({ name, home, remote, relay, deployPath: join(home, "app"), volume: undefined, variable: "" });
      mkdirSync(join(home, "app"));
      await layCommands(host, options.commands);
    }
  } catch (error) {
    await close(false);
    throw error;
  }
  const each = async (work: (host: Opened) => Promise<unknown>): Promise<void> => {
    await Promise.all(hosts.map(work));
  };
  const copy = (from: string, to: string) => (host: Opened) =>
    runThere(host.remote, `cd -- ${quote(host.remote.scratch)} && rm -rf ${to} && cp -a ${from} ${to}`);
  const config = join(folder, "ssh_config");
  writeFileSync(config, writeConfig(options, hosts));
  return {
    hosts,
    redirect: Object.fromEntries(
      options.hosts.map(({ name, address, remote: { scratch } }, index) => [
        name,
        {
          address,
          port: hosts[index]?.relay.port ?? 0,
          settings: settingsOf(`${scratch}/app`),
          before: beforeEachCommand(scratch),
        },
      ]),
    ),
    sshConfig: config,
    withoutVariables: [],
    lay: () => each((host) => layShared(host, options)),
    giveRoom: () => false,
    keep: (start) => each(copy("app", start)),
    async take(start) {
      for (const { relay } of hosts) relay.thaw();
      await each(copy(start, "app"));
    },
    keepFound: () =>
      each(({ remote }) => runThere(remote, `cd -- ${quote(remote.scratch)} && { [ -e found ] || mv app found; }`)),
    look: () => each(({ remote, deployPath }) => mirror(remote, `${remote.scratch}/app`, deployPath)),
    close,
  };
}

async function closeOne(host: Opened, violated: boolean, say: (text: string) => void): Promise<void> {
  const { name, remote, relay } = host;
  await relay.stop();
  const remove = `ssh ${name} rm -rf ${quoteWord(remote.scratch)}`;
  try {
    await endAll(host);
    await removeScratch(remote, violated);
    if (violated) say(`${name}: what violated something is kept in ${remote.scratch}/app. When you have looked: ${remove}`);
  } catch (error) {
    say(`${name}: ${remote.scratch} could not be removed: ${(error as Error).message}\n    ${remove}`);
  }
}

/** Over what else the configuration says of a host: it is reached by the relay, and has the key that it has. */
function writeConfig({ hosts, sshConfigs }: RealHostsOptions, opened: readonly Opened[]): string {
  const sections = hosts.map(
    ({ address, keyName }, index) =>
      `Host ${address}\n  HostName 127.0.0.1\n  Port ${opened[index]?.relay.port}\n  HostKeyAlias ${keyName}\n`,
  );
  return `${sections.join("")}Host *\n${sshConfigs.map((file) => `Include "${file}"\n`).join("")}`;
}

async function layCommands({ remote }: RealHost, commands: RealHostsOptions["commands"]): Promise<void> {
  const path = (await runThere(remote, `printf %s "$PATH"`)).trim();
  const files = standIns(path, commands).map(({ program, text }) => `printf %s ${quote(text)} >${quote(program)}`);
  await runThere(remote, `cd -- ${quote(`${remote.scratch}/bin`)} && ${files.join(" && ")} && chmod 700 ./*`);
}

async function layShared({ name, remote }: Opened, { hosts, files }: RealHostsOptions): Promise<void> {
  const { linkedDirs = [], linkedFiles = [] } = hosts.find((one) => one.name === name) ?? {};
  const make = (path: string): string => `mkdir -p -- ${quote(`shared/${path}`)}`;
  const lines = [
    ...linkedDirs.map(make),
    ...linkedFiles.flatMap((path) => [
      make(dirname(path)),
      `printf %s ${quote(files[path] ?? "")} >${quote(`./shared/${path}`)}`,
    ]),
  ];
  await runThere(remote, ["set -e", `cd -- ${quote(`${remote.scratch}/app`)}`, ...lines].join("\n"));
}
