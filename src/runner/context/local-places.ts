/** Where files of several hosts go on this machine: each to a place of its own. */
import { dirname, join, posix, resolve } from "node:path";
import { refuseSecret } from "../../command/quote.ts";
import type { HostView } from "../../env/settings.ts";
import { UsageError } from "../../errors.ts";
import { makeDirectory } from "../../process/transfer/local-disk.ts";

/**
 * The path for each host: in a directory of its own below `localPath`, or what the function says.
 * @throws UsageError where two are one, and for what is no path
 */
export function localPlaces(
  path: string,
  localPath: string | ((host: HostView) => string),
  hosts: readonly HostView[],
): readonly string[] {
  const name = posix.basename(path);
  const places = hosts.map((host) => {
    const place: unknown = typeof localPath === "function" ? localPath(host) : localPath;
    refuseSecret(place, "the path of a file");
    if (typeof place !== "string" || place === "") throw noPath(host, place);
    return typeof localPath === "function" ? place : join(place, host.id, name);
  });
  if (typeof localPath !== "function" && (name === "" || /^(?:\.{1,2}|~)$/.test(name))) {
    throw new UsageError("LOCAL_PATH", `${JSON.stringify(path)} does not end with the name of a file.`, {
      hint: "Name the file, or say where it goes: fleet.get(path, (host) => `${host.name}.log`).",
    });
  }
  const first = new Map<string, HostView>();
  for (const [at, host] of hosts.entries()) {
    const file = resolve(places[at] ?? "");
    const other = first.get(file);
    if (other !== undefined) {
      throw new UsageError("SAME_FILE", `The file of ${host.id} would be written over that of ${other.id}: ${places[at]}`, {
        hint: 'Put the host into it: (host) => `logs/${host.id}.log`. A directory, "logs", has one of its own for each host.',
      });
    }
    first.set(file, host);
  }
  return places;
}

/** @throws TaskError where one cannot be made */
export async function makeFoldersOf(places: readonly string[]): Promise<void> {
  for (const folder of new Set(places.map((place) => dirname(resolve(place))))) await makeDirectory(folder);
}

function noPath({ id }: HostView, place: unknown): UsageError {
  const what =
    place === "" ? "an empty text" : place instanceof Promise ? "a promise" : `${place === null ? "null" : typeof place}`;
  return new UsageError("LOCAL_PATH", `Where the file of ${id} goes is ${what}, and no path.`, {
    hint: "fleet.get takes a directory, or a function that gives the path for a host.",
  });
}
