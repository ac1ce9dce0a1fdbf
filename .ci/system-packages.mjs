// Before the tests: the real parts they are run against. Installs what is missing where it can (root on a Debian machine);
// elsewhere the tests that need a missing part are skipped, and say so. With the word `elsewhere`: also sudo-rs, for `npm run test:elsewhere`.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, resolve } from "node:path";

const parts = [
  { program: "sshd", package: "openssh-server" },
  { program: "git", package: "git" },
  { program: "busybox", package: "busybox" },
  { program: "toybox", package: "toybox" },
  { program: "sudo", package: "sudo" },
  { program: "curl", package: "curl" },
  { program: "doas", package: "opendoas" },
  { program: "fish", package: "fish" },
  { program: "tcsh", package: "tcsh" },
  { program: "zsh", package: "zsh" },
  { program: "tmux", package: "tmux" },
  { program: "mksh", package: "mksh" },
  { program: "ksh93", package: "ksh93u+m" },
  { program: "yash", package: "yash" },
  { program: "posh", package: "posh" },
  { program: "dropbear", package: "dropbear-bin" },
  { program: "tinysshd", package: "tinysshd" },
  { program: "/usr/lib/python3/dist-packages/asyncssh", package: "python3-asyncssh" },
  { program: "/usr/share/doc/libnss-wrapper", package: "libnss-wrapper" },
];

const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

function has(program) {
  return places.some((place) => {
    try {
      accessSync(resolve(place, program), program.startsWith("/") ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function apt(...words) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return (
    spawnSync("apt-get", ["-qq", "-o", "Dpkg::Use-Pty=0", ...words], { env, stdio: ["ignore", "ignore", "inherit"] }).status === 0
  );
}

const missing = () => parts.filter((part) => !has(part.program));
const wanted = missing().map((part) => part.package);
if (wanted.length > 0 && process.getuid?.() === 0 && has("apt-get")) {
  console.log(`Installing what the tests run against: ${wanted.join(", ")}`);
  const install = () => apt("install", "-y", "--no-install-recommends", ...wanted);
  if (!install()) {
    apt("update");
    install();
  }
}
// Of another Debian than this machine's: unpacked beside, not installed.
const SUDO_RS = "http://deb.debian.org/debian/pool/main/r/rust-sudo-rs/sudo-rs_0.2.5-5+deb13u1_amd64.deb";
const beside = resolve(".elsewhere");
if (process.argv[2] === "elsewhere" && process.arch === "x64" && has("dpkg") && !existsSync(`${beside}/sudo-rs`)) {
  mkdirSync(beside, { recursive: true });
  const answer = await fetch(SUDO_RS).catch(() => undefined);
  if (answer?.ok) {
    writeFileSync(`${beside}/sudo-rs.deb`, Buffer.from(await answer.arrayBuffer()));
    spawnSync("dpkg", ["-x", `${beside}/sudo-rs.deb`, `${beside}/sudo-rs`], { stdio: ["ignore", "ignore", "inherit"] });
  } else console.log(`${SUDO_RS} cannot be had: sudo-rs is not tried.`);
}
for (const part of missing())
  console.log(`${part.program} is not on this machine: the tests that need it are skipped (Debian package ${part.package}).`);
