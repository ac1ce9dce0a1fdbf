import { join } from "node:path";
import { type SshdFleet, type SshdOptions, startSshdFleet } from "./sshd.ts";

/** Hosts as they are by themselves: keys in the home directory count, and commands that stand with them. Paths are the home's only for who says $HOME. */
export async function startOpenFleet(count: number, options: SshdOptions = {}): Promise<SshdFleet> {
  const fleet = await startSshdFleet(0, options);
  for (let index = 1; index <= count; index++) {
    const folder = join(fleet.directory, `host${index}`);
    const keys = `AuthorizedKeysFile ${folder}/authorized_keys ${folder}/home/.ssh/authorized_keys`;
    await fleet.add({ config: [keys, "ForceCommand none", ...(options.config ?? [])] });
  }
  return fleet;
}
