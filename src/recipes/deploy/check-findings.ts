import { FakeError, formatBytes, type Problem, quote } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";
import { readTagged } from "./tagged-lines.ts";

/** What findings are about. */
export interface CheckSubject {
  readonly paths: DeployPaths;
  /** How the user reaches the host, as commands name it: for those in the hints. Undefined for this machine. */
  readonly login: string | undefined;
  /** Where it is not the usual one. */
  readonly port?: number | undefined;
  /** Bytes that must be free. */
  readonly minFreeSpace: number;
  /** What to do about a repository that cannot be read. */
  readonly advice?: string | undefined;
}

/** What `checkHost` found wrong, with the command that puts it right, where there is one. */
export function findProblems(output: string, checked: CheckSubject): readonly Problem[] {
  const { paths, minFreeSpace, advice } = checked;
  const all = readTagged(output);
  const tools = all("tool");
  const install = tools.length === 0 ? undefined : `Install on the host: ${tools.join(", ")}.`;
  // What mends a problem is said right behind it.
  const lines = output.split("\n");
  const about = (line: string, at: number): readonly Problem[] => {
    const [message] = readTagged(line)("problem");
    return message === undefined ? [] : [{ message, hint: readTagged(lines[at + 1] ?? "")("mend")[0] ?? hintFor(message) }];
  };
  const hintFor = (message: string): string | undefined => {
    if (message.startsWith("Cannot ")) return ownershipHint(paths, checked);
    return message.startsWith("The repository ") ? advice : undefined;
  };
  const missing = (path: string, toMake: string): Problem => ({
    message: `The linked file ${path} is missing: ${paths.shared}/${path} does not exist.`,
    hint: `Put it there once: ${toMake}${copy(checked, path.split("/").at(-1) ?? path, `${paths.shared}/${path}`)}`,
  });
  const directoryOf = (path: string): string => `${paths.shared}/${path}`.replace(/\/[^/]*$/, "");
  return [
    ...lines.flatMap(about),
    ...all("missing").map((path) => missing(path, "")),
    ...all("unmade").map((path) => missing(path, `${onHost(checked, `mkdir -p ${word(directoryOf(path))}`)} && `)),
    ...all("kind directory").map((path) => ({
      message: `${paths.shared}/${path} is a file, but linkedDirs needs a directory.`,
    })),
    ...all("kind file").map((path) => ({ message: `${paths.shared}/${path} is a directory, but linkedFiles needs a file.` })),
    ...tools.map((tool) => ({ message: `The program ${tool} is not installed, or not in the PATH.`, hint: install })),
    ...all("space").map((free) => ({
      message: `Only ${formatBytes(Number(free) * 1024)} are free at ${paths.root}: minFreeSpace asks for ${formatBytes(minFreeSpace)}.`,
    })),
    ...all("inodes").map((free) => ({
      message: `Only ${free} more files fit at ${paths.root}: the file system runs out of inodes.`,
    })),
  ];
}

/** The same as one error; undefined when nothing is wrong. */
export function findingsError(output: string, checked: CheckSubject): FakeError | undefined {
  const problems = findProblems(output, checked);
  const [first] = problems;
  if (first === undefined) return undefined;
  const hints = new Set(problems.flatMap(({ hint }) => hint ?? []));
  const more = problems.length - 1;
  return new FakeError("CHECK_FAILED", problems.map(({ message }) => message).join("\n"), {
    shortMessage: more === 0 ? first.message : `${first.message} (and ${more} more)`,
    hint: hints.size === 0 ? undefined : [...hints].join("\n"),
  });
}

/** For a deploy path that the login user cannot write to. @param at how the host is reached. @default the command is for a shell there */
export function ownershipHint(paths: DeployPaths, at?: Reached): string {
  const there = `sudo mkdir -p ${word(paths.root)} && sudo chown "$USER" ${word(paths.root)}`;
  const what = "Give the login user the directory, once";
  return at === undefined ? `${what}, on the host: ${there}` : `${what}: ${onHost(at, there, "-t ")}`;
}

type Reached = Pick<CheckSubject, "login" | "port">;

/** A command line that runs another one on the host. */
function onHost(at: Reached, line: string, options = ""): string {
  return at.login === undefined ? line : `ssh ${options}${portOf("-p", at)}${word(at.login)} ${quote(line)}`;
}

/** A command line that copies a file to the host. */
function copy(at: Reached, file: string, path: string): string {
  if (at.login === undefined) return `cp ${word(file)} ${word(path)}`;
  // What has colons of its own is in brackets, for scp alone.
  const login = at.login.replace(/^([^@]*@)?(.*:.*)$/, "$1[$2]");
  return `scp ${portOf("-P", at)}${word(file)} ${word(login)}:${word(path)}`;
}

function portOf(option: string, { port }: Pick<CheckSubject, "port">): string {
  return port === undefined ? "" : `${option} ${port} `;
}

/** As it would be typed. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quote(text);
}
