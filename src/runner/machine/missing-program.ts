import { BECOME_METHODS, type BecomeMethod } from "../../command/become.ts";
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
 * it would be another home: there, what runs commands as that user is looked for. @returns the result, as it was where there is nothing to say
 */
export async function findMissingProgram(
  connection: Connection,
  result: CommandResult,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { command, status, exitCode, stdout, stderr, cause } = result;
  if (status !== "failed" || exitCode !== 127 || cause !== undefined || signal.aborted) return result;
  const [name] = NOT_FOUND.flatMap((said) => said.exec(command.pty === true ? stdout.replaceAll("\r", "") : stderr)?.[1] ?? []);
  if (name === undefined) return result;
  const { user, becomeMethod = "sudo" } = command;
  if (user !== undefined) {
    if (name !== becomeMethod) return result;
    const others = await findOthers(connection, becomeMethod, signal);
    const message = `${connection.host.id} has no ${name}, with which commands run as ${user} there. ${others}`;
    return { ...result, cause: new Error(message) };
  }
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

/** What would do in its place. */
async function findOthers(connection: Connection, missing: BecomeMethod, signal: AbortSignal): Promise<string> {
  const text = `for program in ${BECOME_METHODS.join(" ")}; do ! command -v $program >/dev/null || echo $program; done`;
  const look = { kind: "command", text, quiet: true, timeout: LOOK_MS } as const;
  const [answer] = await connection.flight([look], { signal }).catch(() => []);
  const found = answer?.stdout.split("\n").filter((name) => BECOME_METHODS.some((method) => method === name)) ?? [];
  if (found.length === 0)
    return `Install it, or one of ${BECOME_METHODS.filter((name) => name !== missing).join(" and ")}, and set becomeMethod.`;
  return `It has ${found.join(" and ")}: set becomeMethod: "${found[0]}" for the host, or install ${missing}.`;
}
