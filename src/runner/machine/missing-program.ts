import type { CommandResult, Connection } from "../../transport/transport.ts";

/** Where programs are put by what manages their versions. A shell without a terminal does not read the file that adds these to PATH. */
const FOLDERS = [
  ...["/opt/*/bin", "/usr/local/bin", "/snap/bin"],
  ...[".local/bin", ".cargo/bin", ".deno/bin", ".bun/bin", ".pyenv/shims", ".rbenv/shims", ".nodenv/shims", ".asdf/shims"],
  ...[".local/share/mise/shims", ".local/share/fnm/node-versions/*/installation/bin", ".volta/bin"],
  ...["/usr/local/nvm/versions/node/*/bin", "/opt/nvm/versions/node/*/bin", ".nvm/versions/node/*/bin"],
].map((folder) => (folder.startsWith("/") ? folder : `"$HOME"/${folder}`));

/** As zsh and yash say that there is no such program, and as other shells and env(1) do. */
const NOT_FOUND = [
  /command not found: ([\w.+-]+)$/m,
  /no such command [`‘']([\w.+-]+)['’]$/m,
  /(?:^|[:\s])['‘]?([\w.+-]+)['’]?: (?:(?:command |inaccessible or )?not found|No such file)/m,
];

/** Milliseconds: the answer is a hint, and nobody waits long for it. */
const LOOK_MS = 5000;

/**
 * A command failed because the host has no such program in PATH: looks whether it is elsewhere, and says so as the cause. Under another user
 * it would be another home. @returns the result, as it was where there is nothing to say
 */
export async function findMissingProgram(
  connection: Connection,
  result: CommandResult,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { command, status, exitCode, stderr, cause } = result;
  if (status !== "failed" || exitCode !== 127 || command.user !== undefined || cause !== undefined || signal.aborted)
    return result;
  const [name] = NOT_FOUND.flatMap((said) => said.exec(stderr)?.[1] ?? []);
  if (name === undefined) return result;
  const text = `for folder in ${FOLDERS.join(" ")}; do [ ! -x "$folder/${name}" ] || seen=$folder; done; printf %s "$seen"`;
  const look = { kind: "command", text, quiet: true, timeout: LOOK_MS } as const;
  const [answer] = await connection.flight([look], { signal }).catch(() => []);
  const folder = answer?.status === "ok" ? answer.stdout : "";
  // What a host says stands in a line that people copy.
  if (!/^\/[\w.@+/-]{1,200}$/.test(folder)) return result;
  const path = `${folder}:/usr/local/bin:/usr/bin:/bin`;
  const message = `${name} is in ${folder}, which is not in PATH here: only shells of a terminal add it. Put it there: .vars({ PATH: "${path}" })`;
  return { ...result, cause: new Error(message) };
}
