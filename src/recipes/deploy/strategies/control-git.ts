import type { SimpleGit } from "simple-git";
import { credentialOptions, gitVars, type Repository } from "./repository.ts";
import type { Control } from "./strategy.ts";

/** Milliseconds without a sign of life after which git on the control machine is given up. */
const SILENCE = { question: 30_000, transfer: 600_000 };

/** Seconds in which ssh has to reach the repository: a deploy waits for the answer. */
const CONNECT_TIMEOUT = 15;

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

/** git on the control machine, for one repository. It never asks anybody. Loaded when it is needed: not for every command line. */
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
    timeout: { block: transfer ? SILENCE.transfer : SILENCE.question },
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

function inherited(control: Control): Record<string, string> {
  const entries = Object.entries(control.environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(
    entries.filter(([name]) => !/^(?:GIT_|EDITOR$|PAGER$|VISUAL$|PREFIX$)/i.test(name) || INHERITED.includes(name)),
  );
}

/** The caller's own ssh, told not to ask. */
async function findSshCommand(control: Control, repository: Repository): Promise<string> {
  const chosen = control.environment["GIT_SSH_COMMAND"] ?? (isSsh(repository.url) ? await readSshCommand(control) : "");
  return `${chosen === "" ? "ssh" : chosen} -o BatchMode=yes -o ConnectTimeout=${CONNECT_TIMEOUT}`;
}

async function readSshCommand(control: Control): Promise<string> {
  const { simpleGit } = await import("simple-git");
  const git = simpleGit().env(inherited(control));
  return (await git.raw(["config", "--get", "core.sshCommand"]).catch(() => "")).trim();
}

function isSsh(url: string): boolean {
  return url.startsWith("ssh://") || (!url.includes("://") && !url.startsWith("/"));
}
