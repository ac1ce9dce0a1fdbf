import { access, constants, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../../dsl/verb.ts";
import { toError } from "../../errors.ts";
import { findHome } from "../../home.ts";
import type { Options } from "../argv/options.ts";
import { askProgram } from "../ask-program.ts";
import { type FoundSshConfig, findSshConfig } from "../ssh-config.ts";
import type { CliIo } from "../terminal/io.ts";
import { fail, ok, warn } from "./finding.ts";

const OLDEST_NODE = "20.19";

/** How hosts are reached, as the deployfile has it. */
export interface WayToHosts {
  /** The system's ssh logs in, to all hosts: it knows keys of its own. */
  readonly isOfSsh: boolean;
  /** What the setting `sshConfig` names. */
  readonly sshConfig?: FoundSshConfig | undefined;
}

/** What this machine brings along. */
export async function checkMachine(options: Options, io: CliIo, way: WayToHosts): Promise<readonly Finding[]> {
  const home = findHome(io.env);
  const named = findSshConfig(options, io) ?? way.sshConfig;
  const config = named?.path ?? join(home, ".ssh", "config");
  return [
    checkNode(process.versions.node),
    ...(await Promise.all([
      checkGit(io),
      checkSshProgram(io),
      checkSshConfig(config, named),
      checkKeys({ home, config, isOfSsh: way.isOfSsh }, io),
    ])),
  ];
}

export function checkNode(version: string): Finding {
  const isNew = version.localeCompare(OLDEST_NODE, "en", { numeric: true }) >= 0;
  return isNew ? ok(`node ${version}`) : fail(`node ${version} is too old`, `Install node ${OLDEST_NODE} or newer.`);
}

async function checkGit(io: CliIo): Promise<Finding> {
  const said = await askProgram("git", ["--version"], io);
  if (said !== undefined) return ok(said);
  return fail("there is no git", "Install git: it finds out which commit a branch stands for.");
}

async function checkSshProgram(io: CliIo): Promise<Finding> {
  const [version] = (await askProgram("ssh", ["-V"], io))?.split(",") ?? [];
  if (version !== undefined) return ok(`ssh (${version}), which reads its configuration for us`);
  return warn(
    "there is no ssh program: its configuration is read without it",
    'Install an OpenSSH client if your configuration uses Match exec or tokens such as %h, or for transport: "openssh".',
  );
}

async function checkSshConfig(path: string, named: FoundSshConfig | undefined): Promise<Finding> {
  try {
    await access(path, constants.R_OK);
    return ok(`ssh config: ${path}${named === undefined ? "" : ` (${named.by})`}`);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing && named === undefined) return ok("ssh config: none, which is fine");
    return fail(`the ssh config ${path} cannot be read: ${toError(error).message}`, "Check its path and its permissions.");
  }
}

async function checkKeys(
  { home, config, isOfSsh }: { readonly home: string; readonly config: string; readonly isOfSsh: boolean },
  io: CliIo,
): Promise<Finding> {
  const { usable, held, agent } = await askAgent(io.env["SSH_AUTH_SOCK"]);
  const count = isOfSsh ? held : usable;
  if (count > 0) return ok(`ssh agent with ${count} ${count === 1 ? "key" : "keys"}`);
  const files = await readdir(join(home, ".ssh")).catch(() => []);
  const keys = files.filter((name) => /^id_[a-z0-9_]+$/.test(name));
  if (keys.length > 0) return ok(`${agent}, but key files: ${keys.map((name) => `~/.ssh/${name}`).join(", ")}`);
  const text = await readFile(config, "utf8").catch(() => "");
  if (/^\s*IdentityFile[\s=]/im.test(text)) return ok(`${agent}, but the ssh config names key files (IdentityFile)`);
  return warn(
    `${agent}, and no key files in ~/.ssh`,
    "Make a key with `ssh-keygen -t ed25519`, or name one with IdentityFile in the ssh config.",
  );
}

/** As a login asks it: how many of its keys would do, how many there are, and what is to be said where none would. */
async function askAgent(
  socket: string | undefined,
): Promise<{ readonly usable: number; readonly held: number; readonly agent: string }> {
  if (socket === undefined || socket === "") return { usable: 0, held: 0, agent: "no ssh agent" };
  const { listAgentKeys } = await import("../../transport/ssh/login/agent.ts");
  const { identities, held, notes } = await listAgentKeys(socket);
  return { usable: identities.length, held, agent: notes.length === 0 ? "no keys in the ssh agent" : notes.join("; ") };
}
