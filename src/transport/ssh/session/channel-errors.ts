import { neutralise } from "../../../command/neutralise.ts";
import { type ConnectError, toError } from "../../../errors.ts";
import { connectError } from "../errors.ts";
import { describeTarget, type Target } from "../target.ts";

/** True when the server refused one more session; fewer may be fine. */
export function isSessionRefusal(error: unknown): boolean {
  return /channel open failure/i.test(toError(error).message);
}

/** Why a session could not be had. Nothing was sent on it. */
export function channelError(target: Target, error: unknown): ConnectError {
  const { message } = toError(error);
  const server = describeTarget(target);
  if (/agent forwarding/i.test(message)) {
    return connectError(
      target,
      "AGENT_FORWARDING_REFUSED",
      `${server} does not let us forward the agent.`,
      "Its sshd_config has to allow it (AllowAgentForwarding yes), or set forwardAgent to false.",
      error,
    );
  }
  if (/pseudo-t/i.test(message)) {
    return connectError(
      target,
      "PTY_REFUSED",
      `${server} gives no terminal.`,
      "Run the command without pty, or allow PermitTTY there.",
      error,
    );
  }
  if (/unable to exec/i.test(message)) {
    return connectError(
      target,
      "EXEC_REFUSED",
      `${server} does not run commands.`,
      "The account may be for file transfer only.",
      error,
    );
  }
  const why = message.replace(/^\(SSH\) Channel open failure: /, "");
  return connectError(
    target,
    "NO_SESSION",
    `${server} opens no session: ${neutralise(why)}`,
    "Its sshd_config limits them: MaxSessions.",
    error,
  );
}

/** The login worked, and then no shell started. `said`: what came instead. */
export function noShellError(target: Target, said: string): ConnectError {
  const words = neutralise(said).trim();
  return connectError(
    target,
    "NO_SHELL",
    `${describeTarget(target)} let us in, but no shell started.${words === "" ? "" : ` It said: ${words}`}`,
    "The user needs a login shell that runs commands: see its line in /etc/passwd and its .bashrc.",
  );
}
