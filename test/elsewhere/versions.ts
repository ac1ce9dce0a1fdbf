/** How parts of this machine say their version. */
import { spawnSync } from "node:child_process";

const WORDS: Readonly<Record<string, string>> = {
  dash: "dpkg-query -W -f '${Version}' dash",
  bash: "bash -c 'echo \"$BASH_VERSION\"'",
  "busybox sh": "busybox",
  mksh: "mksh -c 'echo \"$KSH_VERSION\"'",
  lksh: "lksh -c 'echo \"$KSH_VERSION\"'",
  ksh93: "ksh93 -c 'echo \"${.sh.version}\"'",
  yash: "yash -c 'echo \"$YASH_VERSION\"'",
  posh: "posh -c 'echo \"$POSH_VERSION\"'",
  zsh: "zsh -c 'echo \"$ZSH_VERSION\"'",
  sudo: "sudo -V",
  doas: "dpkg-query -W -f '${Version}' opendoas",
  su: "su --version",
  dropbear: "PATH=$PATH:/usr/sbin; dropbear -V 2>&1",
  tinysshd: "dpkg-query -W -f '${Version}' tinysshd",
  AsyncSSH: "dpkg-query -W -f '${Version}' python3-asyncssh",
};

/** What a program of that name says first when it is asked, its own name left out; empty when it says nothing. */
export function versionOf(name: string): string {
  const said = spawnSync("sh", ["-c", WORDS[name] ?? ":"], { encoding: "utf8" }).stdout.split("\n")[0] ?? "";
  return said
    .replace(/^.*KSH (?=R\d)|^BusyBox v| multi-call.*$|^Version A?[A-Z]*M? |^Sudo version |^su from |^Dropbear v/g, "")
    .trim();
}
