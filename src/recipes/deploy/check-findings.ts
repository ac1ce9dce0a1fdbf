import { FakeError, formatBytes, quote } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";
import { readTagged } from "./tagged-lines.ts";

/**
 * What `checkHost` found wrong, as one error; undefined when that is nothing.
 * @param login how the user reaches the host: for the commands in the hints @param minFreeSpace bytes that must be free
 */
export function findingsError(output: string, paths: DeployPaths, login: string, minFreeSpace: number): FakeError | undefined {
  const all = readTagged(output);
  const missing = all("missing");
  const tools = all("tool");
  const problems = [
    ...all("problem"),
    ...missing.map((path) => `The linked file ${path} is missing: ${paths.shared}/${path} does not exist.`),
    ...all("kind directory").map((path) => `${paths.shared}/${path} is a file, but linkedDirs needs a directory.`),
    ...all("kind file").map((path) => `${paths.shared}/${path} is a directory, but linkedFiles needs a file.`),
    ...tools.map((tool) => `The program ${tool} is not installed, or not in the PATH.`),
    ...all("space").map(
      (free) =>
        `Only ${formatBytes(Number(free) * 1024)} are free at ${paths.root}: minFreeSpace asks for ${formatBytes(minFreeSpace)}.`,
    ),
    ...all("inodes").map((free) => `Only ${free} more files fit at ${paths.root}: the file system runs out of inodes.`),
  ];
  const hints = [
    ...missing.map(
      (path) => `Put it there once: scp ${word(path.split("/").at(-1) ?? path)} ${login}:${word(`${paths.shared}/${path}`)}`,
    ),
    ...all("mend"),
    ...(tools.length === 0 ? [] : [`Install on the host: ${tools.join(", ")}.`]),
    ...(problems.some((problem) => problem.startsWith("Cannot ")) ? [ownershipHint(paths)] : []),
  ];
  const [first] = problems;
  if (first === undefined) return undefined;
  const more = problems.length - 1;
  return new FakeError("CHECK_FAILED", problems.join("\n"), {
    shortMessage: more === 0 ? first : `${first} (and ${more} more)`,
    hint: hints.length === 0 ? undefined : hints.join("\n"),
  });
}

/** For a deploy path that the login user cannot write to. */
export function ownershipHint(paths: DeployPaths): string {
  return `Give the login user the directory, once, on the host: sudo mkdir -p ${word(paths.root)} && sudo chown "$USER" ${word(paths.root)}`;
}

/** As it would be typed. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quote(text);
}
