import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { findHome } from "../home.ts";
import type { Host } from "../hosts/host.ts";
import type { ConnectSettings } from "../process/connect-settings.ts";
import { Launcher } from "../process/launcher.ts";
import { Fleet } from "../runner/machine/fleet.ts";
import { refuseUnknown } from "../suggest.ts";
import { createTransports } from "../transport/pick.ts";
import type { Connection } from "../transport/transport.ts";
import { askOnce } from "./ask-once.ts";

/**
 * What a launcher needs to know.
 * @example
 * await using launcher = createLauncher({ sshConfig: "./ssh_config", connect: { user: "deployer" } });
 */
export interface LauncherOptions {
  /** Where local processes start, and what paths are relative to. @default the working directory */
  readonly cwd?: string | undefined;
  /** Of local processes, and where SSH looks for its agent. @default the environment of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Read in place of `~/.ssh/config`. */
  readonly sshConfig?: string | undefined;
  /** What happens to keys of hosts that nobody knows. @default as the ssh config says */
  readonly hostKeys?: "strict" | "accept-new" | undefined;
  /** How to log in, where neither host nor action says. */
  readonly connect?: ConnectSettings | undefined;
  /** What is no error: a new host key, say. @default nobody hears of it */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** For passwords and passphrases. @default nobody is asked */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
}

const OPTIONS: Readonly<Record<keyof LauncherOptions, true>> = {
  cwd: true,
  env: true,
  sshConfig: true,
  hostKeys: true,
  connect: true,
  onWarning: true,
  askSecret: true,
};

/**
 * Starts processes on hosts by their names, as the SSH configuration knows them; no deployfile is needed. Connects to nothing yet.
 * @example
 * await using launcher = createLauncher({ connect: { user: "deployer" } });
 * const { stdout } = await launcher.process("uptime", { host: "web1.example.com" }).run();
 */
export function createLauncher(options: LauncherOptions = {}): Launcher {
  refuseUnknown("createLauncher", options, Object.keys(OPTIONS));
  const { cwd = process.cwd(), env = process.env, sshConfig, hostKeys, connect, onWarning, askSecret } = options;
  const transports = createTransports({
    ssh: {
      env,
      sshConfig: sshConfig === undefined ? undefined : resolve(cwd, sshConfig),
      hostKeys,
      askSecret,
      onWarning,
    },
    local: { cwd, env, onWarning },
  });
  const fleet = new Fleet((host, wanted) => transports.get(host.transport ?? wanted), transports.get("local"));
  const toPath = (path: string): string =>
    resolve(
      cwd,
      path.replace(/^~(?=\/|$)/, () => findHome(env)),
    );
  let isClosed = false;
  const reach = async (host: Host | undefined, settings: ConnectSettings, signal: AbortSignal): Promise<Connection> => {
    if (isClosed) throw new UsageError("LAUNCHER_CLOSED", "The launcher was closed: nothing starts any more.");
    const { user, port, identityFile, transport = "ssh", forwardAgent = false, password } = settings;
    const identityFiles = identityFile === undefined ? undefined : [identityFile].flat().map(toPath);
    const login = { transport, user: host?.user ?? user, identityFiles, forwardAgent, password };
    if (host === undefined) return fleet.control.connection(login, signal);
    const where = host.port === undefined && port !== undefined ? { ...host, port } : host;
    return fleet.machine(where, login).connection(login, signal);
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await fleet.close();
    await transports.close();
  };
  return new Launcher(reach, close, { connect, cwd, askBecome: askOnce(askSecret) });
}
