import type { ConnectError } from "../../../errors.ts";
import type { SshConfig } from "../config/ssh-config.ts";
import { connectError } from "../errors.ts";
import type { Target } from "../target.ts";

/** Where the agent for a host listens: `IdentityAgent`, else `$SSH_AUTH_SOCK`. */
export function findAgentSocket(config: SshConfig, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (config.identityAgent === "none") return undefined;
  const socket = config.identityAgent ?? env.SSH_AUTH_SOCK;
  return socket === "" ? undefined : socket;
}

export function noAgentError(target: Target): ConnectError {
  return connectError(
    target,
    "NO_AGENT",
    `forwardAgent is on for ${target.address}, but there is no agent to forward.`,
    "Start one and load a key (eval $(ssh-agent); ssh-add), or set forwardAgent to false.",
  );
}
