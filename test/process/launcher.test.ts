/** What of a login is said where. */
import { expect, it } from "vitest";
import type { Host } from "../../src/hosts/host.ts";
import type { ConnectSettings } from "../../src/process/connect-settings.ts";
import { Launcher } from "../../src/process/launcher.ts";

it("what an action says of a login wins over what the launcher says, and what is undefined says nothing", async () => {
  const asked: [Host | undefined, ConnectSettings][] = [];
  const reach = async (host: Host | undefined, settings: ConnectSettings): Promise<never> => {
    asked.push([host, settings]);
    throw new Error("Nobody is there.");
  };
  const connect = { user: "launcher", port: 2222, identityFile: "a" };
  const launcher = new Launcher(reach, async () => undefined, { connect, cwd: "/", askBecome: undefined });
  const options = { connect: { user: "action", port: undefined, identityFile: undefined }, stdin: "" };
  await launcher.remote(["web1"], "true", options).run();
  await launcher.process("true", { host: "ada@web1", stdin: "" }).run();
  expect(asked.map(([, settings]) => settings)).toEqual([{ ...connect, user: "action" }, connect]);
  expect(asked.map(([host]) => host?.user)).toEqual([undefined, "ada"]);
});
