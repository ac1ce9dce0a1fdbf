import { spawnSync } from "node:child_process";

/** How to ask a tool for its version; what cannot be asked is not installed. */
const VERSIONS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  plain: ["ssh", "-V"],
  "plain-x25519": ["ssh", "-V"],
  fake: ["node", "dist/cli/bin.cjs", "--version"],
  "fake-functions": ["node", "dist/cli/bin.cjs", "--version"],
  "fake-plain-login": ["node", "dist/cli/bin.cjs", "--version"],
  node: ["node", "--version"],
  "fake-version": ["node", "dist/cli/bin.cjs", "--version"],
  "fake-tasks": ["node", "dist/cli/bin.cjs", "--version"],
  "fake-first-flight": ["node", "dist/cli/bin.cjs", "--version"],
  capistrano: ["cap", "--version"],
  fabric: ["fab", "--version"],
  mitogen: ["/usr/bin/python3", "-c", "import mitogen; print('Mitogen', '.'.join(map(str, mitogen.__version__)))"],
  // It has no version of its own.
  scp: ["sh", "-c", "command -v scp >/dev/null && ssh -V"],
  tar: ["tar", "--version"],
  rsync: ["rsync", "--version"],
  pssh: ["parallel-ssh", "--version"],
  clush: ["clush", "--version"],
  taktuk: ["taktuk", "--version"],
};

/** The first line of what a tool says of its version; undefined when it is not installed. */
export function findVersion(tool: string): string | undefined {
  const [program, ...args] = VERSIONS[tool] ?? ["false"];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? `${stdout}${stderr}`.trim().split("\n")[0] : undefined;
}
