/** How processes get to their hosts: what is said of a login, and what wins. */
import { relative } from "node:path";
import type { ConnectSettings, HostInput } from "fake-deploy/process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { makeKey } from "../support/ssh-keys.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

describe.skipIf(findSshd() === undefined).each(["ssh", "openssh"])(`a login of a process (%s)${NO_SSHD}`, (transport) => {
  let fleet: SshdFleet;
  let own: { readonly path: string; readonly publicKey: string };
  beforeAll(async () => {
    fleet = await startSshdFleet(1);
    own = makeKey(`${fleet.directory}/own key%h`);
    await fleet.add({ name: "locked", authorizedKeys: [own.publicKey] });
  });
  afterAll(() => fleet?.stop());

  const outcome = async (host: HostInput, connect: ConnectSettings, ofLauncher: ConnectSettings = {}): Promise<string> => {
    const { sshConfig, directory: cwd } = fleet;
    await using launcher = createLauncher({ sshConfig, cwd, connect: { transport, ...ofLauncher } });
    const [process] = (await launcher.remote([host], "echo in", { stdin: "", connect }).run()).processes;
    return process?.stdout || (process?.state.state === "ended" ? (process.state.error?.name ?? "") : "");
  };

  it("is with the keys that are named, in place of those of the ssh config", async () => {
    expect(await outcome("locked", {})).toBe("ConnectError");
    expect(await outcome("locked", { identityFile: own.path })).toBe("in\n");
    expect(await outcome("locked", { identityFile: [fleet.key.path, relative(fleet.directory, own.path)] })).toBe("in\n");
    expect(await outcome("locked", {}, { identityFile: own.path })).toBe("in\n");
    expect(await outcome("locked", { identityFile: fleet.key.path }, { identityFile: own.path })).toBe("ConnectError");
  });

  it("is another connection where it is another key", async () => {
    await using launcher = createLauncher({ sshConfig: fleet.sshConfig, connect: { transport } });
    const run = async (identityFile: string): Promise<boolean> =>
      (await launcher.remote(["locked"], "true", { stdin: "", connect: { identityFile } }).run()).ok;
    expect([await run(own.path), await run(fleet.key.path)]).toEqual([true, false]);
  });
});
