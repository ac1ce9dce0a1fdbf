import type { Readable } from "node:stream";
import { toCommand } from "../../command/builder.ts";
import { Secret } from "../../command/secret.ts";
import { UsageError } from "../../errors.ts";
import type { TransferOptions } from "../context.ts";
import { throwOnFailure } from "../machine/command-report.ts";
import { quotePath, streamCommand, tempName } from "./remote-file.ts";
import type { TaskRun } from "./run.ts";

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
}

const SAME = "fake: same content";

/**
 * Puts content in place of a file in one rename. Links are followed: what they point to is replaced.
 * @returns false when `compare` found the same content
 * @throws CommandError
 */
export async function writeContent(task: TaskRun, request: WriteRequest): Promise<boolean> {
  const { path, content, signal } = request;
  const size = request.size ?? sizeOf(content);
  const text = `(${writeScript(request, size, tempName(task))})`;
  const command = toCommand(text, { stdin: content, title: `write ${path} (${size} bytes)` }, task.context);
  const result = await streamCommand(task, command, { signal });
  throwOnFailure([result], task.target);
  return !result.stdout.trimEnd().endsWith(SAME);
}

/** Bytes of text or of a secret, as it is sent. */
function sizeOf(content: WriteRequest["content"]): number {
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
    `t=\${p%/*}/${temp}`,
    `trap 'rm -f "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
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

function checkedMode(mode: string | undefined): string | undefined {
  if (mode === undefined || /^[0-7]{3,4}$/.test(mode)) return mode;
  throw new UsageError("BAD_MODE", `${JSON.stringify(mode)} is not a file mode.`, {
    hint: 'Write it as octal text: mode: "640".',
  });
}
