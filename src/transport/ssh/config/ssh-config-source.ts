import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { neutralise } from "../../../command/neutralise.ts";
import { UsageError } from "../../../errors.ts";
import { Semaphore } from "../limits.ts";
import { checkName } from "./check-name.ts";
import { type PlainConfig, readPlainConfig } from "./plain-config.ts";
import { type RawSshConfig, type SshConfig, type SshConfigQuery, type SshConfigScope, toSshConfig } from "./ssh-config.ts";

/** Resolves ssh's configuration, once for each host, user and port of a run. */
export interface SshConfigSource {
  /** @throws UsageError when ssh refuses its configuration, or the name is none. */
  resolve(query: SshConfigQuery): Promise<SshConfig>;
}

export interface SshConfigSourceOptions extends Omit<SshConfigScope, "name"> {
  /** Read instead of the user's and the system's files. */
  readonly file?: string | undefined;
  /** Name or path of OpenSSH's client. @default "ssh" */
  readonly ssh?: string | undefined;
}

/** Processes of `ssh -G` at once: each takes 5 ms of a CPU, and as much of this process for its fork. */
const PROCESSES = 8;

/** @throws UsageError when `file` cannot be read: before anything is contacted. */
export function createSshConfigSource(options: SshConfigSourceOptions): SshConfigSource {
  if (options.file !== undefined) checkReadable(options.file);
  const limit = new Semaphore(PROCESSES);
  const resolved = new Map<string, Promise<SshConfig>>();
  let plain: Promise<PlainConfig | undefined> | undefined;
  let fallback: Promise<(query: SshConfigQuery) => RawSshConfig> | undefined;

  async function read(query: SshConfigQuery): Promise<SshConfig> {
    plain ??= readPlain(options);
    const raw = (await plain)?.find(query) ?? (await ask(query)) ?? (await readFiles(query));
    return toSshConfig(raw, { ...options, name: query.name });
  }

  async function ask(query: SshConfigQuery): Promise<RawSshConfig | undefined> {
    return fallback === undefined ? limit.run(() => askSsh(query, options)) : undefined;
  }

  async function readFiles(query: SshConfigQuery): Promise<RawSshConfig> {
    fallback ??= loadFallback(options);
    return (await fallback)(query);
  }

  return {
    async resolve(query) {
      checkName(query);
      const key = JSON.stringify([query.name, query.user, query.port]);
      const known = resolved.get(key) ?? read(query);
      resolved.set(key, known);
      return await known;
    },
  };
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
function readPlain({ file }: SshConfigSourceOptions): Promise<PlainConfig | undefined> {
  const home = userInfo().homedir;
  const own = join(home, ".ssh");
  if (file !== undefined) return readPlainConfig([{ path: file, folder: own, checked: false }], home);
  const files = [
    { path: join(own, "config"), folder: own, checked: true },
    { path: "/etc/ssh/ssh_config", folder: "/etc/ssh", checked: false },
  ];
  return readPlainConfig(files, home);
}

/** What `ssh -G` says, or undefined when there is no ssh. */
function askSsh(query: SshConfigQuery, options: SshConfigSourceOptions): Promise<RawSshConfig | undefined> {
  const args = [
    "-G",
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

function parseDump(text: string): RawSshConfig {
  const raw = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) addValue(raw, line.slice(0, blank), line.slice(blank + 1));
  }
  return raw;
}

/** Without an ssh binary: the basic options of the same files. No Include, no `Match exec`. */
async function loadFallback(options: SshConfigSourceOptions): Promise<(query: SshConfigQuery) => RawSshConfig> {
  const { default: SSHConfig } = await import("ssh-config");
  const files = options.file === undefined ? [join(options.home, ".ssh", "config"), "/etc/ssh/ssh_config"] : [options.file];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  const configs = texts.map((text, index) => parseConfig(text, files[index] ?? "", SSHConfig.parse));
  return (query) => {
    const raw = new Map<string, string[]>();
    if (query.user !== undefined) addValue(raw, "user", query.user);
    if (query.port !== undefined) addValue(raw, "port", String(query.port));
    for (const config of configs) {
      const asked = { Host: query.name, ...(query.user === undefined ? {} : { User: query.user }) };
      const found = config.compute(asked, { ignoreCase: true, matchExec: false });
      for (const [key, value] of Object.entries(found)) {
        for (const one of [value].flat()) addValue(raw, key.toLowerCase(), one);
      }
    }
    return raw;
  };
}

function parseConfig<T>(text: string, file: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (cause) {
    throw new UsageError("SSH_CONFIG_INVALID", `The ssh config ${neutralise(file)} cannot be understood.`, { cause });
  }
}

function addValue(raw: Map<string, string[]>, key: string, value: string): void {
  raw.set(key, [...(raw.get(key) ?? []), value]);
}
