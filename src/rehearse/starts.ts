/** What hosts are like before a run: copies of their deploy paths, kept in their homes. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { SceneHost, SceneStart } from "./scene.ts";

/** Keeps what hosts are like now. */
export function keepStart(hosts: readonly SceneHost[], start: SceneStart): void {
  for (const { deployPath, home } of hosts) execFileSync("cp", ["-a", deployPath, join(home, start)]);
}

/** Puts hosts to what they were like then. */
export function takeStart(hosts: readonly SceneHost[], start: SceneStart): void {
  for (const { deployPath, relay, home } of hosts) {
    relay.thaw();
    rmSync(deployPath, { recursive: true, force: true });
    execFileSync("cp", ["-a", join(home, start), deployPath]);
  }
}
