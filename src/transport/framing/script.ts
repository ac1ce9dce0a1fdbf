/**
 * How commands are written as POSIX shell text for the input of one `/bin/sh`. What comes back is taken apart by parser.ts.
 *
 *   createMarker()                        a fresh random word for each flight
 *   writeFlight(commands, marker)         for a plain `/bin/sh`: PRELUDE (start-text.ts) once per shell, then one such chunk for each flight
 *   writeFlight(..., { guarded: true })   the same behind GUARDED_PRELUDE: ends with the client that keeps its input open
 *   writeFlight(..., { stays: true })     the same behind SESSION_PRELUDE: the shell says whether it can serve another flight
 *   writeExec(text, marker, { terminal }) for a loader, also on a terminal: one command; all that is written
 *                                         behind this is the command's standard input
 *
 * On stdout and stderr each command stands between two frames, one line each (the pid only on stdout):
 *
 *   <marker> S <index> <pid of the shell>      <marker> E <index> <exit status>      and after the last:  <marker> F
 *
 * The end has ` -` behind it when the command was not run, because what the connection holds is gone: what stands between is why.
 *
 * On a terminal the start comes once more, without a pid, when the command can be given its input.
 * The last frame ends with ` +` when the shell waits for another flight.
 *
 * The shell's pid is its process group where it was started as a group leader: sshd and a detached child do that, and setsid(1) elsewhere.
 * Everything a command needs is in this text, nothing in any process's arguments: secrets may be part of it.
 */
import { randomBytes } from "node:crypto";
import { loaderInput } from "../../command/loader.ts";
import { quote } from "../../command/quote.ts";
import { BEGIN_GUARD, BEGIN_LOOK, END_GUARD, END_LOOK } from "../host-side/guard.ts";
import { LOOK, TRUST } from "../host-side/leftovers.ts";
import type { Lead } from "./holding.ts";
import { PRELUDE, SEEN, UNSEEN, unseen } from "./start-text.ts";

/** A command as the shell gets it: context and quoting are already applied. */
export interface ScriptCommand {
  readonly text: string;
  /** The flight goes on when it fails. */
  readonly acceptError?: boolean | undefined;
  /**
   * When it has succeeded, the shell gives signs of life for this file. Needs HOLD, and a `lead` (holding.ts). Behind one, whatever says
   * nothing here runs only as long as what is held is there.
   */
  readonly hold?: string | false | undefined;
  /** It starts nothing that outlives it: it may have the flock of what is held, and need not be looked for behind its end. */
  readonly contained?: boolean | undefined;
  /** The host may keep its text (kept.ts). */
  readonly keepText?: boolean | undefined;
}

/** Part of what is written to a shell: text of ours, or a command's as one word, and whether the host may keep it. */
export type ScriptPart = string | { readonly word: string; readonly keep?: boolean | undefined };

export function joinParts(parts: readonly ScriptPart[]): string {
  let text = "";
  for (const part of parts) text += typeof part === "string" ? part : quote(part.word);
  return text;
}

/** A word of 128 random bits: no output can contain it by accident or by design. */
export function createMarker(random: (size: number) => Uint8Array = randomBytes): string {
  return `@fake:${Buffer.from(random(16)).toString("hex")}`;
}

/** What says, on a terminal, that the command can be given its input. */
export function sayBegun(marker: string): string {
  return `echo "${marker} S 0"`;
}

export interface FlightScriptOptions {
  /** What runs is ended when the shell's input ends. Needs GUARDED_PRELUDE or SINGLE_PRELUDE. @default false */
  readonly guarded?: boolean | undefined;
  /**
   * Guarded, and the shell says whether this one leaves nothing behind, so that it can serve another. It ends with its input. Needs
   * SESSION_PRELUDE. @default false
   */
  readonly stays?: boolean | undefined;
  /** What the shell does first. */
  readonly lead?: Lead | undefined;
}

/**
 * One flight as a self-contained chunk: any number of chunks may follow each other on one shell.
 * @throws UsageError when a command contains NUL.
 */
export function writeFlight(commands: readonly ScriptCommand[], marker: string, options: FlightScriptOptions = {}): string {
  return joinParts(flightParts(commands, marker, options));
}

/** The same in parts: the texts of commands are parts of their own. */
export function flightParts(
  commands: readonly ScriptCommand[],
  marker: string,
  options: FlightScriptOptions = {},
): readonly ScriptPart[] {
  const { stays = false, guarded = stays, lead = NO_LEAD } = options;
  const surroundings = { input: "none", holds: lead.holds } as const;
  const blocks: ScriptPart[] = [];
  let { begin, end }: { readonly [at in keyof typeof LOOK]: string } = TRUST;
  for (const [index, command] of commands.entries()) {
    blocks.push(...writeCommand(command, index, marker, surroundings));
    if (command.contained !== true) ({ begin, end } = LOOK);
  }
  const last = say(`${PENDING}${marker} F${stays ? "${_fake_stays:+ +}" : ""}`);
  if (!guarded) return [`${UNSEEN}${lead.text}${FRESH}\n`, ...blocks, last, SEEN];
  const [first, final] = stays ? [begin, `${end}\n`] : [FRESH, ""];
  // The shell has to have read it to its end before the guard reads what is written behind it. A guard that may be ending the process group is
  // left alone: it has to see to those that do not listen to SIGTERM.
  // A shell that serves no more does not wait for its client to say so: nobody watches any longer.
  const over = `${final}[ -n "$_fake_term" ] || ${END_GUARD}\n${last}${stays ? "" : "\nexit"}${SEEN}`;
  return [`${UNSEEN}${lead.text}${BEGIN_GUARD}\n${first}\n`, ...blocks, over];
}

const FRESH = "_fake_stop= _fake_term=";

export interface ExecScriptOptions extends Pick<FlightScriptOptions, "lead">, Pick<ScriptCommand, "hold"> {
  readonly terminal?: boolean | undefined;
  /** The text itself says that it can be given its input. @default false */
  readonly saysBegun?: boolean | undefined;
}

/**
 * One command for a loader, to be followed by the command's input.
 * `terminal`: where stdout and stderr are one stream.
 * @throws UsageError when the command contains NUL.
 */
export function writeExec(text: string, marker: string, options: ExecScriptOptions = {}): string {
  const { terminal = false, saysBegun = false, hold, lead = NO_LEAD } = options;
  const restore = 'stty "$_fake_tty"; unset _fake_tty\n';
  const surroundings = { input: terminal ? "terminal" : "given", saysBegun, holds: lead.holds } as const;
  const block = joinParts(writeCommand({ text, hold }, 0, marker, surroundings));
  // What has a terminal hears from the system that it is gone.
  if (terminal) return loaderInput(restore + PRELUDE + unseen(`${lead.text}${FRESH}\n${block}echo "${PENDING}${marker} F"`));
  const guarded = `${BEGIN_LOOK}${block}[ -n "$_fake_term" ] || ${END_LOOK}`;
  return loaderInput(PRELUDE + unseen(`${lead.text}${FRESH}\n${guarded}\n${say(`${PENDING}${marker} F`)}`));
}

/**
 * Ends the subshell with the status of the text. Without an `exit` at its end dash runs the last command in the place of
 * the subshell, EXIT traps included. Tracing is turned off unseen, so that `set -x` shows what the user wrote and no more.
 */
const LEAVE = "{ _fake_ended; } 2>/dev/null; exit $_fake_status";

/** Of a command that was not run, because what the connection holds is gone: EX_TEMPFAIL. */
const REFUSED = 75;

const TERMINATED = '[ -z "$_fake_term" ] || { _fake_status=143; _fake_outlast; }';

const NO_LEAD: Lead = { text: "", holds: false };

interface Surroundings {
  /** Where a command's input comes from; on a terminal its outputs are one. */
  readonly input: "none" | "given" | "terminal";
  readonly saysBegun?: boolean;
  /** The shell has a flock on descriptor 9. */
  readonly holds: boolean;
}

/**
 * The text is quoted, so that a syntax error in it stays its own; the blank in front keeps a leading `-` from being an
 * option of `eval`. The subshell stands alone, not in a condition: there `set -e` would have no effect.
 * The `:` clears bash's `$_`, in which the command would find the marker.
 */
function writeCommand(
  command: ScriptCommand,
  index: number,
  marker: string,
  { input, saysBegun, holds }: Surroundings,
): readonly [string, ScriptPart, string] {
  const start = `${marker} S ${index}`;
  const again =
    input !== "terminal" ? `echo "${PENDING}${start}" >&3; ` : saysBegun === true ? "" : `echo "${PENDING}${start}"; `;
  const { hold } = command;
  const isBound = holds && hold === undefined;
  const [open, close] = holds && command.contained !== true ? KEEP_FLOCK : ["", ""];
  const before = [
    ...(index === 0 ? ["_fake_said="] : []),
    'if [ -z "$_fake_stop$_fake_term" ]; then',
    `echo "${PENDING}${start} $$"; ${again}:`,
    ...(isBound ? [`_fake_status=${REFUSED}\nif _fake_kept; then`] : []),
    `${open}( _fake_apart; [ -z "$_fake_term" ] || exit 143; eval `,
  ].join("\n");
  const behind = [
    `; ${LEAVE} )${close} ${input === "none" ? "</dev/null " : ""}2>&3 3>&- 4<&-\n_fake_ended`,
    ...(isBound ? ["fi"] : []),
    TERMINATED,
    ...(typeof hold !== "string" ? [] : [`[ $_fake_status != 0 ] || _fake_hold ${quote(hold)} $_fake_of`]),
    ...(hold !== false ? [] : ["[ $_fake_status != 0 ] || _fake_held="]),
    `_fake_said="${marker} E ${index} $_fake_status${isBound ? "$_fake_lost" : ""}\n"`,
    `${command.acceptError === true ? "" : "[ $_fake_status = 0 ] || _fake_stop=1\n"}fi\n`,
  ].join("\n");
  return [before, { word: command.text, keep: command.keepText }, behind];
}

/**
 * What may start a daemon does not have the flock, so that none can keep it; who waits for it has, so that it is not lost with
 * the shell while the command runs. The one that waits outlives SIGTERM, as the shell does.
 */
const KEEP_FLOCK = ["( trap '_fake_term=1' TERM; ", " 9>&-; _fake_ended; exit $_fake_status )"] as const;

/**
 * The end of a command is said together with what comes next, which is at once: each time that something is said is work for the server and for
 * who listens.
 */
const PENDING = `\${_fake_said}`;

/** `echo`, as a builtin everywhere, writes a frame in one piece. */
function say(content: string): string {
  return `echo "${content}"; echo "${content}" >&3`;
}
