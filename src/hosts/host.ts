import type { SourceLocation } from "../errors.ts";

/** Transports that speak SSH: which of them a host has is a setting, of a run, a role or the host. */
export const SSH_TRANSPORTS = ["ssh", "openssh"] as const;

/** True for what the setting `transport` decides about. */
export function isSshTransport(name: string | undefined): boolean {
  return SSH_TRANSPORTS.some((one) => one === name);
}

/**
 * How a deployfile writes a host: `[user@]name[:port]`, or an object for settings of its own.
 * @example
 * const hosts: HostInput[] = ["app1.example.com", "deployer@app2.example.com:2222", "[2001:db8::7]:22", { host: "app3", zone: "b" }];
 * role("web", hosts);
 */
export type HostInput = string | HostObject;

/**
 * A host with what `ssh_config` does not say, and with settings of its own: they win over those of its roles.
 * @example
 * const host: HostObject = { host: "app1.example.com", address: "10.0.0.5", name: "app1", keepReleases: 3 };
 * role("web", [host]);
 */
export interface HostObject {
  /** `[user@]name[:port]`; IPv6 as `[::1]:22`. */
  readonly host: string;
  /** Where to connect to, when it is not the name. */
  readonly address?: string | undefined;
  readonly user?: string | undefined;
  /** 1 to 65535. */
  readonly port?: number | undefined;
  /** Name shown and selected with `-H`, when it is not the one in `host`. */
  readonly name?: string | undefined;
  /** Name of the transport. @default "ssh" */
  readonly transport?: string | undefined;
  /** Settings of this host alone: they win over its roles' settings. */
  readonly [setting: string]: unknown;
}

/** A machine as it was written down: frozen, compared by `id`. */
export interface Host {
  /** Unique in a run: the name, with the port where two hosts share a name. Shown on every line of output. */
  readonly id: string;
  /** As written in the deployfile, without user and port. */
  readonly name: string;
  /** What to connect to: a name or an IP address, without brackets. */
  readonly address: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Name of the transport to reach it. @default undefined: the run's default (ssh) */
  readonly transport: string | undefined;
  /** All roles that list this host, in declaration order. */
  readonly roles: readonly string[];
  /** Host-level settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly where: SourceLocation | undefined;
}
