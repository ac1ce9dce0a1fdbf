import { isIPv6 } from "node:net";
import { UsageError } from "../../errors.ts";
import type { SshConfigQuery } from "../ssh/config/ssh-config.ts";
import { checkName } from "../ssh/config/ssh-config-source.ts";
import type { HostKeyMode } from "../ssh/host-key/host-key.ts";
import type { Keepalive } from "../ssh/keepalive.ts";

/** What a master process is told. */
export interface MasterSettings extends SshConfigQuery {
  /** Read in place of the user's and the system's configuration. */
  readonly sshConfig: string | undefined;
  readonly socket: string;
  readonly hostKeys: HostKeyMode;
  /** Off again: ssh would go on in the background, where nobody ends it. */
  readonly forkAfterAuthentication: boolean;
  /** Absolute paths. */
  readonly identityFiles?: readonly string[] | undefined;
  readonly forwardAgent: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly keepalive: Keepalive;
}

/** What shells, URLs and the tokens of ssh_config give a meaning to: names end up in ProxyCommand and Match exec. */
const UNSAFE = /['"`$;&<>|(){}[\]\\*?!#~/@%,]/;

/**
 * Arguments of the ssh that holds the connection to one host. Options given here win over the configuration's, so nothing in it
 * can start another command, share another connection, or ask a person.
 * @throws UsageError for a name or a user that ssh, or a shell that it starts, would take for more than that
 */
export function masterArgs(settings: MasterSettings): string[] {
  const { name, user, port, sshConfig } = settings;
  checkName({ name, user });
  if (!isIPv6(name)) checkSafe(name);
  if (user !== undefined) checkSafe(user.replaceAll("@", ""));
  return [
    ...(sshConfig === undefined ? [] : ["-F", sshConfig]),
    "-N",
    ...optionsOf(settings).flatMap((option) => ["-o", option]),
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    "--",
    name,
  ];
}

function optionsOf(settings: MasterSettings): readonly string[] {
  const { socket, hostKeys, forkAfterAuthentication, identityFiles = [], forwardAgent, timeout, keepalive } = settings;
  return [
    // An ssh older than the option refuses it, and then nobody has turned it on.
    ...(forkAfterAuthentication ? ["ForkAfterAuthentication=no"] : []),
    "ControlMaster=yes",
    `ControlPath=${socket}`,
    "ControlPersist=no",
    "BatchMode=yes",
    `StrictHostKeyChecking=${hostKeys === "accept-new" ? "accept-new" : "yes"}`,
    "UpdateHostKeys=no",
    `ConnectTimeout=${seconds(timeout)}`,
    `ServerAliveInterval=${seconds(keepalive.interval)}`,
    `ServerAliveCountMax=${keepalive.count}`,
    ...identityFiles.map((path) => `IdentityFile=${quoteValue(path)}`),
    ...(identityFiles.length > 0 ? ["IdentitiesOnly=yes"] : []),
    `ForwardAgent=${forwardAgent ? "yes" : "no"}`,
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "Tunnel=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "EscapeChar=none",
    // Else it stands among what ssh says.
    "VisualHostKey=no",
    // How far it has come, which keys it tries, and the fingerprint of a key that it refuses are said here and nowhere else.
    "LogLevel=DEBUG1",
  ];
}

/** As one value, without tokens. */
function quoteValue(path: string): string {
  return `"${path.replaceAll("%", "%%").replaceAll(/["\\]/g, "\\$&")}"`;
}

function checkSafe(text: string): void {
  if (!UNSAFE.test(text)) return;
  throw new UsageError("BAD_HOST", `${JSON.stringify(text)} is neither a host nor a user.`, {
    hint: "The ssh program passes names to shells (ProxyCommand, Match exec): they hold letters, digits, dots, dashes and underscores.",
  });
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
