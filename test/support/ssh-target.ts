import { toSshConfig } from "../../src/transport/ssh/config/ssh-config.ts";
import type { Target } from "../../src/transport/ssh/target.ts";

/** A server as the ssh config has it: `options` by their names in lower case. */
export function target(options: Readonly<Record<string, string | readonly string[]>> = {}, more: Partial<Target> = {}): Target {
  const raw = new Map(Object.entries(options).map(([key, value]) => [key, [value].flat()]));
  const config = toSshConfig(raw, { name: "app1", home: "/home/me", localUser: "me", env: {} });
  return {
    host: "app1",
    address: config.hostName,
    port: config.port ?? 22,
    user: config.user ?? "me",
    config,
    via: config.proxyJump,
    ...more,
  };
}
