import { randomBytes } from "node:crypto";
import { loaderInput } from "../../command/loader.ts";
import { quote } from "../../command/quote.ts";
import { UsageError } from "../../errors.ts";
import { orAborted } from "../../wait.ts";
import type { Channel, ChannelRequest } from "../channel.ts";
import { BEGIN_LOOK, END_LOOK } from "../host-side/guard.ts";
import { GRACE_MS } from "../limits.ts";
import type { HostProcess } from "./host-process.ts";
import { createMarker } from "./script.ts";
import { passButPid, takePid } from "./splitter.ts";
import { sayPid } from "./start-text.ts";
import type { ConnectionParts } from "./started.ts";

/**
 * The shell around the script is there to the end: signals are for what the script runs, which has them as they were. Behind BEGIN_LOOK: a
 * subshell that is started while SIGUSR2 has a handler may lose the one that ends it.
 */
const AROUND = "trap : HUP INT QUIT TERM USR1 USR2 ALRM\n";

/** Turns that on, on a terminal. */
const ECHO = "echo";

/**
 * The script says itself that it begins: what login scripts print before is nobody's. Between the traps and the subshell a signal would be lost,
 * so nobody is to know of the process before the subshell is there. It is one in ksh93, too (PRELUDE); bash is not to have the marker in `$_`.
 */
function writeScript(script: string, marker: string, streams = ""): string {
  return `( trap : URG; trap - URG; echo "${marker} $$"${streams}; :; eval ${quote(` ${script}`)}\n)\n`;
}

/**
 * Passes on until nobody reads any more, and takes it all the same. Only SIGKILL ends it before its input does: it is deaf before it opens the
 * pipe, for which its writer waits.
 */
function writeRelay(streams: string): string {
  return `{ trap '' HUP INT QUIT TERM USR1 USR2 ALRM; exec /bin/sh -c 'cat; exec cat >/dev/null' ${streams} 2>/dev/null; } &`;
}

/**
 * What outlives us writes into pipes of its own, which the relays read. Named ones, and not a pipeline: the shell then knows the exit code,
 * in every shell, and need not wait for what is left in the background. It is said to run once the pipes have no names any more: whoever kills it
 * then leaves nothing behind.
 */
function writeOutliving(script: string, marker: string): string {
  const into = "; exec >&5 2>&6 5>&- 6>&-";
  return loaderInput(`${AROUND}_fake_pipes=\${TMPDIR:-/tmp}/fake-${randomBytes(8).toString("hex")}
_fake_said=$({ mkdir -m 700 "$_fake_pipes" && mkfifo "$_fake_pipes/1" "$_fake_pipes/2"; } 2>&1) || {
echo "${marker} $$" >&2; printf '%s\\n' "$_fake_said" >&2; exit 126
}
${writeRelay('<"$_fake_pipes/1"')}
${writeRelay('<"$_fake_pipes/2" >&2')}
exec 5>"$_fake_pipes/1" 6>"$_fake_pipes/2"
rm -r "$_fake_pipes"; unset _fake_pipes _fake_said
${writeScript(script, marker, ` >&2${into}`)}exit $?`);
}

function writeChannel(script: string, marker: string): string {
  return loaderInput(
    `${BEGIN_LOOK}${AROUND}${writeScript(script, marker, " >&2")}_fake_status=$?\n${END_LOOK}\nexit $_fake_status`,
  );
}

/** @param echo what is typed is shown from the start */
function writeOnTerminal(script: string, marker: string, echo: boolean): string {
  const settings = `stty "$_fake_tty" ${echo ? ECHO : "-echo"}; unset _fake_tty`;
  return loaderInput(`${settings}\n${AROUND}${writeScript(script, marker)}exit $?`);
}

/**
 * Starts a process, and gives its streams as they are.
 * @throws UsageError for text that no shell takes; what `source` throws; the signal's reason when that aborts first
 */
export async function openChannel(
  { source, options: { grace = GRACE_MS } }: ConnectionParts,
  request: ChannelRequest,
): Promise<Channel> {
  const { script, terminal, outlive = false, signal } = request;
  const [marker, ready] = [createMarker(), createMarker()];
  const isShown = terminal === undefined ? "" : `stty ${ECHO}; `;
  const asking = typeof script === "string" ? undefined : script.write(`${isShown}${sayPid(ready)}`);
  const said = typeof script === "string" ? script : (asking?.text ?? "");
  if (outlive && terminal !== undefined) throw outliveError();
  const text = outlive
    ? writeOutliving(said, marker)
    : terminal === undefined
      ? writeChannel(said, marker)
      : writeOnTerminal(said, marker, asking === undefined);
  signal?.throwIfAborted();
  const process = await source.start({ terminal, signal, lasts: true });
  const { stdin, stderr, ended } = process;
  let { stdout } = process;
  for (const stream of [stdin, stdout, stderr]) stream?.on("error", () => undefined);
  let isEnded = false;
  ended.then(() => {
    isEnded = true;
    signal?.removeEventListener("abort", close);
  });
  const close = (): void => {
    signal?.removeEventListener("abort", close);
    if (process.outlives) process.release();
    else void hangUp(process, grace, () => isEnded);
  };
  signal?.addEventListener("abort", close);
  if (signal?.aborted === true) close();
  // Who ends it hears of that at once: what it was going to say may never come.
  const orAbort = <T>(said: Promise<T>): Promise<T> => (signal === undefined ? said : orAborted(said, signal));
  // Nothing before: a start-up file or a forced command takes what it finds.
  const pid = process.pid ?? (await orAbort(takePid(stdout, process.marker)));
  process.pid = pid;
  if (pid !== undefined) stdin.write(text);
  await orAbort(takePid(stderr ?? stdout, marker));
  if (typeof script !== "string") process.sudoPassword = script.sudoPassword;
  if (asking !== undefined && asking.input !== "") stdin.write(asking.input);
  // Where it lets nobody in, it ends.
  if (asking?.later !== undefined && (await orAbort(takePid(stdout, ready))) !== undefined) stdin.write(asking.later);
  if (asking !== undefined && terminal !== undefined) {
    const passed = passButPid(stdout, ready);
    stdout = passed.stream;
    await orAbort(passed.said);
  }
  signal?.throwIfAborted();
  if (pid === undefined) {
    process.release();
    throw (await process.closed) ?? new Error("The process ended before it had started.");
  }
  // One that nobody was given ends.
  process.outlives = outlive;
  // When all was read: its place is free.
  process.closed.then(() => process.release());
  return {
    stdin,
    stdout,
    stderr,
    pid,
    ended,
    signal: (name) => process.signal(name, pid),
    catchUp: () => process.catchUp(),
    resize: (size) => (terminal === undefined ? Promise.resolve() : process.resize(size)),
    close,
  };
}

function outliveError(): UsageError {
  return new UsageError(
    "OUTLIVE_TERMINAL",
    "A process on a terminal cannot outlive its connection: the terminal goes with that.",
    {
      hint: "Leave out the terminal, or start it in one that stays (tmux, screen).",
    },
  );
}

async function hangUp(process: HostProcess, grace: number, isEnded: () => boolean): Promise<void> {
  await process.signal("SIGHUP", process.pid).catch(() => undefined);
  process.release();
  setTimeout(() => {
    if (!isEnded()) process.signal("SIGKILL", process.pid).catch(() => undefined);
  }, grace).unref();
}
