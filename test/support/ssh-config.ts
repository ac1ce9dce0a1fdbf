import { writeFileSync } from "node:fs";

/** The files, and what all hosts have in common. */
export interface SshConfigFiles {
  readonly sshConfig: string;
  readonly knownHosts: string;
  readonly user: string;
  /** Path of the private key. */
  readonly identity: string;
}

export interface SshConfigHost {
  readonly name: string;
  readonly port: number;
  /** Type and key. */
  readonly hostKey: string;
  /** More lines of its section, in front of the others: the first one counts. @default none */
  readonly extra?: readonly string[];
}

/** An ssh config and a known_hosts of servers on the loopback interface. */
export function writeSshConfig({ sshConfig, knownHosts, user, identity }: SshConfigFiles, hosts: readonly SshConfigHost[]): void {
  writeFileSync(knownHosts, hosts.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`).join(""));
  const sections = hosts.map(({ name, port, extra = [] }) =>
    [`Host ${name}`, ...extra, "HostName 127.0.0.1", `Port ${port}`, ""].join("\n"),
  );
  const common = [
    "Host *",
    `User ${user}`,
    `IdentityFile ${identity}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${knownHosts}`,
    "GlobalKnownHostsFile none",
  ];
  writeFileSync(sshConfig, `${sections.join("")}${common.join("\n")}\n`);
}
