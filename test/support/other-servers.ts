/**
 * SSH servers that are not OpenSSH, as Debian packages them, as the current user: each on a free port of the loopback interface, with a
 * home directory of its own. What serves a connection leads a session of its own, as a daemon's child does; the commands in it need not.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { removeHome } from "./home.ts";
import { makeKey } from "./ssh-keys.ts";
import type { SshdFleet } from "./sshd.ts";

export type OtherServerKind = "dropbear" | "tinysshd" | "AsyncSSH";

export interface OtherServer extends Pick<SshdFleet, "directory" | "sshConfig"> {
  readonly home: string;
  readonly port: number;
  /** Writes the ssh config anew, which knows it as `host1`: behind another port. */
  configure(port: number): void;
  /** Ends it, and the connections that it still serves. */
  stop(): Promise<void>;
}

/** What serves connections. */
interface Service {
  readonly port: number;
  stop(): Promise<void>;
}

/** Lets a program have a user database of its own (Debian package libnss-wrapper), in the folder of this kind of machine. */
const WRAPPER = readdirSync("/usr/lib")
  .map((folder) => join("/usr/lib", folder, "libnss_wrapper.so"))
  .find((path) => existsSync(path));

const FILES: Readonly<Record<OtherServerKind, readonly (string | undefined)[]>> = {
  dropbear: ["/usr/sbin/dropbear", WRAPPER],
  tinysshd: ["/usr/sbin/tinysshd", WRAPPER],
  AsyncSSH: ["/usr/lib/python3/dist-packages/asyncssh"],
};

/** For the end of a title: why there is no such server here, or nothing. */
export function noServer(kind: OtherServerKind): string {
  const isThere = FILES[kind].every((file) => file !== undefined && existsSync(file));
  if (!isThere || !existsSync("/proc/self/stat")) return ` (skipped: ${kind} is not on this machine)`;
  const isTrusted = kind !== "tinysshd" || findPrivateFolder() !== undefined;
  return isTrusted ? "" : " (skipped: there is no folder beneath which nobody else may write)";
}

/** Of AsyncSSH alone. */
export interface OtherServerOptions {
  /** PATH of commands. @default ours */
  readonly path?: string | undefined;
  /** What sudo may do: then the server runs as `nobody`, whose password is `right`. Needs root. @default it runs as the current user */
  readonly sudoers?: string | undefined;
  /** That user sees no processes of others. Needs `canHide`. */
  readonly hides?: boolean | undefined;
}

export async function startOtherServer(kind: OtherServerKind, options: OtherServerOptions = {}): Promise<OtherServer> {
  const directory = realpathSync(
    mkdtempSync(join((kind === "tinysshd" ? findPrivateFolder() : undefined) ?? tmpdir(), `fake-${kind}-`)),
  );
  const home = join(directory, "home");
  mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  const key = makeKey(join(directory, "id"));
  writeFileSync(join(home, ".ssh", "authorized_keys"), `${key.publicKey}\n`, { mode: 0o600 });
  const { port, stop } = await (kind === "AsyncSSH"
    ? startAsyncssh(directory, home, options)
    : serveConnections(kind, directory, home));
  const sshConfig = join(directory, "ssh_config");
  const configure = (behind: number): void => {
    const lines = ["HostName 127.0.0.1", `Port ${behind}`, "User me", `IdentityFile ${key.path}`, "IdentitiesOnly yes"];
    const trust = ["StrictHostKeyChecking accept-new", `UserKnownHostsFile ${join(directory, "known_hosts")}`];
    writeFileSync(sshConfig, ["Host host1", ...lines, ...trust, "GlobalKnownHostsFile none", ""].join("\n"));
  };
  configure(port);
  return {
    configure,
    directory,
    sshConfig,
    home,
    port,
    async stop() {
      await stop();
      await removeHome(directory);
    },
  };
}

/** tinysshd takes no keys from beneath a folder that others may write to, as the one for temporary files is. */
function findPrivateFolder(): string | undefined {
  const cache = resolve(import.meta.dirname, "..", "..", "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const isPrivate = (folder: string): boolean =>
    (statSync(folder).mode & 0o022) === 0 && (dirname(folder) === folder || isPrivate(dirname(folder)));
  return [cache, homedir()].map((folder) => realpathSync(folder)).find(isPrivate);
}

/** One process for each connection, which has it as its input and output. */
async function serveConnections(kind: "dropbear" | "tinysshd", directory: string, home: string): Promise<Service> {
  const hostKey = join(directory, "host_key");
  if (kind === "dropbear")
    execFileSync("/usr/bin/dropbearkey", ["-t", "ed25519", "-f", hostKey], { stdio: ["ignore", "ignore", "ignore"] });
  else execFileSync("/usr/sbin/tinysshd-makekey", ["-q", hostKey]);
  const args = kind === "dropbear" ? ["-i", "-r", hostKey] : [hostKey];
  const env = wrapUser(directory, home);
  const running = new Set<ChildProcess>();
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    const child = spawn(FILES[kind][0] as string, args, { env, detached: true, stdio: [socket, socket, "ignore"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    socket.destroy();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      await Promise.all([...running].map(end));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The user database has the current user as `me`, with that home: these servers ask nobody else. */
function wrapUser(directory: string, home: string): NodeJS.ProcessEnv {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  const files = { passwd: `me:x:${uid}:${gid}::${home}:/bin/sh\n`, group: `me:x:${gid}:\n` };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return {
    PATH: process.env.PATH,
    LD_PRELOAD: WRAPPER,
    NSS_WRAPPER_PASSWD: join(directory, "passwd"),
    NSS_WRAPPER_GROUP: join(directory, "group"),
  };
}

/** Commands are its children, in its own process group; how one has ended it says after the end of the outputs. It lets anybody in. */
const ASYNCSSH = `
import asyncio, asyncssh, sys
PIPE = asyncio.subprocess.PIPE
async def handle(p):
    c = await asyncio.create_subprocess_exec("/bin/sh", "-c", p.command, cwd=sys.argv[1], stdin=PIPE, stdout=PIPE, stderr=PIPE)
    await p.redirect(stdin=c.stdin, stdout=c.stdout, stderr=c.stderr)
    code = await c.wait()
    await asyncio.sleep(0.05)
    p.exit(code) if code >= 0 else p.exit_with_signal({9: "KILL", 15: "TERM"}.get(-code, "HUP"))
class Server(asyncssh.SSHServer):
    def begin_auth(self, user): return False
async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=[key], process_factory=handle, encoding=None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
`;

/** Another user's server, in a mount namespace: sudo and the passwords are what they are for it alone. */
const AS_NOBODY =
  'mount --bind "$1/sudoers" /etc/sudoers && mount --bind "$1/shadow" /etc/shadow && eval "$2" && shift 2 && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"';

const SHADOW =
  "nobody:$6$rounds=1000$salt$yiW6N.84VzeTC0bx5oZcI6R7GA6ccCfWQfaJEjLTn3tSOj35.DFqvDPhk41tF8IpdfgKnpLGt5EmXsjEnq0Dy.:19000:0:99999:7:::\nroot:*:19000:0:99999:7:::\n";

/** Whether this process may do that. */
export const canBeNobody: boolean =
  process.getuid?.() === 0 &&
  ["unshare --mount true", "setpriv --version", "sudo --version"].every((line) => spawnSync("sh", ["-c", line]).status === 0);

const HIDE = "mount -t proc -o hidepid=2 proc /proc";

/** Whether a mount of /proc may hide what others run: of the whole machine before Linux 5.8, which does not listen then. */
export const canHide: boolean =
  canBeNobody &&
  spawnSync("unshare", ["--mount", "sh", "-c", `${HIDE} && setpriv --reuid 65534 --regid 65534 --clear-groups test ! -e /proc/1`])
    .status === 0;

function makeNobody(directory: string, home: string, sudoers: string, hides: boolean): readonly string[] {
  writeFileSync(join(directory, "sudoers"), `Defaults use_pty\n${sudoers}\n`, { mode: 0o440 });
  writeFileSync(join(directory, "shadow"), SHADOW, { mode: 0o640 });
  chmodSync(directory, 0o755);
  chownSync(home, 65_534, 65_534);
  return ["unshare", "--mount", "sh", "-c", AS_NOBODY, "sh", directory, hides ? HIDE : ":"];
}

async function startAsyncssh(
  directory: string,
  home: string,
  { path = process.env.PATH, sudoers, hides = false }: OtherServerOptions,
): Promise<Service> {
  const env = { PATH: path, HOME: home };
  const as = sudoers === undefined ? [] : makeNobody(directory, home, sudoers, hides);
  const [program = "", ...args] = [...as, "/usr/bin/python3", "-W", "ignore", "-c", ASYNCSSH, home];
  // Ends with its input: also when the test process was killed.
  const child = spawn(program, args, { cwd: directory, env, detached: true, stdio: ["pipe", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", () => reject(new Error("The AsyncSSH server did not start.")));
    createInterface({ input: child.stdout }).once("line", (line) => resolve(Number(line)));
  });
  return { port, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}
