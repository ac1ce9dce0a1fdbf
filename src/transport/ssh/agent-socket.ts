import type { SshConfig } from "./ssh-config.ts";

/** Where the agent for a host listens: `IdentityAgent`, else `$SSH_AUTH_SOCK`. */
export function findAgentSocket(config: SshConfig, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (config.identityAgent === "none") return undefined;
  const socket = config.identityAgent ?? env.SSH_AUTH_SOCK;
  return socket === "" ? undefined : socket;
}
