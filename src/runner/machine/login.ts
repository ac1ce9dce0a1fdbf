import { Secret } from "../../command/secret.ts";
import type { HostEnv } from "../../env/definition.ts";
import type { Host } from "../../hosts/host.ts";
import { parseHost } from "../../hosts/parse-host.ts";
import type { ConnectOptions } from "../../transport/transport.ts";

/** How to log in to a machine, and over which transport. */
export interface LoginSettings
  extends Pick<ConnectOptions, "user" | "identityFiles" | "forwardAgent" | "fastLogin" | "password" | "single"> {
  /** What the setting of this name says; a host that names its transport has that one. */
  readonly transport: string;
}

/** The id of the control machine in events and failures. */
export const CONTROL_MACHINE = "local";

/** The machine that `fake` runs on, as a host. */
export const CONTROL_HOST: Host = parseHost({ host: CONTROL_MACHINE, address: "localhost", transport: "local" });

/** These settings decide how to log in, and over which transport. @throws EnvError */
export async function loginFor(host: Host, env: HostEnv): Promise<LoginSettings> {
  const read = async (key: string): Promise<unknown> => (env.reader.has(key) ? await env.get(key) : undefined);
  const user = host.user ?? (await read("user"));
  const password = await read("sshPassword");
  return {
    transport: String((await read("transport")) ?? "ssh"),
    user: user === undefined ? undefined : String(user),
    forwardAgent: (await read("forwardAgent")) === true,
    fastLogin: (await read("fastLogin")) !== false,
    password: password instanceof Secret || password === true ? password : undefined,
  };
}
