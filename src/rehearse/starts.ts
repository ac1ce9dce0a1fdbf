/** What hosts are like before a run: copies of their deploy paths, kept in their homes. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { quote } from "../command/quote.ts";
import { removeText } from "./remote-host.ts";
import type { SceneHost, SceneStart, SiteHost } from "./scene.ts";

/** Keeps what hosts are like now. */
export function keepStart(hosts: readonly SceneHost[], start: SceneStart): void {
  for (const { deployPath, home } of hosts) execFileSync("cp", ["-a", deployPath, join(home, start)]);
}

/** Puts hosts to what they were like then. */
export function takeStart(hosts: readonly SceneHost[], start: SceneStart): void {
  for (const { deployPath, relay, home } of hosts) {
    relay.thaw();
    removeAll(deployPath);
    execFileSync("cp", ["-a", join(home, start), deployPath]);
  }
}

/** Whatever a build has made of the rights of its directories. */
export function removeAll(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    execFileSync("sh", ["-c", removeText(quote(path))], { stdio: ["ignore", "ignore", "pipe"] });
  }
}

/** Shell text that makes, in a deploy path, what a person would have made. @param files texts by path below `shared` */
export function layText(deployPath: string, host: SiteHost | undefined, files: Readonly<Record<string, string>>): string {
  const { linkedDirs = [], linkedFiles = [] } = host ?? {};
  const make = (path: string): string => `mkdir -p -- ${quote(`shared/${path}`)}`;
  const write = (path: string): string => `printf %s ${quote(files[path] ?? "")} >${quote(`./shared/${path}`)}`;
  const lines = [...linkedDirs.map(make), ...linkedFiles.flatMap((path) => [make(dirname(path)), write(path)])];
  return ["set -e", `mkdir -p -- ${quote(deployPath)}`, `cd -- ${quote(deployPath)}`, ...lines].join("\n");
}
