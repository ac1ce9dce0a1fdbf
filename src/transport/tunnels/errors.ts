/** What an error of a tunnel says, by its code: first what happened, then what to do about it. */
import { neutralise } from "../../command/neutralise.ts";
import { ConnectError, UsageError } from "../../errors.ts";
import type { TcpAddress } from "../tunnel.ts";

interface TunnelFacts {
  /** Id of the host that the connection leads to. */
  readonly host: string;
  /** `name:port` of the address. */
  readonly where: string;
  readonly port: number;
  /** What the far side said. */
  readonly said: string;
}

export type TunnelErrorCode = keyof typeof TEXTS;

const TEXTS = {
  // To a service.
  DIAL_REFUSED: ({ host, where }) => [
    `Nothing accepts connections on ${where}, as ${host} sees it.`,
    "Is the service running, on this port and this address?",
  ],
  DIAL_NAME_UNKNOWN: ({ host, where, said }) => [
    `${host} does not know the name in ${where}: ${said}`,
    "The name is looked up there, not here: check its DNS and /etc/hosts.",
  ],
  DIAL_TIMEOUT: ({ host, where }) => [
    `${where} did not answer ${host}.`,
    "A firewall that drops packets, a wrong address or a machine that is down looks like this.",
  ],
  DIAL_FAILED: ({ host, where, said }) => [`${host} cannot connect to ${where}: ${said}`, "Try it there by hand."],
  TUNNEL_RESET: ({ host, where }) => [
    `The connection to ${where} by way of ${host} was closed before all that was written had gone out.`,
    "The service has closed it: its log says why.",
  ],

  // From the far side.
  PORT_BUSY: ({ host, where, port }) => [
    port < 1024 ? `${where} is taken on ${host}, or a port below 1024 is not for its user.` : `${where} is taken on ${host}.`,
    "Take another port, or 0 to be given one that is free.",
  ],
  LISTEN_FAILED: ({ host, where, said }) => [
    `${host} does not listen on ${where}: ${said}`,
    "The port may be taken. Over SSH, the server's sshd_config has to allow it: AllowTcpForwarding yes, PermitListen.",
  ],

  // Either.
  FORWARDING_FORBIDDEN: ({ host, where }) => [
    `The SSH server of ${host} does not let us connect to ${where}.`,
    "Its sshd_config has to allow it: AllowTcpForwarding yes, PermitOpen; and so has the key's line in authorized_keys.",
  ],
  NO_FORWARDING: ({ host }) => [
    `The SSH server of ${host} passes no TCP connections on: it does not know how.`,
    "Another server on that host does, OpenSSH for one.",
  ],
} satisfies Record<string, (facts: TunnelFacts) => readonly [message: string, hint: string]>;

/** @param said what the far side said */
export function tunnelError(
  code: TunnelErrorCode,
  host: string,
  address: TcpAddress,
  { said = "", cause }: { readonly said?: string; readonly cause?: unknown } = {},
): ConnectError {
  const { port } = address;
  const [message, hint] = TEXTS[code]({ host, where: formatAddress(address), port, said: neutralise(said) });
  return new ConnectError(code, host, message, { hint, cause });
}

/** With brackets around IPv6. */
export function formatAddress({ host, port }: TcpAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** @throws UsageError */
export function checkAddress({ host, port }: TcpAddress, lowest: 0 | 1): void {
  const isPort = Number.isInteger(port) && port >= lowest && port <= 65_535;
  if (isPort && /^[\w.:%-]+$/.test(host)) return;
  const what = isPort ? `${JSON.stringify(host)} is neither a name nor an address` : `${port} is not a port`;
  const hint = isPort
    ? "Write it as the host sees it: localhost, db.internal, 10.0.0.5 or ::1."
    : `Ports are whole numbers from ${lowest} to 65535.`;
  throw new UsageError("BAD_ADDRESS", `${what}.`, { hint });
}
