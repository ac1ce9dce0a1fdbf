/**
 * Real OpenSSH servers as the current user: each on a free port of the loopback interface, with a host key and a home
 * directory of its own. Needs no root.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { removeHome } from "./home.ts";
import { writeSshConfig } from "./ssh-config.ts";
import { type KeyPair, makeKey } from "./ssh-keys.ts";

/** What the summary of a test run says where there is no sshd. */
export const SSHD_MISSING = "OpenSSH tests skipped: no sshd on this machine";

/** For the end of a title. */
export const NO_SSHD: string = findSshd() === undefined ? ` (${SSHD_MISSING})` : "";

/** Path of OpenSSH's server, or undefined. */
export function findSshd(): string | undefined {
  return findProgram("sshd");
}

/** Path of a program of OpenSSH's, or undefined. */
export function findProgram(name: "sshd" | "ssh" | "ssh-keygen"): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** False where the machine lets the current user's sshd have no terminals: it needs a device file system that fits. */
export function givesTerminals(fleet: SshdFleet, host = "host1"): boolean {
  const { status } = spawnSync("ssh", ["-F", fleet.sshConfig, "-tt", host, "true"], { stdio: "ignore", timeout: 10_000 });
  return status === 0;
}

/** Why a server cannot have another `/bin/sh` than the machine, in file systems of its own; undefined where it can. */
export const noShReplaced: string | undefined =
  findSshd() === undefined
    ? SSHD_MISSING
    : spawnSync("unshare", ["--mount", "sh", "-c", 'mount --bind "$(readlink -f /bin/cat)" "$(readlink -f /bin/sh)"']).status ===
        0
      ? undefined
      : "no file systems of its own";

/** Why a server cannot have another `/etc/hosts` than the machine; undefined where it can. */
export const noHostsReplaced: string | undefined =
  findSshd() === undefined
    ? SSHD_MISSING
    : spawnSync("unshare", ["--mount", "mount", "--bind", "/dev/null", "/etc/hosts"]).status === 0
      ? undefined
      : "no file systems of its own";

/** Whether a server may have numbers of processes of its own. As root; who else may make namespaces has no place in them for sshd. */
export function canCountProcesses(): boolean {
  return spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;
}

const REPLACE_SH = 'mount --bind "$1" "$(readlink -f /bin/sh)" && shift && exec "$@"';

const REPLACE_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';

export interface SshdOptions {
  /** @default "host" and a number */
  readonly name?: string;
  /** Public keys that may log in. @default the fleet's key */
  readonly authorizedKeys?: readonly string[];
  /** Lines of sshd_config, in front of the fixture's own: the first one counts. */
  readonly config?: readonly string[];
  /** Login shell. @default the user's */
  readonly shell?: string;
  /** Program that is its `/bin/sh`, called by that name, where noShReplaced is undefined. @default the machine's */
  readonly sh?: string | undefined;
  /** File that is its `/etc/hosts`, where noHostsReplaced is undefined. @default the machine's */
  readonly hosts?: string | undefined;
  /** Type of the host key. @default "ed25519" */
  readonly hostKeyType?: string;
  /** It numbers its processes by itself, where canCountProcesses, so that `processes` can count them. @default false */
  readonly counted?: boolean;
}

export interface SshdHost {
  readonly name: string;
  readonly port: number;
  readonly home: string;
  readonly hostKey: KeyPair;
  /** What sshd logged so far. */
  log(): string;
  /** How many processes were made on a `counted` host so far, by the numbers that its kernel gave them. */
  processes(): Promise<number>;
  stop(): Promise<void>;
}

export interface SshdFleet {
  readonly directory: string;
  readonly user: string;
  readonly key: KeyPair;
  readonly hosts: readonly SshdHost[];
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** One more server, and its section in the ssh config. */
  add(options?: SshdOptions): Promise<SshdHost>;
  /** Writes ssh config and known_hosts anew. `extra`: lines for the section of a host, by name. */
  configure(extra?: Readonly<Record<string, readonly string[]>>): void;
  stop(): Promise<void>;
}

/** `count` servers, a key that may log in to all, and ssh config and known_hosts that know them as host1, host2, ... */
export async function startSshdFleet(count: number, options: SshdOptions = {}): Promise<SshdFleet> {
  const directory = mkdtempSync(join(tmpdir(), "fake-sshd-"));
  const key = makeKey(join(directory, "id_fleet"));
  const hosts: SshdHost[] = [];
  const sshConfig = join(directory, "ssh_config");
  const knownHosts = join(directory, "known_hosts");
  const user = userInfo().username;
  const fleet: SshdFleet = {
    directory,
    user,
    key,
    hosts,
    sshConfig,
    knownHosts,
    async add(more = {}) {
      const name = more.name ?? `host${hosts.length + 1}`;
      const host = await startSshd(directory, { authorizedKeys: [key.publicKey], ...options, ...more, name });
      hosts.push(host);
      fleet.configure();
      return host;
    },
    configure(extra = {}) {
      const lines = hosts.map((host) => ({ ...host, hostKey: plainKey(host.hostKey), extra: extra[host.name] ?? [] }));
      writeSshConfig({ sshConfig, knownHosts, user, identity: key.path }, lines);
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      await removeHome(directory);
    },
  };
  try {
    for (let index = 0; index < count; index++) await fleet.add();
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  return fleet;
}

/** Type and key of a public key, without its comment. */
export function plainKey(key: KeyPair): string {
  return key.publicKey.split(" ").slice(0, 2).join(" ");
}

async function startSshd(directory: string, options: SshdOptions & { readonly name: string }): Promise<SshdHost> {
  const folder = join(directory, options.name);
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const hostKey = makeKey(join(folder, "host_key"), { type: options.hostKeyType ?? "ed25519" });
  writeFileSync(join(folder, "authorized_keys"), `${(options.authorizedKeys ?? []).join("\n")}\n`);
  // The home of the user database cannot be changed, only what the shell takes for it.
  const shell = options.shell ?? "${SHELL:-/bin/sh}";
  writeFileSync(
    join(folder, "enter"),
    `cd ${home} || exit\ncommand=$SSH_ORIGINAL_COMMAND\nunset SSH_ORIGINAL_COMMAND\nexec "${shell}" -c "$command"\n`,
  );
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    writeFileSync(join(folder, "sshd_config"), sshdConfig(folder, home, port, options.config ?? []));
    const started = await launch(folder, options);
    if (typeof started !== "string") return { name: options.name, port, home, hostKey, ...started };
    if (attempt === 5) throw new Error(`sshd does not start:\n${started}`);
  }
}

function sshdConfig(folder: string, home: string, port: number, extra: readonly string[]): string {
  return `${[
    ...extra,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host_key")}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `SetEnv HOME=${home}`,
    `ForceCommand exec /bin/sh ${join(folder, "enter")}`,
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PrintMotd no",
    "UseDNS no",
    // Of this option the last line counts.
    ...(extra.some((line) => line.startsWith("MaxStartups ")) ? [] : ["MaxStartups 1000"]),
    "LogLevel VERBOSE",
    // Refused logins are what some tests are about. Servers before 9.8 do not know the option.
    ...(opensshVersion() >= 9.8 ? ["PerSourcePenalties no"] : []),
  ].join("\n")}\n`;
}

/** Ends the server, by its process id, when its input ends: also when the test process was killed. */
const WATCH =
  'exec 3<&0; "$@" 3<&- & server=$!; { read -r _ <&3; kill $server; } & reader=$!; wait $server; kill $reader 2>/dev/null';

/** The same for a counted host, whose first process this is: each line of input is answered with the newest number. It makes no process. */
const WATCH_AND_COUNT =
  '"$@" 3<&- & while read -r _; do read -r _ _ _ _ newest </proc/loadavg; echo "$newest"; done; kill $!; wait $!';

/** The running server, or what it said when it did not run. */
function launch(
  folder: string,
  { sh, hosts, counted = false }: SshdOptions,
): Promise<Pick<SshdHost, "log" | "processes" | "stop"> | string> {
  const sshd = findSshd();
  if (sshd === undefined) throw new Error(SSHD_MISSING);
  // As root, sshd wants this directory; a fresh container has none.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const server = [sshd, "-D", "-e", "-f", join(folder, "sshd_config")];
  const named = hosts === undefined ? server : ["unshare", "--mount", "/bin/sh", "-c", REPLACE_HOSTS, "sh", hosts, ...server];
  const command = sh === undefined ? named : ["unshare", "--mount", "/bin/bash", "-c", REPLACE_SH, "bash", sh, ...named];
  const watched = ["/bin/sh", "-c", counted ? WATCH_AND_COUNT : WATCH, "sh", ...command];
  const words = counted ? ["unshare", "--pid", "--fork", "--mount-proc", ...watched] : watched;
  const child = spawn(words[0] ?? "", words.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
  const newest = counted ? createInterface({ input: child.stdout }) : undefined;
  const lines: string[] = [];
  return new Promise((resolve) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (!line.startsWith("Server listening on 127.0.0.1")) return;
      resolve({ log: () => lines.join("\n"), processes: () => askForNewest(child, newest), stop: () => stop(child) });
    });
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(lines.join("\n")));
  });
}

async function askForNewest(child: ChildProcess, newest: Interface | undefined): Promise<number> {
  if (newest === undefined) throw new Error("Only a counted host counts its processes.");
  child.stdin?.write("\n");
  const [line] = await once(newest, "line");
  return Number(line);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin?.end();
  await ended;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function opensshVersion(): number {
  const said = execFileSync("sh", ["-c", "ssh -V 2>&1"], { encoding: "utf8" });
  return Number(/OpenSSH_(\d+\.\d+)/.exec(said)?.[1] ?? 0);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
