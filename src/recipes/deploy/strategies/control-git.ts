import type { SimpleGit } from "simple-git";
import { GIT_CONNECT_SECONDS, GIT_SILENCE_MS } from "../limits.ts";
import { credentialOptions, gitVars, type Repository } from "./repository.ts";
import type { Control } from "./strategy.ts";

/** Variables that git gets from the caller's environment although they change what it does. */
const INHERITED = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_HTTP_USER_AGENT", "SSH_ASKPASS"];

export interface ControlGitOptions {
  /** Repository to work in. @default none */
  readonly directory?: string | undefined;
  /** Standard input of its commands. @default nothing */
  readonly input?: string | undefined;
  /** It moves commits, and may be silent for long. @default false */
  readonly transfer?: boolean | undefined;
}

/** git on the control machine, for one repository. It never asks anybody. Loaded by who needs it: not for every command line. */
export async function createControlGit(
  control: Control,
  repository: Repository,
  options: ControlGitOptions = {},
): Promise<SimpleGit> {
  const { directory, input, transfer = false } = options;
  const { simpleGit } = await import("simple-git");
  const settings = {
    ...(directory === undefined ? {} : { baseDir: directory }),
    config: credentialOptions(repository).filter((option) => option !== "-c"),
    timeout: { block: transfer ? GIT_SILENCE_MS.transfer : GIT_SILENCE_MS.question },
    ...(input === undefined ? {} : { input: () => input }),
    allowEnvironment: [...INHERITED, "GIT_TERMINAL_PROMPT", "GIT_ALLOW_PROTOCOL", "GIT_SSH_COMMAND"],
    unsafe: { allowUnsafeSshCommand: true, allowUnsafeCredentialHelper: repository.password !== undefined },
  };
  const vars = Object.entries(gitVars(repository)).map(([name, value]) => [
    name,
    typeof value === "string" ? value : value.reveal(),
  ]);
  const environment = {
    ...inherited(control),
    ...Object.fromEntries(vars),
    GIT_SSH_COMMAND: await findSshCommand(control, repository),
  };
  return simpleGit(settings).env(environment);
}

function inherited({ environment }: Control): Record<string, string> {
  const isKept = (name: string): boolean => INHERITED.includes(name) || !/^(?:GIT_|EDITOR$|PAGER$|VISUAL$|PREFIX$)/i.test(name);
  const entries = Object.entries(environment).filter(([name, value]) => value !== undefined && isKept(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The caller's own ssh, told not to ask. */
async function findSshCommand(control: Control, repository: Repository): Promise<string> {
  const chosen = control.environment["GIT_SSH_COMMAND"] ?? (isSsh(repository.url) ? await readSshCommand(control) : "");
  return `${chosen === "" ? "ssh" : chosen} -o BatchMode=yes -o ConnectTimeout=${GIT_CONNECT_SECONDS}`;
}

async function readSshCommand(control: Control): Promise<string> {
  const { simpleGit } = await import("simple-git");
  const git = simpleGit().env(inherited(control));
  return (await git.raw(["config", "--get", "core.sshCommand"]).catch(() => "")).trim();
}

function isSsh(url: string): boolean {
  return url.startsWith("ssh://") || (!url.includes("://") && !url.startsWith("/"));
}
