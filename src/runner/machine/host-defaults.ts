import type { BecomeMethod } from "../../command/become.ts";
import { toCommand } from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { addVariables, type Variables } from "../../command/context.ts";
import type { HostEnv } from "../../env/definition.ts";

/** What settings say of every command on a host: `environment`, `commandTimeout`, `becomeMethod`. What a command says itself wins. @throws EnvError */
export async function withDefaults(
  { env, local }: { readonly env: HostEnv; readonly local: boolean },
  commands: readonly Command[],
): Promise<readonly Command[]> {
  if (local) return commands;
  const read = async (key: string): Promise<unknown> => (env.reader.has(key) ? await env.get(key) : undefined);
  const [environment, limit] = [(await read("environment")) as Variables | undefined, await read("commandTimeout")];
  const vars = addVariables(undefined, environment ?? {});
  const timeout = limit === "0" ? 0 : (limit as number | string | undefined);
  const shared = Object.keys(vars ?? {}).length === 0 ? {} : { vars };
  const isOthers = commands.some(({ user }) => user !== undefined);
  const becomeMethod = isOthers ? ((await read("becomeMethod")) as BecomeMethod | undefined) : undefined;
  return commands.map((command) => {
    const becomes = command.user !== undefined && becomeMethod !== undefined && becomeMethod !== "sudo";
    const context = becomes ? { ...shared, becomeMethod } : shared;
    // What only waits has a limit of its own: `lockWait`, or a person.
    const isLimited = (timeout ?? 0) !== 0 && command.timeout === undefined && command.idle !== true;
    return toCommand(command, isLimited ? { timeout } : {}, context);
  });
}
