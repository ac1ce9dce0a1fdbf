/** A real host, as a rehearsal sees it: shell text over a connection of its own, beside those that are cut. All it has there is one folder. */
import { quote } from "../command/quote.ts";
import { FakeError } from "../errors.ts";
import { standIns } from "./stand-ins.ts";

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

/** Says whose the folder is: nothing that another rehearsal has made is taken away. */
const OWNER = "rehearsal";
/** A program that says where it is. */
const ANSWERS = "fake-stand-in";

/** What a rehearsal has on a host: its folder, and a word that all its processes there have in their environment. */
export interface Scratch {
  readonly remote: RemoteHost;
  readonly variable: `${string}=${string}`;
}

/**
 * Makes the folder, empty, for this user alone.
 * @param real paths that the deployfile deploys to, which it may not touch: they are looked up where they really are
 * @throws FakeError where it cannot be made, or would lie in one of these: nothing is left then
 */
export async function makeScratch({ remote, variable }: Scratch, real: readonly string[]): Promise<void> {
  const { scratch } = remote;
  const parent = scratch.slice(0, scratch.lastIndexOf("/")) || "/";
  await runThere(
    remote,
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
echo ${quote(variable)} >"$scratch/${OWNER}" && mkdir -- "$scratch/app" "$scratch/bin" || { rm -rf -- "$scratch"; exit 1; }`,
  );
}

/**
 * Lays programs that stand in, and asks whether they do: the place may be mounted so that nothing in it can be run, and a shell may
 * have programs of its own that come before those in PATH.
 * @throws FakeError where one does not
 */
export async function layStandIns({ remote }: Scratch, commands: Readonly<Record<string, string>>): Promise<void> {
  const { scratch } = remote;
  const path = (await runThere(remote, `printf %s "$PATH"`)).trim();
  const all = [...standIns(path, commands), { program: ANSWERS, text: `#!/bin/sh\nprintf %s ${quote(scratch)}\n` }];
  const files = all.map(({ program, text }) => `printf %s ${quote(text)} >${quote(program)}`);
  await runThere(
    remote,
    `cd -- ${quote(`${scratch}/bin`)} && ${files.join(" && ")} && chmod 700 ./* || exit
${comeFirst(scratch)} || { echo ${quote(`Nothing can be run in ${scratch}, so that the real sudo and systemctl would be: is it mounted noexec? Name another folder with --scratch.`)} >&2; exit 1; }
for program in ${all.map(({ program }) => quote(program)).join(" ")}; do
  [ "$(command -v "$program")" = ${quote(`${scratch}/bin`)}/"$program" ] || { echo "Nothing can stand in for $program: the shell there runs its own." >&2; exit 1; }
done`,
  );
}

/** Shell text: a build may have taken from its own directories the right to be written to. @param words paths that do not begin with a dash */
export function removeText(words: string): string {
  return `{ rm -rf ${words} 2>/dev/null || { find ${words} -type d ! -perm -700 -exec chmod u+rwx {} \\; 2>/dev/null; rm -rf ${words}; }; }`;
}

/** Takes the folder away, or leaves what violated something in it, where its links lead. @throws FakeError where it cannot be */
export async function removeScratch({ remote, variable }: Scratch, keep: boolean): Promise<void> {
  const all = removeText(quote(remote.scratch));
  const rest = `${removeText("app bin live door-* here-*")} && mv found app`;
  await runThere(
    remote,
    `cd -- ${quote(remote.scratch)} 2>/dev/null && read -r owner <${OWNER} && [ "$owner" = ${quote(variable)} ] || exit 0
${keep ? rest : `cd / && ${all}`}`,
  );
}

/** In front of each command of a run: stand-ins come first in PATH, and answer; and the session is one of the rehearsal's. */
export function beforeEachCommand({ remote: { scratch }, variable }: Scratch): string {
  const [name, value] = variable.split("=");
  return `${comeFirst(scratch)} && [ "\${${name}-}" = ${value} ] || { echo 'The stand-ins of this rehearsal do not answer: nothing was run.' >&2; (exit 126); }`;
}

function comeFirst(scratch: string): string {
  return `PATH=${quote(`${scratch}/bin`)}:$PATH; export PATH; [ "$(${ANSWERS} 2>/dev/null)" = ${quote(scratch)} ]`;
}

/**
 * Shell text that tells, by lines of id and arguments, which processes have the variable in their environment.
 * @param isEnded kills each as soon as it is seen to be one: what has its number later is left alone
 */
export function processesText(variable: string, isEnded: boolean): string {
  return `grep -lzxF ${quote(variable)} /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
  said=$(tr '\\0\\n' '  ' 2>/dev/null <"/proc/$pid/cmdline") || continue
  ${isEnded ? killText(variable, '"$pid"') : ":"}; printf '%s %s\\n' "$pid" "$said"
done 2>/dev/null; :`;
}

/** @param pid as a shell reads it */
export function killText(variable: string, pid: string): string {
  return `grep -qzxF ${quote(variable)} /proc/${pid}/environ && kill -9 ${pid}`;
}
