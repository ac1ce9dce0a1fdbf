/** Programs that stand in on a throwaway host for what it has not, and for what would reach beyond it: shell scripts, first in PATH. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../command/quote.ts";

/** What rules a machine, or reaches another one. A throwaway host is this machine: nothing of it is run there unless it is asked for. */
const BEYOND = `sudo su doas runuser pkexec systemctl service initctl rc-service supervisorctl docker podman kubectl crontab at
reboot shutdown halt poweroff ssh scp sftp curl wget nc telnet mail sendmail aws gcloud az`.split(/\s+/);

/** `path`: where real programs are. */
export interface StandInOptions {
  readonly folder: string;
  readonly path: string;
  readonly commands: Readonly<Record<string, string>>;
}

export function writeStandIns({ folder, path, commands }: StandInOptions): void {
  mkdirSync(folder, { recursive: true });
  for (const { program, text } of standIns(path, commands)) writeFileSync(join(folder, program), text, { mode: 0o755 });
}

/** By program, the text of the script. @param path where real programs are */
export function standIns(path: string, commands: StandInOptions["commands"]): { program: string; text: string }[] {
  const programs = new Set([...BEYOND, ...Object.keys(commands).map((key) => key.split(" ")[0] ?? "")]);
  return [...programs].map((program) => {
    const own = Object.entries(commands).filter(([key]) => key === program || key.startsWith(`${program} `));
    // The most particular one first: a program alone is for all that the others leave.
    const cases = own.toSorted(([one], [other]) => other.length - one.length).map(([key, text]) => toCase(program, key, text));
    const rest = BEYOND.includes(program) ? refusal(program) : 'real "$@"';
    const text = `#!/bin/sh
ok() { exit 0; }
real() { PATH=${quote(path)}; export PATH; exec ${quote(program)} "$@"; }
through() {
  [ ${program} != su ] || while [ $# -gt 0 ]; do case $1 in -c) exec /bin/sh "$@";; *) shift;; esac; done
  while [ $# -gt 0 ]; do case $1 in --) shift; break;; -[ugpCD]) shift 2;; -*) shift;; *=*) export "$1"; shift;; *) break;; esac; done
  exec "$@"
}
case "$*" in
${cases.join("")}*) ${rest};;
esac
`;
    return { program, text };
  });
}

function toCase(program: string, key: string, text: string): string {
  const pattern =
    key === program
      ? "*"
      : key
          .slice(program.length + 1)
          .split("*")
          .map((part) => (part === "" ? "" : quote(part)))
          .join("*");
  return `${pattern})\n${["ok", "real", "through"].includes(text) ? `${text} "$@"` : text}\n;;\n`;
}

function refusal(program: string): string {
  return `printf '%s is not run on the host of a rehearsal: %s %s\\nStand in for it: rehearse({ commands: { "%s": "ok" } })\\n' ${program} ${program} "$*" "${program}\${1:+ $*}" >&2; exit 127`;
}
