/** A real host, as a rehearsal sees it: shell text over a connection of its own, beside those that are cut. All it has there is one folder. */
import { quote } from "../command/quote.ts";
import { FakeError } from "../errors.ts";

/** How a piece of shell text ended on a host. */
export interface RemoteOutcome {
  /** Undefined where it was not run, or nobody knows. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteHost {
  readonly name: string;
  /** The folder: absolute. */
  readonly scratch: string;
  /** Never throws for what the text does. */
  run(script: string): Promise<RemoteOutcome>;
}

/** @returns its stdout @throws FakeError where its exit code is not 0 */
export async function runThere({ name, run }: Pick<RemoteHost, "name" | "run">, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(script);
  if (exitCode === 0) return stdout;
  throw new FakeError("REHEARSAL_HOST", `${name}: ${stderr.trim() || "no answer"}`, {
    hint: "A rehearsal needs the host, beside the connections that it cuts. It needs GNU find, grep, gzip and base64 there, and mkfifo.",
  });
}

/** What is to be there when a scratch folder is taken away: nothing else is. */
const OWNER = "rehearsal";

/**
 * Makes the folder, empty, for this user alone.
 * @param real paths that the deployfile deploys to, which it may not touch: they are looked up where they really are
 * @throws FakeError where it cannot be made, or would lie in one of these
 */
export async function makeScratch(host: RemoteHost, real: readonly string[]): Promise<void> {
  const { scratch } = host;
  const parent = scratch.slice(0, scratch.lastIndexOf("/")) || "/";
  await runThere(
    host,
    `parent=${quote(parent)}; scratch=${quote(scratch)}
cd -P -- "$parent" 2>/dev/null || { echo "There is no folder $parent for the scratch folder: create it, or name another with --scratch." >&2; exit 1; }
here=$(pwd -P)
for real in ${real.map(quote).join(" ")}; do
  [ ! -d "$real" ] || real=$(cd -P -- "$real" && pwd -P) || exit 1
  case "$here/" in "$real"/*) echo "$parent lies in $real, which is really deployed to: name another folder with --scratch." >&2; exit 1;; esac
done
for program in mkfifo gzip base64 grep find; do command -v $program >/dev/null || { echo "There is no $program." >&2; exit 1; }; done
find /proc/self/environ -maxdepth 0 -printf '' >/dev/null || exit 1
mkdir -m 700 -- "$scratch" || exit 1
: >"$scratch/${OWNER}" && mkdir -- "$scratch/app" "$scratch/bin"`,
  );
}

/** Takes the folder away, or leaves what violated something in it, where its links lead. @throws FakeError where it cannot be */
export async function removeScratch(host: RemoteHost, keep: boolean): Promise<void> {
  const all = `rm -rf -- ${quote(host.scratch)}`;
  const rest = `cd -- ${quote(host.scratch)} && rm -rf app bin live sessions door-* here-* && mv found app`;
  await runThere(host, `[ ! -f ${quote(`${host.scratch}/${OWNER}`)} ] || { ${keep ? rest : all}; }`);
}

/** In front of each command of a run: stand-ins come first in PATH, and the session is one of the rehearsal's. */
export function beforeEachCommand(scratch: string): string {
  const [bin, sessions] = [`${scratch}/bin`, `${scratch}/sessions`].map(quote);
  return `PATH=${bin}:$PATH; export PATH; printf 'SSH_CONNECTION=%s\\n' "$SSH_CONNECTION" >>${sessions}`;
}

/** Lines of id and arguments: processes of the rehearsal's sessions. sshd has not got the variable in its own environment. */
export function findSessions(scratch: string): string {
  return `cd -- ${quote(scratch)} && [ -s sessions ] && sort -u sessions >sessions.all || exit 0
grep -lzxFf sessions.all /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
  grep -q '^State:[[:space:]]*[ZX]' "/proc/$pid/status" 2>/dev/null || printf '%s %s\\n' "$pid" "$(tr '\\0\\n' '  ' <"/proc/$pid/cmdline" 2>/dev/null)"
done; rm -f sessions.all`;
}
