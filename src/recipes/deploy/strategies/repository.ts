import { type Secret, secret, UsageError } from "../../../index.ts";
import { isCommitId } from "../revision.ts";
import type { StrategyContext } from "./strategy.ts";

/** What is taken from a repository of git, and how. */
export interface GitSource extends Pick<StrategyContext, "paths" | "run" | "revision"> {
  readonly repository: Repository;
  /** Only this directory of the tree; empty for all of it. */
  readonly repoTree: string;
  readonly submodules: boolean | "fail";
  readonly lfsPointers: boolean;
}

/** @throws UsageError for a revision that is no commit */
export function gitSource({ env, paths, run, revision }: StrategyContext): GitSource {
  const { repoUrl, repoTree, submodules, lfsPointers } = env;
  // Empty while nobody knows it, a placeholder in a dry run.
  if (/^[^<]/.test(revision) && !isCommitId(revision))
    throw new UsageError("REVISION_NO_COMMIT", `The revision ${JSON.stringify(revision)} must be a full commit id.`);
  return { paths, run, revision, repository: parseRepository(repoUrl), repoTree, submodules, lfsPointers };
}

/** Where the code comes from, with the password apart. */
export interface Repository {
  /** Without a password. */
  readonly url: string;
  readonly password: Secret | undefined;
}

/** Protocols that git may use. Helpers like `ext::`, which run commands, are not among them. */
export const PROTOCOLS: readonly string[] = ["file", "git", "http", "https", "ssh"];

/**
 * Takes the password out of a URL, so that no command line, no mirror's configuration and no message has it.
 * A user name alone stays: ssh needs it.
 */
export function parseRepository(repoUrl: string | Secret): Repository {
  const text = typeof repoUrl === "string" ? repoUrl : repoUrl.reveal();
  // As programs for the web read it: a user name ends at the first colon, a password at the last @ before the path.
  const match = /^(https?:\/\/)([^/?#:]*):([^/?#]*)@(.*)$/i.exec(text);
  if (match === null) return { url: text, password: undefined };
  const [, scheme = "", user = "", password = "", rest = ""] = match;
  return { url: `${scheme}${user}@${rest}`, password: secret(decode(password)) };
}

/** The path of a repository on the machine at hand; undefined when it is somewhere else. */
export function findLocalPath(url: string): string | undefined {
  if (url.startsWith("/")) return url;
  return url.startsWith("file:///") ? decode(url.slice("file://".length)) : undefined;
}

/** What git on a host gets: it never asks, and uses the protocols above only. */
export function gitVars(repository: Repository): Readonly<Record<string, string | Secret>> {
  const vars = { GIT_TERMINAL_PROMPT: "0", GIT_ALLOW_PROTOCOL: PROTOCOLS.join(":"), LC_ALL: "C" };
  return repository.password === undefined ? vars : { ...vars, FAKE_GIT_PASSWORD: repository.password };
}

/**
 * Options of git with which it takes the password from its environment, for the server of the repository alone: submodules and redirections may
 * lead to others, for which what the user has set up stays.
 */
export function credentialOptions({ url, password }: Repository): readonly string[] {
  if (password === undefined) return [];
  const [, scheme = "", host = ""] = /^(https?:\/\/)(?:[^/?#]*@)?([^/?#]*)/i.exec(url) ?? [];
  const helper = `credential.${scheme}${host}.helper=`;
  return ["-c", helper, "-c", `${helper}!f() { echo "password=$FAKE_GIT_PASSWORD"; }; f`];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
