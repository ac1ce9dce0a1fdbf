/** The hosts of a deployfile themselves: a scratch folder on each, and a relay in front. Nothing else of them is touched. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "../amounts.ts";
import { quote, quoteWord } from "../command/quote.ts";
import { FakeError } from "../errors.ts";
import { endAll } from "./host-processes.ts";
import { mirror } from "./mirror.ts";
import { type Relay, startRelay } from "./relay.ts";
import {
  beforeEachCommand,
  layStandIns,
  makeScratch,
  type RemoteHost,
  removeScratch,
  removeText,
  runThere,
  type Scratch,
} from "./remote-host.ts";
import type { SceneHost, SiteHost } from "./scene.ts";
import type { SiteHosts } from "./site.ts";
import { layText } from "./starts.ts";
import { settingsOf } from "./throwaway-host.ts";

export interface RealHost extends SiteHost {
  readonly remote: RemoteHost;
  /** Name by which ssh's configuration knows it. */
  readonly address: string;
  /** Shell text: how a person reaches it. */
  readonly login: string;
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

type Opened = SceneHost & Scratch & { readonly relay: Relay; readonly real: RealHost };

/** What a deploy path grows to from its first release on, at most, and how often it is there: as it is, as it began, and as it was found. */
const GROWTH = 4 * 3;

/** @param folder of this machine @throws FakeError where a host cannot be played on: nothing is left there, or it is told what is */
export async function openRealHosts(folder: string, options: RealHostsOptions): Promise<SiteHosts> {
  const variable = `FAKE_REHEARSED=${randomBytes(16).toString("hex")}` as const;
  const hosts: Opened[] = [];
  const close = async (violated: boolean): Promise<void> => {
    await Promise.all(hosts.map((host) => closeOne(host, violated, options.say)));
  };
  const config = join(folder, "ssh_config");
  try {
    for (const real of options.hosts) {
      const { name, remote, server } = real;
      const relay = await startRelay(server.port, { address: server.address });
      const home = mkdtempSync(join(folder, "host-"));
      const host: Opened = { name, home, remote, relay, deployPath: join(home, "app"), volume: undefined, variable, real };
      // From here on there may be something to remove.
      hosts.push(host);
      mkdirSync(host.deployPath);
      await makeScratch(host, real.paths);
      await layStandIns(host, options.commands);
    }
    writeFileSync(config, writeConfig(options, hosts));
  } catch (error) {
    await close(false);
    throw error;
  }
  const each = async (text: (host: Opened) => string): Promise<void> => {
    await Promise.all(hosts.map((host) => runThere(host.remote, `cd -- ${quote(host.remote.scratch)} && ${text(host)}`)));
  };
  const copy = (from: string, to: string) => () => `${removeText(to)} && cp -a ${from} ${to}`;
  return {
    hosts,
    redirect: Object.fromEntries(
      hosts.map((host) => {
        const settings = settingsOf(`${host.remote.scratch}/app`);
        const { address } = host.real;
        return [host.name, { address, port: host.relay.port, settings, before: beforeEachCommand(host), variable }];
      }),
    ),
    sshConfig: config,
    withoutVariables: [],
    lay: () => each(({ remote, real }) => `(${layText(`${remote.scratch}/app`, real, options.files)}\n)`),
    async giveRoom() {
      await Promise.all(hosts.map(checkRoom));
      return false;
    },
    keep: (start) => each(copy("app", start)),
    async take(start) {
      for (const { relay } of hosts) relay.thaw();
      await each(copy(start, "app"));
    },
    keepFound: () => each(() => "{ [ -e found ] || mv app found; }"),
    async look() {
      await Promise.all(hosts.map(({ remote, deployPath }) => mirror(remote, `${remote.scratch}/app`, deployPath)));
    },
    close,
  };
}

/** Others write to that disk. @throws FakeError where a rehearsal might take more than half of what is free */
async function checkRoom({ name, remote }: Opened): Promise<void> {
  const text = `cd -- ${quote(remote.scratch)} && du -sk app && df -k --output=avail .`;
  const [, used, free] = /^(\d+)\s.*\s(\d+)\s*$/s.exec(await runThere(remote, text)) ?? [];
  const needed = Number(used) * GROWTH;
  if (needed * 2 <= Number(free)) return;
  const [most, there] = [needed, Number(free)].map((size) => formatBytes(size * 1024));
  throw new FakeError(
    "REHEARSAL_ROOM",
    `${name}: releases and their copies may come to ${most} in ${remote.scratch}, and ${there} are free there, of which a rehearsal takes no more than half.`,
    { hint: "Make room, name a folder of another disk with --scratch, or rehearse on throwaway hosts: leave out --on-hosts." },
  );
}

async function closeOne(host: Opened, violated: boolean, say: (text: string) => void): Promise<void> {
  const { name, remote, relay, real } = host;
  await relay.stop();
  const remove = `${real.login} rm -rf ${quoteWord(remote.scratch)}`;
  try {
    await endAll(host);
    await removeScratch(host, violated);
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
