import type { Command } from "../command/command.ts";
import { composeForChannel, composeWithPassword } from "../command/compose.ts";
import type { Secret } from "../command/secret.ts";
import { UsageError } from "../errors.ts";
import type { AskingScript } from "../transport/channel.ts";

/**
 * The command as what a channel runs. With a password, as what asks for that.
 * @throws UsageError for a password on a terminal, which would show it among what is typed there
 */
export function toChannelScript(given: Command, password: Secret | undefined): string | AskingScript {
  // Its input stays open for what is written.
  const command: Command = { ...given, stdin: "" };
  const { user, becomeMethod = "sudo", pty } = command;
  const { text, input } = composeForChannel(command);
  if (user === undefined || password === undefined)
    return input === "" ? text : { write: () => ({ text, input }), sudoPassword: undefined };
  if (pty === true)
    throw new UsageError("BECOME_ON_TERMINAL", `${becomeMethod} asks on a terminal, where the password would be shown.`, {
      hint: `Run ${becomeMethod} in the command itself, and answer it: expect, write.`,
      where: command.where,
    });
  return {
    write: (ready) => composeWithPassword(command, password, { begun: ":", ready }),
    sudoPassword: becomeMethod === "sudo" ? password : undefined,
  };
}
