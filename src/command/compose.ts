/** A command as text: what a shell evaluates, and what people see. */
import { UsageError } from "../errors.ts";
import { becomeBy, displayBecome } from "./become.ts";
import type { Command, CommandContext } from "./command.ts";
import { checkUmask, checkVariable } from "./context.ts";
import { parseDuration } from "./duration.ts";
import { HELD_TERMINAL, loaderInput, loaderText, markFor } from "./loader.ts";
import { neutralise } from "./neutralise.ts";
import { quote, quoteWord, refuseNul } from "./quote.ts";
import { Secret } from "./secret.ts";
import { REDACTED } from "./secret-matcher.ts";

/** What a channel of its own evaluates, and what it is fed before the command's own input. */
export interface ChannelScript {
  readonly text: string;
  /** Sent right after the script that holds `text`; empty when nothing is needed. Holds secrets. */
  readonly input: string;
  /** Sent once the command has said `ready`, with the command's own input behind it: before, sudo or su would take it. Holds secrets. */
  readonly later?: string;
}

/** Shell text with which a command of another user says how far it is. */
export interface Signs {
  /** It has the terminal. */
  readonly begun: string;
  /** Its shell is there, behind sudo or su. In the arguments of that, where every user of the host can read it. */
  readonly ready: string;
}

const NO_SIGNS: Signs = { begun: ":", ready: ":" };

/**
 * The command as POSIX shell text with its context applied, outermost first: another user, directory, umask, variables, prefixes.
 * To be evaluated by itself: without any context it is the command's own text, which may end in a comment, in the middle
 * of a here-document or not at all. Secrets are in the text in the clear: it may only travel over a channel's input.
 * A command of another user gets end of file as its input.
 * @throws UsageError for variables, users and umasks that no shell takes, and for a time limit that is none.
 */
export function compose(command: Command): string {
  if (command.timeout !== undefined && command.timeout !== 0) parseDuration(command.timeout);
  if (command.user === undefined) return composeHere(command);
  const become = becomeBy(command.becomeMethod, command.user);
  return `${begin(become)}${write(...loaderWords(command))} | ${become.start(loaderText("empty"), "nowhere")}`;
}

/** True when it needs a channel for itself: for its input, a terminal, or a password. @param passwordFor undefined where there is none */
export function needsChannel(command: Command, passwordFor?: (command: Command) => unknown): boolean {
  return (
    command.stdin !== undefined || command.pty === true || (command.user !== undefined && passwordFor?.(command) !== undefined)
  );
}

/**
 * Like `compose`, for a command that has a channel for itself: with stdin, or a terminal.
 * On a terminal, what is typed before another user's command has it gets lost in sudo, which has settings, and often a terminal, of its
 * own: it throws away what came behind a password, and takes the end of input for a NUL. So the script goes to sudo through a pipe there.
 */
export function composeForChannel(command: Command, { begun } = NO_SIGNS): ChannelScript {
  if (command.user === undefined) return { text: composeHere(command), input: "" };
  const become = becomeBy(command.becomeMethod, command.user);
  if (command.pty === true) return { text: `${begin(become)}${pipeToTerminal(command, become, "nowhere", begun)}`, input: "" };
  const run = become.start(channelLoader(command), "nowhere");
  return { text: `${begin(become)}${run}`, input: loaderInput(composeHere(command, true)) };
}

/**
 * Like `composeForChannel`, with a password. It is tried once by itself first: a wrong one ends there with sudo's
 * message, instead of sudo taking the script's lines for more attempts. Works as well where sudo asks for none.
 * sudo-rs takes all input that waits, not only the password's line: so the script comes later, and on a terminal, where it has to be in the
 * pipe from the start, sudo is not given the password again while it remembers it.
 * @throws UsageError also where the program takes no password from its input
 */
export function composeWithPassword(command: Command, password: Secret, { begun, ready } = NO_SIGNS): ChannelScript {
  const { user, becomeMethod = "sudo" } = command;
  if (user === undefined) throw new UsageError("COMMAND_USER", "A password needs a command that runs as another user.");
  const become = becomeBy(becomeMethod, user);
  const { attempt, remembers } = become;
  const word = password.reveal();
  if (attempt === undefined) throw new UsageError("BECOME_PASSWORD", `${becomeMethod} takes no password from its input.`);
  if (/[\0\r\n]/.test(word)) throw new UsageError("BECOME_PASSWORD", "A password cannot contain a line break.");
  const check = `IFS= read -r fake_word && ${unlessRefused(`${write(WORD)} | ${attempt}`)}`;
  if (command.pty === true) {
    const steps = remembers === undefined ? [check] : [check, remembers];
    const asking = remembers === undefined ? "input" : "remembered";
    return { text: [...steps, pipeToTerminal(command, become, asking, begun, [WORD])].join(" && "), input: `${word}\n` };
  }
  const run = become.start(`${ready}; ${channelLoader(command)}`, "input");
  return { text: `${check} && ${run}`, input: `${word}\n${word}\n`, later: loaderInput(composeHere(command, true)) };
}

type Become = ReturnType<typeof becomeBy>;

function begin({ asksAlways, attempt }: Become): string {
  return asksAlways === true ? `${unlessRefused(`${attempt} </dev/null`)} && ` : "";
}

/** What it says is of no interest where it does as it is told (sudo-rs ends a line for each password), nor is su's prompt. */
function unlessRefused(attempt: string): string {
  const tell = `set -- $?; [ -z "$fake_said" ] || printf '%s\\n' "\${fake_said#Password: }" >&2; exit $1`;
  return `{ fake_said=$(${attempt} 2>&1 >/dev/null) || ( ${tell} ); }`;
}

/** The password, where the shell has read it. */
const WORD = '"$fake_word"';

/**
 * Where printf is built into the shell, what it prints is in no process's argument list. mksh, lksh and posh start a program for it, which
 * they do not find without a PATH: there a here-document says it.
 */
function write(...lines: readonly string[]): string {
  const each = lines.map((_, index) => `$${index + 1}\n`).join("");
  const either = `if printf ''; then printf '%s\\n' "$@"; else PATH=$p; cat <<fake\n${each}fake\nfi`;
  return `{ set -- ${lines.join(" ")}; p=$PATH PATH=/dev/null; ${either}; } 2>/dev/null`;
}

/** A sudo with a terminal of its own that is part of a pipe connects the two only when the command wants to change or read its own. */
const CONNECT = 'stty "$(stty -g)" 2>/dev/null';

function pipeToTerminal(
  command: Command,
  { start, losesTerminal }: Become,
  asking: "nowhere" | "input" | "remembered",
  begun: string,
  lines: readonly string[] = [],
): string {
  const words = loaderWords(command, `${CONNECT}; ${begun}; :; `);
  const run = losesTerminal
    ? `${start(loaderText("held"), asking)} ${HELD_TERMINAL}</dev/tty`
    : start(loaderText("terminal"), asking);
  return `${write(...lines, ...words)} | ${run}`;
}

/** What a loader reads, quoted for the shell. */
function loaderWords(command: Command, first = ""): readonly string[] {
  const inner = first + composeHere(command, true);
  const mark = markFor(inner);
  return [mark, quote(inner), mark];
}

function channelLoader(command: Command): string {
  return loaderText(command.stdin === undefined ? "empty" : "rest");
}

/**
 * The command behind its context. Quoted only where it has to be: each time makes four characters of a quote, and shells read byte
 * by byte. `whole`: one complete list without loose ends, whatever the command's text is. Else, what is in front may leave the shell.
 */
function composeHere(command: Command, whole = false): string {
  if (command.umask !== undefined) checkUmask(command.umask);
  const parts = [...contextParts(command, assignment), ...(command.prefixes ?? []).map(evaluate)];
  if (whole) return [...parts, evaluate(command.text)].join(" && ");
  refuseNul(command.text);
  return parts.length === 0 ? command.text : `${parts.join(" && ")} || exit\n${command.text}`;
}

/** What is done before a command and its prefixes, in order. */
function contextParts(
  { cwd, umask, vars = {} }: CommandContext,
  assign: (name: string, value: string | Secret) => string,
): readonly string[] {
  const assigned = Object.entries(vars).map(([name, value]) => assign(name, value));
  return [
    ...(cwd === undefined ? [] : [changeDirectory(cwd)]),
    ...(umask === undefined ? [] : [`umask ${umask}`]),
    ...(assigned.length === 0 ? [] : [`export ${assigned.join(" ")}`]),
  ];
}

function assignment(name: string, value: string | Secret): string {
  checkVariable(name, value);
  return `${name}=${quote(value instanceof Secret ? value.reveal() : value)}`;
}

/** `cd` that takes any name for what it is: not an option, not `-`, not searched for in CDPATH. */
function changeDirectory(directory: string): string {
  refuseNul(directory);
  if (directory === "~") return 'cd -- "$HOME"';
  if (directory.startsWith("~/")) return `cd -- "$HOME"${quote(directory.slice(1))}`;
  return `cd -- ${quoteWord(directory.startsWith("/") ? directory : `./${directory}`)}`;
}

/** The text as a simple command. A leading dash would be read as an option of `eval`. */
function evaluate(text: string): string {
  refuseNul(text);
  return `eval ${quote(text.startsWith("-") ? ` ${text}` : text)}`;
}

/**
 * A command as people see it: its title, or its text with the context written out, fit to be pasted into a shell.
 * Secrets are `[redacted]`, control characters visible.
 */
export function displayCommand(command: Command): string {
  if (command.title !== undefined) return neutralise(command.title);
  const context = contextParts(command, shown).map((part) => part.replace(/^cd -- /, "cd "));
  const parts = [...context, ...(command.prefixes ?? []), command.text];
  const text = parts.length === 1 ? command.text : parts.map(asOne).join(" && ");
  return neutralise(command.user === undefined ? text : displayBecome(command.becomeMethod, command.user, text));
}

/** Text that `&&` takes for one command: what comes after the first of several must not run where the directory is missing. */
function asOne(text: string): string {
  if (/\n|(?:^|\s)#/.test(text)) return `(\n${text}\n)`;
  return /;|\|\||(?<![&><])&(?![&>])/.test(text) ? `(${text})` : text;
}

function shown(name: string, value: string | Secret): string {
  return `${name}=${value instanceof Secret ? REDACTED : quoteWord(value)}`;
}
