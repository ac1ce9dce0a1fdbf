import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { neutralise } from "../../../command/neutralise.ts";
import { UsageError } from "../../../errors.ts";
import { findUser } from "../../../home.ts";
import { Semaphore } from "../../../semaphore.ts";
import { PROCESSES } from "../../limits.ts";
import { remember } from "../remember.ts";
import { type FindConfig, readConfigFiles } from "./config-files.ts";
import { type SshConfig, type SshConfigQuery, toSshConfig, WORD_LISTS } from "./ssh-config.ts";
import type { SshConfigScope } from "./tokens.ts";

export type SshConfigSource = ReturnType<typeof createSshConfigSource>;

export interface SshConfigSourceOptions extends Omit<SshConfigScope, "name"> {
  /** Read instead of the user's and the system's files. */
  readonly file?: string | undefined;
  /** Name or path of OpenSSH's client. @default "ssh" */
  readonly ssh?: string | undefined;
}

/**
 * Resolves ssh's configuration, once for each host, user and port of a run.
 * @throws UsageError when `file` cannot be read: before anything is contacted.
 */
export function createSshConfigSource(options: SshConfigSourceOptions) {
  if (options.file !== undefined) checkReadable(options.file);
  const limit = new Semaphore(PROCESSES);
  let files: Promise<FindConfig> | undefined;
  // It refuses to work for a user whom the database does not know.
  let hasSsh = findUser() !== undefined;

  const read = remember(async (query: SshConfigQuery): Promise<SshConfig> => {
    files ??= readFiles(options);
    const { raw, isPlain, divide } = (await files)(query);
    const said = isPlain ? undefined : await limit.run(async () => (hasSsh ? askSsh(query, options) : undefined));
    hasSsh &&= isPlain || said !== undefined;
    for (const keyword of WORD_LISTS) {
      const [text] = said?.get(keyword) ?? [];
      if (text !== undefined) said?.set(keyword, divide(keyword, text));
    }
    return toSshConfig(said ?? raw, { ...options, name: query.name });
  });

  return {
    /** @throws UsageError when ssh refuses its configuration, or the name is none. */
    async resolve(query: SshConfigQuery): Promise<SshConfig> {
      checkName(query);
      return await read({ name: query.name, user: query.user, port: query.port });
    },
  };
}

/** ssh would take a leading dash for an option, and control characters have no place in a name. @throws UsageError */
export function checkName(query: { readonly name: string; readonly user?: string | undefined }): void {
  const bad = [query.name, query.user ?? ""].find((text) => text.startsWith("-") || /[\s\x00-\x1f\x7f]/.test(text));
  if (bad === undefined && query.name !== "") return;
  throw new UsageError("BAD_HOST", `${JSON.stringify(bad ?? "")} is neither a host nor a user.`, {
    hint: "Names start with a letter or a digit and hold no blanks.",
  });
}

function checkReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    throw new UsageError("SSH_CONFIG_UNREADABLE", `The ssh config ${neutralise(file)} cannot be read.`, {
      hint: "Give --ssh-config a file that exists and that you may read.",
      cause,
    });
  }
}

/** ssh takes the home directory from the user database, whatever $HOME says. */
function readFiles({ file, localUser, env, ...options }: SshConfigSourceOptions): Promise<FindConfig> {
  const home = findUser()?.homedir ?? options.home;
  const own = join(home, ".ssh");
  const files = [
    { path: join(own, "config"), folder: own, checked: true },
    { path: "/etc/ssh/ssh_config", folder: "/etc/ssh", checked: false },
  ];
  return readConfigFiles(file === undefined ? files : [{ path: file, folder: own, checked: false }], { home, localUser, env });
}

/** What `ssh -G` says, or undefined when there is no ssh. */
function askSsh(query: SshConfigQuery, options: SshConfigSourceOptions): Promise<Map<string, readonly string[]> | undefined> {
  const args = [
    // Without a session: with ForkAfterAuthentication ssh would ask for a command; with a terminal, complain that there is none.
    "-GNT",
    ...(options.file === undefined ? [] : ["-F", options.file]),
    ...(query.user === undefined ? [] : ["-l", query.user]),
    ...(query.port === undefined ? [] : ["-p", String(query.port)]),
    "--",
    query.name,
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(options.ssh ?? "ssh", args, { env: { ...options.env }, timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve(parseDump(stdout));
      if (["ENOENT", "EACCES", "ENOTDIR"].includes(String(error.code))) return resolve(undefined);
      const said = neutralise(stderr.trim() || error.message);
      reject(
        new UsageError("SSH_CONFIG_INVALID", `ssh refuses its configuration for ${neutralise(query.name)}: ${said}`, {
          hint: "Correct the file named above; ssh -G shows the same error.",
        }),
      );
    });
    child.stdin?.end();
  });
}

function parseDump(text: string): Map<string, readonly string[]> {
  const raw = new Map<string, readonly string[]>();
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    const key = line.slice(0, Math.max(0, blank));
    if (key !== "") raw.set(key, [...(raw.get(key) ?? []), line.slice(blank + 1)]);
  }
  return raw;
}
