/**
 * Why nothing runs on when its client is gone. sshd leaves commands alone when a connection ends, and does not even notice
 * when a laptop sleeps or a link dies without a word. So the host looks after itself:
 *
 * - A client says `_` and a line break to each of its sessions every 15 seconds.
 * - As long as a shell lives, a subshell watches for these lines (watch.ts): when they stay away, the client is gone without a word.
 * - While a flight runs, a subshell reads what the client says. At the end of input, which is what a closed connection looks
 *   like, it ends the process group, or what the shell has started where that is not its own (signal-script.ts): SIGTERM, and SIGKILL
 *   after 5 seconds.
 * - A command with input of its own is read nothing from: there the parent is looked at. It is another one as soon as the
 *   process that serves the connection is gone.
 *
 * What detaches itself into a process group of its own (a daemon) is left alone. Shells that wait for a flight read the
 * client's lines themselves: `_` is a function. It is one character long, so that no part of a line can be left behind.
 */
import { GUARD_GRACE_S, PARENT_LOOK_S } from "../limits.ts";
import { SIGNAL_SELF } from "./signal-script.ts";

/** What the client says: to a shell that waits, or to the subshell that guards a flight. */
export const BEAT_LINE = "_\n";

/**
 * Where a client that keeps the input open is to be read from: the input, on a descriptor of its own, because what a shell
 * starts in the background has none.
 */
const LISTEN = "exec 4<&0\n";

/**
 * In the background, so that nothing of ours stands in the way of anyone who waits for the end of the shell's streams, or for a lock
 * (hold.ts). In `{ }`: behind `( )` yash starts a process that only waits for the one that does it, and tells the number of the first. And by
 * `exec`: of streams that are put in front of `{ }` some shells keep what was there before.
 */
const detached = (text: string, input = "</dev/null"): string => `{ exec ${input} >/dev/null 2>&1 3>&- 4<&- 9>&-; ${text}; } &`;

/** Those who do it are of the group that they end: only SIGKILL, which comes last, ends them too. */
export const END_GROUP = `${SIGNAL_SELF}_fake_end() { _fake_signal TERM; sleep ${GUARD_GRACE_S}; _fake_signal KILL; }
`;

const HEAR = `_() { [ -z "$_fake_watch" ] || kill -s USR1 $_fake_watch; } 2>/dev/null
`;

/** @param atEnd of the input */
const writeGuard = (
  atEnd: string,
): string => `_fake_guard() { ${detached(`trap '' TERM; while read -r _fake_line; do _; done; ${atEnd}`, "<&4")} _fake_guard=$!; }
_fake_unguard() { kill -s KILL $_fake_guard; wait $_fake_guard; } 2>/dev/null
`;

/** For a shell that serves flight after flight. It is watched as well. */
export const GUARD: string = LISTEN + END_GROUP + HEAR + writeGuard("_fake_end");

/** For a shell that serves one flight and is fed by a process of the same machine: its end is the end of input. */
export const LOCAL_GUARD: string = `_fake_watch=\n${GUARD}`;

/** For a watched shell that serves one flight: the watch reads, where it can (`_fake_told`). Else it is left to it to end what runs. */
export const GUARD_OF_ONE: string = `${LISTEN}${HEAR}if [ -n "$_fake_told" ]; then
_fake_guard() { kill -s URG $_fake_watch; _fake_guard=$_fake_watch; }
_fake_unguard() { _fake_leave; } 2>/dev/null
else
${writeGuard("kill -s URG $_fake_watch")}fi
`;

/** Around what a flight runs. It has to be read as a whole before: a guard would swallow what is not. */
export const BEGIN_GUARD = "_fake_guard";
export const END_GUARD = "_fake_unguard";

/** Around a command with input of its own, where the host can tell who the parent is. */
export const BEGIN_LOOK: string = `${END_GROUP}_fake_parent=; read -r _ _ _ _fake_parent _ </proc/$$/stat; _fake_guard=
if [ "$_fake_parent" = $PPID ]; then ${detached(`trap '' TERM HUP INT QUIT USR1 ALRM; trap 'kill -s KILL $!; wait $!; exit' USR2
while sleep ${PARENT_LOOK_S} & wait $! && read -r _ _ _ _fake_parent _ </proc/$$/stat; do [ "$_fake_parent" = $PPID ] || { trap '' USR2; _fake_end; exit; }; done`)} _fake_guard=$!; fi
`;
export const END_LOOK = '[ -z "$_fake_guard" ] || { kill -s USR2 $_fake_guard; wait $_fake_guard; } 2>/dev/null';

/**
 * What a shell that waits for a flight is told so that it runs this text in its place, without single quotes. Nobody watches it
 * from then on: the text brings what looks after it (BEGIN_LOOK).
 */
export function replaceShell(text: string): string {
  return `{ _fake_leave; } 2>/dev/null; exec /bin/sh -c '${text}' 2>&3 3>&- 4<&-\n`;
}
