import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createOpensshTransport } from "../../src/transport/openssh/transport.ts";
import type { SshTransportOptions } from "../../src/transport/ssh/options.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { findProgram, findSshd, type SshdFleet } from "./sshd.ts";

/** What the summary of a test run says where the transport has nothing to work with. */
export const OPENSSH_MISSING = "openssh tests skipped: no sshd, or no ssh, on this machine";

export const hasOpenssh: boolean = findSshd() !== undefined && findProgram("ssh") !== undefined;

/** The openssh transport as a test needs it: no agent, and the fleet's folder for a home. */
export function opensshTransport(
  fleet: Pick<SshdFleet, "directory" | "sshConfig">,
  options: Partial<SshTransportOptions> = {},
): Transport {
  return createOpensshTransport({
    env: { PATH: process.env.PATH },
    home: fleet.directory,
    sshConfig: fleet.sshConfig,
    ...options,
  });
}

/** An ssh that writes down its process ids and its last arguments. */
export interface ObservedSsh {
  readonly path: string;
  readonly pids: readonly number[];
  readonly args: readonly string[];
  /** Where the last master listened. */
  readonly socket: string;
}

export function observeSsh(directory: string): ObservedSsh {
  const path = join(directory, "ssh");
  const real = findProgram("ssh") ?? "ssh";
  const [pids, args] = [join(directory, "ssh.pids"), join(directory, "ssh.args")];
  const script = `#!/bin/sh\necho $$ >>${pids}\nprintf '%s\\n' "$@" >${args}\nexec ${real} "$@"\n`;
  writeFileSync(path, script, { mode: 0o755 });
  const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []);
  return {
    path,
    get pids() {
      return lines(pids).map(Number);
    },
    get args() {
      return lines(args);
    },
    get socket() {
      return (
        lines(args)
          .find((line) => line.startsWith("ControlPath="))
          ?.slice("ControlPath=".length) ?? ""
      );
    },
  };
}
