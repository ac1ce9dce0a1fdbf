import { execFile } from "node:child_process";
import { isAbsolute } from "node:path";
import { neutralise } from "../../../command/neutralise.ts";
import type { Semaphore } from "../../../semaphore.ts";
import { CONNECT_MS } from "../../limits.ts";
import { connectError, unsupportedError } from "../errors.ts";
import type { Target } from "../target.ts";
import { type KnownHost, parseKnownHosts } from "./known-hosts.ts";

export interface KnownHostsCommandOptions {
  /** Environment of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Places for all of them: each is a process. */
  readonly programs: Semaphore;
  readonly onWarning: (text: string) => void;
}

/**
 * What the program of `KnownHostsCommand` prints of a server: run once for each login, without a shell, before anything is contacted.
 * @throws ConnectError when it does not end well: then no key can be trusted, as in ssh; the signal's reason
 */
export async function askKnownHostsCommand(
  target: Target,
  { env, programs, onWarning }: KnownHostsCommandOptions,
  signal: AbortSignal,
): Promise<readonly KnownHost[]> {
  const [program, ...args] = target.config.knownHostsCommand ?? [];
  if (program === undefined) return [];
  const told = args.find((word) => /%[fKt]/.test(word));
  if (told !== undefined) {
    const what = `KnownHostsCommand wants to be told the key that ${target.address} shows (${told})`;
    throw unsupportedError(target, what, "Leave %f, %K and %t out: the program may print all keys that it knows for %H.");
  }
  const place = `the output of KnownHostsCommand ${program}`;
  const { entries, bad } = parseKnownHosts(await programs.run(() => run(target, program, args, { env, signal }), signal), place);
  for (const { line, reason } of bad) onWarning(`${place}:${line} is left out: ${neutralise(reason)}.`);
  return entries;
}

function run(
  target: Target,
  program: string,
  args: readonly string[],
  { env, signal }: { readonly env: KnownHostsCommandOptions["env"]; readonly signal: AbortSignal },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (said: string, cause?: Error): void =>
      reject(connectError(target, "KNOWN_HOSTS_COMMAND_FAILED", cause, `${program} ${said}`));
    if (!isAbsolute(program)) return fail("is no absolute path");
    const child = execFile(program, args, { env: { ...env }, timeout: CONNECT_MS, signal }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal.aborted) return reject(signal.reason);
      const how = error.killed === true ? `did not end within ${CONNECT_MS / 1000} s` : `failed (${error.code ?? error.signal})`;
      fail(stderr.trim() === "" ? how : `${how}: ${stderr.trim()}`, error);
    });
    child.stdin?.end();
  });
}
