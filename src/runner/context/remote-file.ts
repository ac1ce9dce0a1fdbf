/** Reading and writing files of a host by commands: none of their content is shown. */
import type { Readable } from "node:stream";
import { formatBytes } from "../../amounts.ts";
import { toCommand } from "../../command/builder.ts";
import type { Command, CommandContext } from "../../command/command.ts";
import { quote, refuseSecret } from "../../command/quote.ts";
import { Secret } from "../../command/secret.ts";
import { TaskError, UsageError } from "../../errors.ts";
import { END_BY_SIGNAL } from "../../process/transfer/script.ts";
import type { CommandResult } from "../../transport/transport.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import { sendCommands } from "../machine/send.ts";
import type { TransferOptions } from "../shell.ts";
import { noteWork, type TaskRun } from "./run.ts";
import { type Flow, watchTransfer } from "./transfer-progress.ts";

interface StreamOptions {
  /** Raw stdout goes here. */
  readonly stdout?: NodeJS.WritableStream | undefined;
  /** Also ends it, besides what ends the task. */
  readonly signal?: AbortSignal | undefined;
  /** Hears what comes on stderr, as it comes. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** How far it is: asked now and then, and told. */
  readonly flow?: (() => Flow) | undefined;
}

/** Runs one command whose stdin or stdout is a file's content: none of it is shown. The outcome is in the result. */
export async function streamCommand(task: TaskRun, command: Command, options: StreamOptions = {}): Promise<CommandResult> {
  const { kill } = task.limits;
  const signal = options.signal === undefined ? kill : AbortSignal.any([kill, options.signal]);
  const { stdout, onStderr, flow } = options;
  const watch = flow && watchTransfer(task, flow);
  const told = { onTold: watch?.begin, onFinished: () => watch?.end() };
  try {
    const send = { task: task.name, signal, stdout, onStderr, mute: true, ...told };
    const [result] = await sendCommands(task.target, [command], send);
    return result as CommandResult;
  } finally {
    watch?.end();
  }
}

/** A file name nobody else uses. */
export function tempName({ run }: TaskRun): string {
  return `.fake-${run.runId}-${run.nextId()}`;
}

/**
 * A path on a host as one word of shell text that contains a slash: never taken for an option, `~/` is the home directory.
 * @throws UsageError when it is empty or a secret
 */
export function quotePath(path: string): string {
  refuseSecret(path, "the path of a file");
  if (typeof path !== "string" || path === "") {
    throw new UsageError("EMPTY_PATH", "A path on the host is empty.", { hint: "Look at the setting it was made from." });
  }
  if (path.startsWith("/")) return quote(path);
  if (path.startsWith("~/")) return `"$HOME"${quote(path.slice(1))}`;
  return quote(`./${path}`);
}

/** Looks, and fails nobody: what a question asks is in its exit code. */
const LOOKS = { quiet: true, acceptError: true } as const;

/** @throws UsageError as `quotePath` */
export function existsCommand(path: string, context: CommandContext): Command {
  return toCommand(`[ -e ${quotePath(path)} ]`, { ...LOOKS, title: `exists ${path}` }, context);
}

/** @throws UsageError for what no command is called */
export function lookUpCommand(name: string, context: CommandContext): Command {
  refuseSecret(name, "the name of a command");
  if (typeof name !== "string" || !/^[^\s\p{Cc}-]\S*$/u.test(name)) {
    throw new UsageError("COMMAND_NAME", `${JSON.stringify(name)} is not the name of a command.`, {
      hint: 'One word, without arguments: hasCommand("rsync").',
    });
  }
  return toCommand(`command -v ${quote(name)} >/dev/null`, { ...LOOKS, title: `look for ${name}` }, context);
}

/** @throws TaskError when it is larger than 64 MiB @throws CommandError */
export async function readContent(task: TaskRun, path: string): Promise<string> {
  const options = { title: `read ${path}`, quiet: true, captureAll: true };
  const result = await streamCommand(task, toCommand(`cat ${quotePath(path)}`, options, task.context));
  if (result.truncated) {
    throw new TaskError(`${path} on ${task.target.id} is larger than 64 MiB.`, { hint: "Fetch it with download()." });
  }
  throwOnFailure([result], task.target);
  return result.stdout;
}

interface WriteRequest extends TransferOptions {
  readonly path: string;
  readonly content: string | Uint8Array | Secret | Readable;
  /** In bytes: what arrives is compared with it. @default those of the content */
  readonly size?: number | undefined;
  /** Nobody but the owner may read it, unless the mode says otherwise. @default when the content is a Secret */
  readonly secret?: boolean | undefined;
  /** Leave a file alone that has this content already. @default false */
  readonly compare?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How far it is. @default it is not told */
  readonly flow?: (() => Flow) | undefined;
}

const SAME = "fake: same content";

/**
 * Puts content in place of a file in one rename. Links are followed: what they point to is replaced.
 * @returns false when `compare` found the same content
 * @throws CommandError
 */
export async function writeContent(task: TaskRun, request: WriteRequest): Promise<boolean> {
  const { path, content, signal, flow } = request;
  const size = request.size ?? sizeOf(content);
  const text = `(${writeScript(request, size, tempName(task))})`;
  const command = toCommand(text, { stdin: content, title: `write ${path} (${formatBytes(size)})` }, task.context);
  noteWork(task);
  const result = await streamCommand(task, command, { signal, flow });
  throwOnFailure([result], task.target);
  return !result.stdout.trimEnd().endsWith(SAME);
}

/** Bytes of text or of a secret, as it is sent. */
export function sizeOf(content: WriteRequest["content"]): number {
  const text = content instanceof Secret ? content.reveal() : content;
  return typeof text === "string" ? Buffer.byteLength(text, "utf8") : text instanceof Uint8Array ? text.byteLength : 0;
}

/** Written beside the file, unreadable for others, checked, given its mode, renamed over it. Whatever fails, nothing is left. */
function writeScript(request: WriteRequest, size: number, temp: string): string {
  const { path, content, compare = false } = request;
  const mode = checkedMode(request.mode);
  // Mode of a file that is new.
  const fresh = (request.secret ?? content instanceof Secret) ? "600" : "644";
  const lines = [
    `umask 077; p=${quotePath(path)}`,
    `say() { printf '%s\\n' "$p: $1" >&2; exit 1; }`,
    `if [ -h "$p" ]; then l=$(readlink -f "$p") && p=$l || say "cannot follow the link"; fi`,
    `if [ -d "$p" ]; then say "is a directory: name the file in it"; fi`,
    // A device or a pipe that is replaced is gone for all that use it.
    `if [ -e "$p" ] && ! [ -f "$p" ]; then say "is neither a file nor a directory: it is left as it is"; fi`,
    `t=\${p%/*}/${temp}`,
    `trap 'rm -f "$t"' EXIT; ${END_BY_SIGNAL}`,
    `cat > "$t" || exit 1`,
    `n=$(wc -c < "$t") || exit 1`,
    `if [ "$n" -ne ${size} ]; then say "only $((n)) of ${size} bytes arrived"; fi`,
    ...(compare
      ? [`if cmp -s "$t" "$p"; then ${mode === undefined ? "" : `chmod ${mode} "$p" || exit 1; `}echo '${SAME}'; exit 0; fi`]
      : []),
    `m=${mode ?? fresh}`,
    `if [ -e "$p" ]; then`,
    `  o=$(stat -c %u:%g "$p" 2>/dev/null || stat -f %u:%g "$p" 2>/dev/null) && chown "$o" "$t" 2>/dev/null`,
    ...(mode === undefined ? [`  m=$(stat -c %a "$p" 2>/dev/null || stat -f %Lp "$p" 2>/dev/null) || m=${fresh}`] : []),
    "fi",
    `chmod "$m" "$t" && mv -f "$t" "$p"`,
  ];
  return lines.join("\n");
}

/** @throws UsageError for what is no mode */
export function checkedMode(mode: string | undefined): string | undefined {
  if (mode === undefined || /^[0-7]{3,4}$/.test(mode)) return mode;
  throw new UsageError("BAD_MODE", `${JSON.stringify(mode)} is not a file mode.`, {
    hint: 'Write it as octal text: mode: "640".',
  });
}
