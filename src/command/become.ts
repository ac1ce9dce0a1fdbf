/**
 * Programs that start a shell as another user, as text for the login user's shell. Only a short fixed text is in their arguments:
 * what the shell runs comes on its input.
 */
import { UsageError } from "../errors.ts";
import type { Command } from "./command.ts";
import { checkUser } from "./context.ts";
import { HELD_TERMINAL } from "./loader.ts";
import { quote, quoteWord } from "./quote.ts";
import type { Secret } from "./secret.ts";

/** The program that runs commands as another user. */
export type BecomeMethod = NonNullable<Command["becomeMethod"]>;

/** Asks for the password with which a program runs commands as another user. Undefined: nobody answers. */
export type AskBecomePassword = (about: {
  readonly method: BecomeMethod;
  readonly user: string;
  readonly host: string;
}) => Promise<Secret | undefined>;

/** What may stand for it in the setting `becomeMethod`. */
export const BECOME_METHODS = ["sudo", "doas", "su"] as const satisfies readonly BecomeMethod[];

/**
 * `nowhere`: where it wants a password it ends at once. `input`: the password is the first line of the input. `remembered`: as the shell's
 * arguments say, behind `REMEMBERS`.
 */
type PasswordFrom = "nowhere" | "input" | "remembered";

interface BecomeProgram {
  /** Starts a shell with this text. */
  start(user: string, text: string, asking: PasswordFrom): string;
  /** Runs nothing as the user: what comes on its input is the password, and there is no other. Undefined: it takes none from there. */
  readonly attempt?: (user: string) => string;
  /** It cannot be told not to ask, and would take the script for answers: an attempt without a password goes first. */
  readonly asksAlways?: true;
  /** Behind an attempt, on a terminal: sets the shell's arguments for `remembered`. */
  readonly remembers?: (user: string) => string;
  /** What starts it has no terminal of its own, but the one that was there on HELD_TERMINAL. */
  readonly losesTerminal?: true;
}

const SUDO_FLAGS: Readonly<Record<PasswordFrom, string>> = { nowhere: "-n", input: "-S -p ''", remembered: '"$@"' };

/** `-H`: the other user's home, or its caches and dotfiles would land in ours, owned by them. */
const sudo: BecomeProgram = {
  start: (user, text, asking) => `sudo ${SUDO_FLAGS[asking]} -u ${user} -H -- sh -c ${quote(text)}`,
  attempt: (user) => sudo.start(user, ":", "input"),
  remembers: (user) =>
    `{ set -- -n; ${sudo.start(user, ":", "remembered")} </dev/null >/dev/null 2>&1 || set -- ${SUDO_FLAGS.input}; }`,
};

/** It asks on the terminal only. */
const doas: BecomeProgram = { start: (user, text) => `doas -n -u ${user} -- sh -c ${quote(text)}` };

/**
 * Its prompt would be among the command's errors, which are therefore held on descriptor 3. With `-c` there is a new session: whoever ends the
 * process group reaches su itself, which ends its shell and nothing that this has started. So another one looks after them.
 */
const su: BecomeProgram = {
  start: (user, text) => `su -s /bin/sh ${user} -c ${quote(`exec 2>&3 3>&-; ${endsTogether(text)}`)} 3>&2 2>/dev/null`,
  attempt: (user) => `LC_ALL=C su -s /bin/sh ${user} -c :`,
  asksAlways: true,
  losesTerminal: true,
};

/** Seconds between two looks, and between SIGTERM and SIGKILL. */
const LOOK_S = 1;
const GRACE_S = 5;

/** Its processes end when the shell with this text was ended. */
function endsTogether(text: string): string {
  const stays = `kill -s 0 $$ && { ! read -r _ _ _ p _ </proc/self/stat || [ "$p" = $$ ]; }`;
  const look = `trap 'kill -s KILL $!; wait $!; exit' USR2; while sleep ${LOOK_S} & wait $! && ${stays}; do :; done`;
  // busybox's makes no session: its shell leads no group then, and by now its number may be another's.
  const leads = `{ ! read -r _ _ _ _ g _ </proc/self/stat || [ "$g" = $$ ]; }`;
  const end = `trap '' USR2; ${leads} || exit; kill -s TERM -- -$$; sleep ${GRACE_S}; kill -s KILL -- -$$`;
  const watch = `( trap '' TERM HUP INT QUIT; ${look}; ${end} ) </dev/null >/dev/null 2>&1 ${HELD_TERMINAL}<&- & w=$!`;
  return `${watch}; ( unset w; ${text} ); set -- $?; { kill -s USR2 $w; wait $w; } 2>/dev/null; exit $1`;
}

const METHODS: Readonly<Record<BecomeMethod, BecomeProgram>> = { sudo, doas, su };

/** @throws UsageError for a user or a method that there cannot be */
export function becomeBy(method: BecomeMethod = "sudo", user: string) {
  const become = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (become === undefined)
    throw new UsageError("COMMAND_BECOME", `${JSON.stringify(method)} is no program that commands run as another user with.`, {
      hint: `One of ${BECOME_METHODS.join(", ")}.`,
    });
  const word = quoteWord(checkUser(user));
  const { start, attempt, remembers } = become;
  return {
    ...become,
    start: (text: string, asking: PasswordFrom): string => start(word, text, asking),
    attempt: attempt?.(word),
    remembers: remembers?.(word),
  };
}

/** As people write it, fit to be pasted into a shell. */
export function displayBecome(method: BecomeMethod = "sudo", user: string, text: string): string {
  const word = quoteWord(user);
  if (method === "su") return `su -s /bin/sh ${word} -c ${quote(text)}`;
  return `${method} -u ${word} ${method === "sudo" ? "-H " : ""}-- sh -c ${quote(text)}`;
}
