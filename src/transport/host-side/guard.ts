/**
 * Why nothing runs on when its client is gone. sshd leaves commands alone when a connection ends, and does not even notice
 * when a laptop sleeps or a link dies without a word. So the host looks after itself:
 *
 * - A client says `_` and a line break to each of its sessions every 15 seconds.
 * - While a flight runs, a subshell reads what the client says. At the end of input, which is what a closed connection looks
 *   like, it ends the process group, or what the shell has started where that is not its own (signal-script.ts): SIGTERM, and SIGKILL
 *   after 5 seconds.
 * - As long as a shell lives, another one sleeps for three such lines and is woken by each. When it sleeps on, the client is
 *   gone without a word: it ends the process group, and the connection, which holds what no one will come back for.
 * - A command with input of its own is read nothing from: there the parent is looked at. It is another one as soon as the
 *   process that serves the connection is gone.
 *
 * What detaches itself into a process group of its own (a daemon) is left alone. Shells that wait for a flight read the
 * client's lines themselves: `_` is a function. It is one character long, so that no part of a line can be left behind.
 */
import { GUARD_GRACE_S, PARENT_LOOK_S } from "../limits.ts";
import { SIGNAL_SELF } from "./signal-script.ts";

/** So many missing signs of life say that the client is gone. */
const MISSED = 3;

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
const END_GROUP = `${SIGNAL_SELF}_fake_end() { _fake_signal TERM; sleep ${GUARD_GRACE_S}; _fake_signal KILL; }
`;

const GUARD_FLIGHT = `_fake_watch=
_() { [ -z "$_fake_watch" ] || kill -s USR1 $_fake_watch; } 2>/dev/null
_fake_guard() { ${detached("trap '' TERM; while read -r _fake_line; do _; done; _fake_end", "<&4")} _fake_guard=$!; }
_fake_unguard() { kill -s KILL $_fake_guard; wait $_fake_guard; } 2>/dev/null
`;

/** Ends what serves the connection: the parent, as long as it is one and the same. */
const HANG_UP = `read -r _ _ _ _fake_parent _ </proc/$$/stat && [ "$_fake_parent" = $PPID ] && read -r _fake_name </proc/$PPID/comm && case $_fake_name in sshd*) kill $PPID;; esac`;

/**
 * It is waited for when told to go: left to itself the watch would be an orphan for a moment, and another session would take it
 * for something that its flight has left (leftovers.ts). The shell is not to die of a frame that nobody reads any more before it has
 * said so. A sleep that did not come to its end says nothing: where there is none, nobody watches. A sign of life that comes
 * before the watch listens must not end it: until then the signal is ignored, as by the shell that starts it. No `[`: yash has it only while
 * PATH has it, and would ask for ever without.
 */
const writeWatch = (
  silence: number,
): string => `trap '' USR1; ${detached(`trap '' TERM; trap '_fake_heard=1' USR1; trap 'kill -s KILL $!; wait $!; exit' USR2
while :; do
_fake_heard=; sleep ${silence} & wait $!; _fake_slept=$?
case $_fake_heard-$_fake_slept in
1-*) kill -s KILL $!; wait $!;;
-0) trap '' USR2; ${HANG_UP}; _fake_end; exit;;
-12[0-8]|-1[01]?|-??|-?) exit;;
esac
done`)} _fake_watch=$!
trap - USR1; trap : PIPE; trap '{ kill -s USR2 $_fake_watch; wait $_fake_watch; } 2>/dev/null' EXIT
`;

/** For a shell that serves one flight and is fed by a process of the same machine: its end is the end of input. */
export const GUARD: string = LISTEN + END_GROUP + GUARD_FLIGHT;

/**
 * Guard and watch in one: it reads until the input ends, or nothing has come for so long. Most shells can read with a limit. dash cannot, and
 * is known by its file; there, a read ends when a child does, once that is trapped, and the child is a sleep. It can hardly end before the read
 * begins, as that comes next. Other shells have guard and watch.
 */
const writeLoneGuard = (silence: number): string => `_fake_way=
if read -t 1 -r _fake_way </proc/self/stat && [ -n "$_fake_way" ]; then
_fake_guard() { ${detached(`trap '' TERM; while read -t ${silence} -r _fake_line; do :; done; _fake_end`, "<&4")} _fake_guard=$!; }
elif [ /proc/$$/exe -ef /bin/dash ]; then
_fake_guard() { ${detached(
  `trap '' TERM; trap : CHLD; trap 'kill -s KILL $!; wait $!; exit' USR2
while sleep ${silence} </dev/null & read -r _fake_line; do kill -s KILL $!; wait $!; done; kill -s KILL $!; _fake_end`,
  "<&4",
)} _fake_guard=$!; }
_fake_unguard() { kill -s USR2 $_fake_guard; wait $_fake_guard; } 2>/dev/null
else
${writeWatch(silence)}fi
`;

/** For a shell at the other end of a link. `beat`: milliseconds between signs of life. */
export function writeWatchedGuard(beat: number): string {
  return GUARD + writeWatch((beat * MISSED) / 1000);
}

/** The same for a shell that serves one flight. */
export function writeWatchedGuardOfOne(beat: number): string {
  return GUARD + writeLoneGuard((beat * MISSED) / 1000);
}

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
  return `{ kill -s USR2 $_fake_watch; wait $_fake_watch; } 2>/dev/null; exec /bin/sh -c '${text}' 2>&3 3>&- 4<&-\n`;
}
