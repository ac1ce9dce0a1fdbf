/**
 * How what runs commands is started, and what it knows before the first of them. What it is given to do is written by script.ts.
 *
 *   startText("shell", marker)            a plain `/bin/sh` for flights
 *   watchedText(marker, watch)            the same, which ends when its client falls silent
 *   startText("loader", marker)           one command, to be followed by its input; "terminal": on a terminal
 *
 * It says `<marker> <pid>`. A shell gets its prelude then, once.
 */
import { loaderText } from "../../command/loader.ts";
import { GUARD, GUARD_OF_ONE, LOCAL_GUARD } from "../host-side/guard.ts";
import { HOLD } from "../host-side/hold.ts";
import { LOOKOUT, OUTLAST, WATCHED } from "../host-side/leftovers.ts";
import { GREETING, type Watch, writeStart } from "../host-side/watch.ts";

/** What to run for flights. `exec`: the shell takes the login shell's place, so it leads the process group. */
const SHELL = "exec /bin/sh";

/** For `sh -c`: runs one command with its own standard input. Loads the script, then the command has the rest. */
export const LOADER_SCRIPT = loaderText("rest");

/**
 * On a terminal, before anything is said. Without echo the script cannot be seen, and in raw mode its lines have no length limit; the
 * terminal's own settings are back before the command starts. Where the echo cannot be turned off, nothing is sent.
 */
const RAW = "_fake_tty=$(stty -g) && stty raw -echo || exit 126";

/**
 * For `sh -c`: says `<marker> <pid>`, and becomes a shell for flights, or a loader of one script. The line on a terminal also says
 * that the script may be sent. Without single quotes, to stand in them in any login shell.
 */
export function startText(program: "shell" | "loader" | "terminal", marker: string, shell: string = SHELL): string {
  const start = `${sayPid(marker)}; ${program === "shell" ? shell : LOADER_SCRIPT}`;
  return program === "terminal" ? `${RAW}; ${start}` : start;
}

/** For a shell at the other end of a link, which is to end when its client falls silent: it waits for its prelude, and is watched. */
export function watchedText(marker: string, watch: Watch, shell: string = SHELL): string {
  return writeStart(sayPid(marker), shell, watch);
}

/** The first that a process of ours says. */
export function sayPid(marker: string): string {
  return `echo ${marker} $$`;
}

/**
 * Once per shell, before its first flight. Descriptor 3 is where commands and frames write.
 * With a TERM handler the shell outlives a kill of its process group, reports how the command ended and stops the flight;
 * commands do not inherit it: a subshell resets handlers (an ignored signal would stay ignored). So it looks itself whether the signal had come
 * before it was there.
 *
 * `_fake_apart` makes a process of a subshell also in ksh93, which else only plays one: a `wait` in it would wait for what looks after
 * the shell. `_fake_ended` takes what killed a program for what it is in all shells, 128 and the signal: ksh93 says 256, yash 384.
 */
export const PRELUDE = `exec 3>&2
trap '_fake_term=1' TERM
_fake_apart() { trap : URG; trap - URG; }
_fake_ended() { _fake_status=$?; set +x; [ $_fake_status -lt 256 ] || _fake_status=$((_fake_status % 128 + 128)); }
${OUTLAST}`;

/**
 * The shell's own remarks ("Killed", with the whole text in bash) go nowhere, but for the one that a part does not parse: shells have read
 * all of it before any of it runs.
 */
export function unseen(part: string): string {
  return UNSEEN + part + SEEN;
}

export const UNSEEN = "{ exec 2>/dev/null\n";
export const SEEN = "\nexec 2>&3; }\n";

/** What a shell has to know before its first flight. */
export interface Prelude {
  /** Comes first, and varies with nothing. */
  readonly greeting: string;
  /** The host may keep it, together with a flight (kept.ts). */
  readonly text: string;
}

/** Where the input stays open until the flight is over. */
export const GUARDED_PRELUDE: Prelude = { greeting: "", text: PRELUDE + unseen(LOCAL_GUARD) };

/** For a shell by watchedText() that may serve flight after flight, as long as its client says BEAT_LINE to it. */
export const SESSION_PRELUDE: Prelude = { greeting: GREETING, text: PRELUDE + unseen(LOOKOUT + GUARD + WATCHED + HOLD) };

/** For a shell by watchedText() that serves one flight, as long as its client says BEAT_LINE to it. */
export const SINGLE_PRELUDE: Prelude = { greeting: GREETING, text: PRELUDE + unseen(GUARD_OF_ONE) };
