/** What `~`, the tokens and the variables of ssh_config(5) stand for, and which option takes which. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { UsageError } from "../../../errors.ts";
import { knownHostsName } from "../host-key/known-hosts.ts";

/** What they stand for is taken from here. */
export interface SshConfigScope {
  /** The name as it was asked for. */
  readonly name: string;
  /** Home directory on this machine. */
  readonly home: string;
  readonly localUser: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the configuration itself says about them. */
export interface SshConfigSubject {
  readonly hostName: string;
  readonly user: string;
  readonly port: string;
  readonly hostKeyAlias: string | undefined;
  /** Name of the last jump host, or empty. */
  readonly jump: string;
}

/** Replaces what an option takes, and leaves the rest as it is. */
export type Expander = ReturnType<typeof createExpander>;

const OF_PATHS = "CLdhijklnpru";
const OF_JUMPS = "hnpr";

export function createExpander(scope: SshConfigScope, subject: SshConfigSubject) {
  const { name, home, localUser, env } = scope;
  const { hostName, user, port, hostKeyAlias, jump } = subject;
  const local = hostname();
  const tokens: Readonly<Record<string, string>> = {
    "%": "%",
    C: createHash("sha1").update(`${local}${hostName}${port}${user}${jump}`).digest("hex"),
    H: hostKeyAlias?.toLowerCase() ?? knownHostsName(hostName, Number(port)),
    // Why a KnownHostsCommand is run.
    I: "HOSTNAME",
    L: local.replace(/\..*$/, ""),
    d: home,
    h: hostName,
    i: String(process.getuid?.() ?? ""),
    j: jump,
    k: hostKeyAlias ?? name,
    l: local,
    n: name,
    p: port,
    r: user,
    u: localUser,
  };
  const replace = (text: string, taken: string): string =>
    text.replace(/%(.)/g, (all, token: string) => (`%${taken}`.includes(token) ? (tokens[token] ?? all) : all));
  const expandHome = (text: string): string => replaceHome(text, home, localUser);
  // First the tokens: no value of a variable is taken for one.
  const expandWord = (text: string, taken: string): string => replaceVariables(replace(text, taken), env);
  return {
    home: expandHome,
    path: (text: string) => expandHome(expandWord(text, OF_PATHS)),
    jump: (text: string) => replace(text, OF_JUMPS),
    /** A word of a KnownHostsCommand. What is about a key that the server has shown, %f, %K and %t, stays. */
    command: (word: string) => expandWord(word, `${OF_PATHS}HI`),
  };
}

/** `${NAME}`, and `$NAME` where it is all there is. What is not set stays as it is. */
export function replaceVariables(text: string, env: SshConfigScope["env"]): string {
  return text.replace(/\$\{(\w+)\}|^\$(\w+)$/g, (all, braced?: string, bare?: string) => env[braced ?? bare ?? ""] ?? all);
}

/** `~` and `~user` in front of a path. @throws UsageError for somebody who is not known here, as ssh does */
export function replaceHome(path: string, home: string, localUser: string): string {
  const [start, user] = /^~([^/]*)/.exec(path) ?? [];
  if (start === undefined || user === undefined) return path;
  return (user === "" || user === localUser ? home : findHome(user, path)) + path.slice(start.length);
}

/** Node only knows the user that it runs as; a shell asks whoever knows users on this machine. */
function findHome(user: string, path: string): string {
  const isName = /^[a-z_][\w.-]*$/i.test(user);
  const found = isName ? execFileSync("/bin/sh", ["-c", `printf %s ~${user}`], { encoding: "utf8" }) : "";
  if (found.startsWith("/")) return found;
  throw new UsageError("SSH_CONFIG_INVALID", `Your ssh config names ${JSON.stringify(path)}, and there is no such user here.`, {
    hint: "Correct the name behind ~, or write the path in full.",
  });
}
