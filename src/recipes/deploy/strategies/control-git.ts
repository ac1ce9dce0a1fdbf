import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { SimpleGit, SimpleGitOptions } from "simple-git";
import { quote } from "../../../index.ts";
import { GIT_CONNECT_SECONDS, GIT_SILENCE_MS } from "../limits.ts";
import { credentialOptions, findLocalPath, gitVars, type Repository } from "./repository.ts";
import type { Control } from "./strategy.ts";

/**
 * Variables that are not passed on: they name another repository or other objects (hooks of git set them), change how patterns are read, or
 * put something else into what git says.
 */
const NOT_INHERITED = new RegExp(
  `^(?:GIT_(?:${[
    "DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH|NAMESPACE|PREFIX|CONFIG",
    "SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|CEILING_DIRECTORIES|IMPLICIT_WORK_TREE|INTERNAL_.*|.*_PATHSPECS",
    "DEFAULT_HASH|DEFAULT_REF_FORMAT|TEMPLATE_DIR|EXTERNAL_DIFF|DIFF_OPTS|CURL_VERBOSE",
  ].join("|")}))$`,
);

/** simple-git refuses what may run a program. All of it is the caller's own, as it would be for git: nothing of it comes from a repository. */
const TRUSTED = Object.fromEntries(
  [
    "Alias AskPass CommandBinaries ConfigPaths ConfigEnvCount CredentialHelper Editor MergeDriver Pager ProtocolOverride Pack SshCommand",
    "GitProxy Exec HooksPath DiffExternal DiffTextConv Filter FsMonitor GpgProgram TemplateDir Include Submodule UrlRewrite",
  ].flatMap((names) => names.split(" ").map((name) => [`allowUnsafe${name}`, true])),
);

/** Where a repository is named, it may be a bare one: this is against those that are come across. */
const OWN_CONFIG = ["safe.bareRepository=all"];

/** Settings of a project's own repository that say how others are reached: a clone in the cache would not have them. */
const REACH = "^(url\\..*\\.insteadof|http\\..*|credential\\..*|core\\.askpass|core\\.gitproxy)$";

export interface GitOptions {
  /** Standard input. @default nothing */
  readonly input?: string | undefined;
  /** It moves commits, and may be silent for long. @default false */
  readonly transfer?: boolean | undefined;
}

/**
 * Runs git with these arguments. @returns what it printed; with exit code 1 and no word of why, git says that there is nothing
 * @throws what git says, when it fails or is killed
 */
export type ControlGit = (args: readonly string[], options?: GitOptions) => Promise<string>;

type GitVars = Readonly<Record<string, string>>;

/**
 * git on the control machine, for one repository, as whoever runs it has set it up: by variables, by configuration. It never asks anybody.
 * Loaded by who needs it: not for every command line.
 * @param mirror repository in the cache to work in; the user's own without it, where the URL is a path
 */
export async function createControlGit(control: Control, repository: Repository, mirror?: string): Promise<ControlGit> {
  const directory = mirror === undefined ? findDirectory(repository) : undefined;
  const place = directory === undefined ? {} : { baseDir: directory };
  const inherited = { ...inheritedFrom(control), ...(directory === undefined ? {} : endAt(directory)) };
  const vars = Object.entries(gitVars(repository)).map(([name, value]) => [
    name,
    typeof value === "string" ? value : value.reveal(),
  ]);
  const variables = {
    ...inherited,
    // No ssh has a part in reading a directory of this machine: one program less before the first question.
    ...(findLocalPath(repository.url) === undefined ? await sshVars(inherited, place) : {}),
    ...(mirror === undefined ? {} : { GIT_DIR: mirror, ...(await reachVars(inherited)) }),
    ...Object.fromEntries(vars),
  };
  const config = [...OWN_CONFIG, ...credentialOptions(repository).filter((option) => option !== "-c")];
  return async (args, { input, transfer = false } = {}) => {
    const timeout = { block: transfer ? GIT_SILENCE_MS.transfer : GIT_SILENCE_MS.question };
    const git = await start(variables, { ...place, config, timeout, ...(input === undefined ? {} : { input: () => input }) });
    return git.raw([...args]);
  };
}

/** The user's own repository on this machine, where the URL is the path of one: git finds it there as it does for its owner. */
export function findDirectory({ url }: Repository): string | undefined {
  const path = findLocalPath(url);
  if (path === undefined) return undefined;
  return [path, `${path}.git`].find((folder) => existsSync(join(folder, ".git")) || existsSync(join(folder, "HEAD")));
}

/** Not the repository around it, where it is none. */
function endAt(directory: string): GitVars {
  return { GIT_CEILING_DIRECTORIES: dirname(realpathSync(directory)) };
}

async function start(variables: GitVars, options: Partial<SimpleGitOptions>): Promise<SimpleGit> {
  const { simpleGit } = await import("simple-git");
  const trusted = { allowEnvironment: Object.keys(variables), unsafe: TRUSTED };
  return simpleGit({ ...options, ...trusted, errors: findFailure }).env({ ...variables });
}

/** simple-git itself takes it for success when git says nothing on stderr, also where it was killed. */
const findFailure: NonNullable<SimpleGitOptions["errors"]> = (error, { exitCode, stdOut, stdErr }) => {
  if (error !== undefined || exitCode === 0) return error;
  if (stdErr.length > 0) return Buffer.concat([...stdOut, ...stdErr]);
  return exitCode === 1
    ? undefined
    : new Error(`git ${exitCode === null ? "was killed" : `failed without a word (exit code ${exitCode})`}`);
};

function inheritedFrom({ environment }: Control): GitVars {
  const kept = Object.entries(environment).filter(([name, value]) => {
    if (value === undefined || NOT_INHERITED.test(name)) return false;
    // Traces go to a file, or they would be taken for what git says.
    return name.startsWith("GIT_TRACE") ? value.startsWith("/") : value !== "" || !name.startsWith("GIT_SSH");
  });
  return Object.fromEntries(kept) as GitVars;
}

/**
 * The caller's own ssh, told not to ask: GIT_SSH_COMMAND, core.sshCommand or GIT_SSH, in this order. Only OpenSSH is known to take the
 * options that say so: anything else gets the words that git gives it, and a program that does not answer.
 */
async function sshVars(inherited: GitVars, place: { readonly baseDir?: string }): Promise<GitVars> {
  const config = new Map(await readConfig(inherited, place, ["--get-regexp", "^(core\\.sshcommand|ssh\\.variant)$"]));
  const command = inherited["GIT_SSH_COMMAND"] || config.get("core.sshcommand");
  const program = inherited["GIT_SSH"] ?? "ssh";
  const variant = inherited["GIT_SSH_VARIANT"] || config.get("ssh.variant");
  const named = { ...(command ? { GIT_SSH_COMMAND: command } : {}), ...(variant ? { GIT_SSH_VARIANT: variant } : {}) };
  if (!isOpenSsh(command ? firstWord(command) : program, variant))
    return { SSH_ASKPASS: "false", SSH_ASKPASS_REQUIRE: "force", ...inherited, ...named };
  const told = `${command || quoteProgram(program)} -o BatchMode=yes -o ConnectTimeout=${GIT_CONNECT_SECONDS}`;
  return { ...named, GIT_SSH_COMMAND: told };
}

/** As git sees it, without trying the program out. */
function isOpenSsh(program: string, variant: string | undefined): boolean {
  return variant ? variant.toLowerCase() === "ssh" : /^ssh(?:\.exe)?$/i.test(basename(program));
}

function firstWord(command: string): string {
  const [, double, single, plain] = /^\s*(?:"([^"]*)"|'([^']*)'|(\S*))/.exec(command) ?? [];
  return double ?? single ?? plain ?? "";
}

function quoteProgram(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : quote(path);
}

/** What the configuration of the project says of how repositories are reached, as variables that git takes for its configuration. */
async function reachVars(inherited: GitVars): Promise<GitVars> {
  const own = await readConfig(inherited, {}, ["--local", "--includes", "--get-regexp", REACH]);
  const count = Number(inherited["GIT_CONFIG_COUNT"] || 0);
  const vars = own.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${count + at}`, key],
    [`GIT_CONFIG_VALUE_${count + at}`, value],
  ]);
  return own.length === 0 ? {} : { ...Object.fromEntries(vars), GIT_CONFIG_COUNT: String(count + own.length) };
}

/** Nothing where git finds none, and outside of a repository. */
async function readConfig(
  inherited: GitVars,
  place: { readonly baseDir?: string },
  options: readonly string[],
): Promise<readonly (readonly [key: string, value: string])[]> {
  const git = await start(inherited, { ...place, config: [...OWN_CONFIG] });
  const output = await git.raw(["config", "-z", ...options]).catch(() => "");
  return output.split("\0").flatMap((entry) => {
    const end = entry.indexOf("\n");
    return end === -1 ? [] : [[entry.slice(0, end), entry.slice(end + 1)] as const];
  });
}
