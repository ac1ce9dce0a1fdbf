import type { Command } from "../command/command.ts";
import { composeForChannel, composeWithPassword } from "../command/compose.ts";
import type { Secret } from "../command/secret.ts";
import type { AskingScript } from "../transport/channel.ts";

/** The command as what a channel runs. As another user, as what says when that has begun: what is written before, sudo or su would take. */
export function toChannelScript(given: Command, password: Secret | undefined): string | AskingScript {
  // Its input stays open for what is written.
  const command: Command = { ...given, stdin: "" };
  const { user, becomeMethod = "sudo", pty } = command;
  if (user === undefined) return composeForChannel(command).text;
  const sudoPassword = becomeMethod === "sudo" ? password : undefined;
  if (password === undefined) return { write: (begun) => composeForChannel(command, { begun, ready: ":" }), sudoPassword };
  const signs = (said: string) => (pty === true ? { begun: said, ready: ":" } : { begun: ":", ready: said });
  return { write: (said) => composeWithPassword(command, password, signs(said)), sudoPassword };
}
