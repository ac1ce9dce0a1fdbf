import { loaderInput } from "../../command/loader.ts";
import { quote } from "../../command/quote.ts";
import type { Channel, ChannelRequest } from "../channel.ts";
import { BEGIN_LOOK, END_LOOK } from "../host-side/guard.ts";
import { GRACE_MS } from "../limits.ts";
import type { HostProcess } from "./host-process.ts";
import { createMarker } from "./script.ts";
import { takePid } from "./splitter.ts";
import type { ConnectionParts } from "./started.ts";

/**
 * The shell around the script is there to the end: signals are for what the script runs, which has them as they were. It says on
 * stderr, too, where that begins: what login scripts print before is nobody's. Behind BEGIN_LOOK: a subshell that is started while
 * SIGUSR2 has a handler may lose the one that ends it.
 */
const AROUND = "trap : HUP INT QUIT TERM USR1 USR2 ALRM\n";

function writeChannel(script: string, terminal: boolean, marker: string): string {
  const body = `( eval ${quote(` ${script}`)}\n)\n_fake_status=$?\n`;
  if (terminal) return loaderInput(`stty "$_fake_tty" echo; unset _fake_tty\n${AROUND}${body}exit $_fake_status`);
  return loaderInput(`${BEGIN_LOOK}${AROUND}echo "${marker} $$" >&2\n${body}${END_LOOK}\nexit $_fake_status`);
}

/**
 * Starts a process, and gives its streams as they are.
 * @throws UsageError for text that no shell takes; what `source` throws; the signal's reason when that aborts first
 */
export async function openChannel(
  { source, options: { grace = GRACE_MS } }: ConnectionParts,
  request: ChannelRequest,
): Promise<Channel> {
  const { script, terminal, signal } = request;
  const marker = createMarker();
  const text = writeChannel(script, terminal !== undefined, marker);
  signal?.throwIfAborted();
  const process = await source.start({ terminal, signal, lasts: true });
  const { stdin, stdout, stderr, ended } = process;
  for (const stream of [stdin, stdout, stderr]) stream?.on("error", () => undefined);
  let isEnded = false;
  ended.then(() => {
    isEnded = true;
    signal?.removeEventListener("abort", close);
  });
  const close = (): void => {
    signal?.removeEventListener("abort", close);
    void hangUp(process, grace, () => isEnded);
  };
  signal?.addEventListener("abort", close);
  // Nothing before: a start-up file or a forced command takes what it finds.
  const pid = process.pid ?? (await takePid(stdout, process.marker));
  process.pid = pid;
  if (pid !== undefined) stdin.write(text);
  if (stderr !== undefined) await takePid(stderr, marker);
  signal?.throwIfAborted();
  if (pid === undefined) {
    process.release();
    throw (await process.closed) ?? new Error("The process ended before it had started.");
  }
  // When all was read: its place is free.
  process.closed.then(() => process.release());
  return {
    stdin,
    stdout,
    stderr,
    pid,
    ended,
    signal: (name) => process.signal(name, pid),
    resize: (size) => (terminal === undefined ? Promise.resolve() : process.resize(size)),
    close,
  };
}

async function hangUp(process: HostProcess, grace: number, isEnded: () => boolean): Promise<void> {
  await process.signal("SIGHUP", process.pid).catch(() => undefined);
  process.release();
  setTimeout(() => {
    if (!isEnded()) process.signal("SIGKILL", process.pid).catch(() => undefined);
  }, grace).unref();
}
