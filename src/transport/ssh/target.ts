import { UsageError } from "../../errors.ts";
import type { SshConfig, SshConfigQuery } from "./config/ssh-config.ts";

/** One SSH server to log in to: a host, or a jump host on the way to one. */
export interface Target {
  /** Id of the host of the run that this is for: what errors are filed under. */
  readonly host: string;
  /** Name or IP address to connect to. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly config: SshConfig;
  /** Servers to go through, nearest first, as `[user@]name[:port]`. */
  readonly via: readonly string[];
}

/** Which server is meant, by whoever names it. */
export interface TargetQuery extends SshConfigQuery {
  /** Id of the host of the run. */
  readonly host: string;
}

/** What the query says wins over the configuration. `localUser`: who logs in where neither names one. @throws UsageError when nobody does */
export function createTarget(query: TargetQuery, config: SshConfig, localUser: string, via: Target["via"]): Target {
  const user = query.user ?? config.user ?? localUser;
  if (user === "")
    throw new UsageError(
      "NO_LOGIN_NAME",
      `Nobody says who logs in on ${query.name}: the user database here does not know this user.`,
      {
        hint: `Write user@${query.name}, set \`user\` in the deployfile, or User in the ssh config.`,
      },
    );
  return Object.freeze({
    host: query.host,
    address: config.hostName,
    port: query.port ?? config.port ?? 22,
    user,
    config,
    via,
  });
}

/** `user@address:port`, with brackets around IPv6 and without the port when it is 22. */
export function describeTarget(target: Pick<Target, "user" | "address" | "port">): string {
  const address = target.address.includes(":") ? `[${target.address}]` : target.address;
  return `${target.user}@${address}${target.port === 22 ? "" : `:${target.port}`}`;
}
