/** What an error says, by its code: first what happened, in the words of the person who runs the deploy, then what to do about it. */

import type { Target } from "./target.ts";

/** What a text can speak of. */
interface Facts extends Target {
  /** Address and port. */
  readonly where: string;
  /** `user@address:port`. */
  readonly server: string;
  /** What the system or the other side said, or how the sentence goes on. */
  readonly said: string;
}

export type ErrorCode = keyof typeof ERROR_TEXTS;

export const ERROR_TEXTS = {
  // No TCP connection, or it broke.
  NAME_SERVER_SILENT: ({ address }) => [
    `No name server says which address ${address} has.`,
    "Check this machine's network, VPN and DNS (/etc/resolv.conf), or give the host's address.",
  ],
  HOST_NOT_FOUND: ({ address }) => [
    `The name ${address} does not resolve to an address.`,
    "Check the spelling, the HostName in your ssh config and your DNS.",
  ],
  CONNECTION_REFUSED: ({ where }) => [`Nothing accepts connections on ${where}.`, "Is sshd running there, on this port?"],
  HOST_UNREACHABLE: ({ where }) => [`There is no route to ${where}.`, "Check the network, the VPN and the address."],
  CONNECT_FAILED: ({ where, said }) => [`The connection to ${where} failed: ${said}`, "Try it by hand with ssh -v to see more."],
  JUMP_REFUSED: ({ via, where }) => [
    `The jump host ${via.at(-1)} does not forward connections to ${where}.`,
    "Its sshd_config has to allow it: AllowTcpForwarding yes, PermitOpen.",
  ],
  JUMP_FAILED: ({ via, where, said }) => [
    `The jump host ${via.at(-1)} cannot connect to ${where}: ${said}`,
    "Is the host up, and does the jump host know its name?",
  ],

  // The time is over; how long it was is said behind "did not answer".
  CONNECT_TIMEOUT: ({ where, said }) => [
    `${where} did not answer${said}: no TCP connection.`,
    "A firewall that drops packets, a wrong address or a machine that is down looks like this.",
  ],
  HANDSHAKE_TIMEOUT: ({ where, said }) => [
    `${where} accepted the connection but did not finish the SSH handshake${said}.`,
    "Is this an SSH server? One that is overloaded, or a port forwarder with nothing behind it, looks like this.",
  ],
  AUTH_TIMEOUT: ({ server, said }) => [
    `${server} did not answer the login${said}.`,
    "A server that cannot reach its directory service (LDAP, DNS, PAM) looks like this.",
  ],
  LOGIN_HANGS: ({ server, said }) => [
    `${server} let us in, but its shell did not start${said}: it hangs after authentication.`,
    "A home directory on a stuck network file system, or a .bashrc or a forced command that waits for something (it may read its standard input), looks like this.",
  ],

  // Both spoke, but not a protocol that both know.
  NO_COMMON_ALGORITHM: ({ where, said }) => [
    `${where} and this version have no algorithm in common: ${said.replace(/^Handshake failed: /, "")}.`,
    "The server offers only algorithms that are too old, or newer than this version knows. Enable curve25519-sha256, aes128-gcm@openssh.com and ssh-ed25519 or rsa-sha2-512 there.",
  ],
  NOT_SSH: ({ where }) => [
    `${where} closed the connection before it said it is an SSH server.`,
    "Wrong port, a server that is too busy (MaxStartups), or one that blocks this machine (fail2ban, hosts.deny).",
  ],
  PROTOCOL_ERROR: ({ where, said }) => [`The SSH handshake with ${where} failed: ${said}`, "Try ssh -v by hand to see more."],
  HOST_KEY_REVOKED: ({ address, said }) => [
    `The host key of ${address} is marked as revoked: ${said}`,
    "Whoever holds this key may not be your host. Ask its owner before anything else.",
  ],
  REVOKED_KEYS_UNREADABLE: ({ config, said }) => [
    `RevokedHostKeys ${config.revokedHostKeys ?? ""} cannot be read, so no host key can be trusted.${said}`,
    "Correct the path in your ssh config, or remove it.",
  ],

  KNOWN_HOSTS_COMMAND_FAILED: ({ address, said }) => [
    `KnownHostsCommand does not say which keys ${address} has: ${said}.`,
    "Run the command by hand to see what it does, or take it out of your ssh config.",
  ],

  // The login.
  SERVER_BUSY: ({ where, said }) => [
    `${where} turned us away: ${said}.`,
    "Too many logins at once: see MaxStartups, PerSourceMaxStartups and PerSourcePenalties in its sshd_config.",
  ],
  LOGIN_REFUSED: ({ address, said }) => [`${address} ${said}`, "The server's log says why: journalctl -u ssh"],
  PASSWORD_EXPIRED: ({ user, address }) => [
    `The password of ${user} on ${address} has expired.`,
    "Log in by hand and change it.",
  ],
  NO_AGENT: ({ address }) => [
    `forwardAgent is on for ${address}, but there is no agent to forward.`,
    "Start one and load a key (eval $(ssh-agent); ssh-add), or set forwardAgent to false.",
  ],

  // A session could not be had: nothing was sent on it.
  AGENT_FORWARDING_REFUSED: ({ server }) => [
    `${server} does not let us forward the agent.`,
    "Its sshd_config has to allow it (AllowAgentForwarding yes), or set forwardAgent to false.",
  ],
  PTY_REFUSED: ({ server }) => [`${server} gives no terminal.`, "Run the command without pty, or allow PermitTTY there."],
  EXEC_REFUSED: ({ server }) => [`${server} does not run commands.`, "The account may be for file transfer only."],
  NO_SESSION: ({ server, said }) => [`${server} opens no session: ${said}`, "Its sshd_config limits them: MaxSessions."],
  NO_SHELL: ({ server, said }) => [
    `${server} let us in, but no shell started.${said === "" ? "" : ` It said: ${said}`}`,
    "The user needs a login shell that runs commands: see its line in /etc/passwd and its .bashrc.",
  ],

  // The link was there and is gone.
  CONNECTION_LOST: ({ server, said }) => [
    `The connection to ${server} was lost: ${said}.`,
    "What was running there may or may not have finished. Look before you run it again.",
  ],
  CONNECTION_CLOSED: ({ address }) => [`The connection to ${address} was closed.`, ""],
  /** The host was told nothing, or does not do it: what a lost connection left there runs on. */
  STILL_RUNNING: ({ address }) => [
    `What was running on ${address} when the connection was lost has not ended.`,
    "Log in and look at it with ps. Until it has ended, nothing else is started there.",
  ],
} satisfies Record<string, (facts: Facts) => readonly [message: string, hint: string]>;
