/**
 * Who ends a shell, and what it runs, when its client falls silent: a subshell that sleeps for three signs of life (guard.ts) and is woken by
 * each. When it sleeps on, the client is gone without a word: it ends the process group, and the connection, which holds what no one will come
 * back for.
 *
 * It is there before the shell can be sent anything, as part of what starts that: also a link that falls silent at once, or in the middle of the
 * first flight, leaves nothing behind. In turn the shell is no shell yet, and reads nothing but one line, until it is told how to send the watch
 * away (GREETING): an end of input that comes earlier sends it away, too.
 *
 * The shell tells it by signals, and the client can have it told nothing before it listens, as it is the watch that says the shell's pid:
 *
 *   USR1   the client was heard of
 *   USR2   there is nothing to watch any more
 *   URG    read the input yourself: of a shell that serves one flight, while that runs, or has come to its end
 */
import { END_GROUP } from "./guard.ts";
import { oneLine } from "./signal-script.ts";

/** So many missing signs of life say that the client is gone. */
const MISSED = 3;

export interface Watch {
  /** Milliseconds between signs of life. */
  readonly beat: number;
  /** The shell serves one flight. */
  readonly servesOne: boolean;
}

/** Ends what serves the connection: the parent, as long as it is one and the same. */
const HANG_UP =
  'read -r _ _ _ _fake_parent _ </proc/$$/stat && [ "$_fake_parent" = $PPID ] && read -r _fake_name </proc/$PPID/comm && case $_fake_name in sshd*) kill $PPID;; esac';

/**
 * Guard and watch in one: it reads until the input ends, or nothing has come for so long. Most shells can read with a limit. dash cannot, and
 * is known by its file; there, a read ends when a child does, once that is trapped, and the child is the sleep. It can hardly end before the read
 * begins, as that comes next. Other shells have a guard, too, which leaves the end of the input to the watch.
 */
const writeRead = (silence: number): string => `
if { read -t 1 -r _fake_way </proc/self/stat && [ -n "$_fake_way" ]; } 2>/dev/null; then _fake_way=-t${silence};
elif [ /proc/$$/exe -ef /bin/dash ] 2>/dev/null; then _fake_way=-r; else _fake_way=; fi;
_fake_read() { trap "" USR1 URG;
case $_fake_way in
-r) trap : CHLD; while read -r _fake_line; do _fake_wake; _fake_nap; done; _fake_wake;;
*) wait $! ; trap - USR2; while read $_fake_way -r _fake_line; do :; done;;
esac;
trap "" USR2; _fake_end; exit; };
exec 4<&0;`;

/** In dash it is the handler that reads: else the sleep would have to be another one, or the signal might come just before the wait for it. */
const LISTEN =
  '_fake_reads=; case $_fake_way in -r) trap _fake_read URG;; *) trap "_fake_reads=1; kill -s KILL \\$! " URG;; esac;';
const WAIT = 'case $_fake_reads in "") wait $! ;; esac; _fake_slept=$?; case $_fake_reads in 1) _fake_read;; esac;';

/** Whether the newest process was told truly there, for leftovers.ts: behind the start of the watch, which sleeps in a process of its own. */
const NEWEST = "{ read -r _ _ _ _ _fake_told _ </proc/loadavg; } 2>/dev/null;";

/**
 * What starts a shell that is watched, without single quotes, to stand in them in any login shell. No exclamation mark but before a blank: csh would
 * take it for history.
 *
 * A sleep that did not come to its end says nothing: where there is none, nobody watches. No `[`: yash has it only while
 * PATH has it, and would ask for ever without.
 * @param say what says the shell's pid @param shell becomes it
 */
export function writeStart(say: string, shell: string, { beat, servesOne }: Watch): string {
  const silence = (beat * MISSED) / 1000;
  return oneLine(`
${END_GROUP.trim().replaceAll("\n", "; ")};
_fake_nap() { { exec sleep ${silence} </dev/null >/dev/null 2>&1; } & };
_fake_wake() { kill -s KILL $! ; wait $! ; };
${servesOne ? writeRead(silence) : ""}
{ exec ${servesOne ? "<&4 4<&-" : "</dev/null"} 2>/dev/null;
trap "" TERM; trap _fake_heard=1 USR1; trap "_fake_wake; exit" USR2 PIPE; ${servesOne ? LISTEN : ""}
_fake_said=;
while :; do
_fake_heard=; _fake_nap;
case $_fake_said in "") ${say}; exec >/dev/null; _fake_said=1;; esac;
${servesOne ? WAIT : "wait $! ; _fake_slept=$?;"}
case $_fake_heard-$_fake_slept in
1-*) _fake_wake;;
-0) trap "" USR2 URG; ${HANG_UP}; _fake_end; exit;;
-12[0-8]|-1[01]?|-??|-?) exit;;
esac;
done; } &
${servesOne ? "_fake_told=${_fake_way:+1};" : NEWEST}
_fake_watch=$! ; export _fake_watch _fake_told;
read -r _fake_line && ${shell}${servesOne ? " 4<&-" : ""};
{ kill -s USR2 $! ; wait $! ; } 2>/dev/null`);
}

/**
 * The first that a watched shell is sent, in one piece with what follows: the line that it waits for, and how to send the watch away.
 *
 * As far as the shell knows it has not started the watch, so it cannot `wait` for it. Left to itself that would be an orphan for a moment, and
 * another session would take it for something that its flight has left (leftovers.ts); and where process 1 looks after nobody, it would stay for
 * ever, dead. `jobs` takes notice of all that has ended (posh has none). That is not waited for for long: a watch that ends the group goes on.
 *
 * The shell is not to die of a frame that nobody reads any more before it has said so.
 */
export const GREETING = `
_fake_at=$_fake_watch _fake_word=$_fake_told; unset _fake_watch _fake_told; _fake_watch=$_fake_at _fake_told=$_fake_word
_fake_leave() { kill -s USR2 $_fake_watch && _fake_at=0 || return 0
while [ -d /proc/$_fake_watch ] && { jobs >/dev/null || [ -e /proc/$_fake_watch/exe ]; } && [ $_fake_at -lt 9999 ]; do _fake_at=$((_fake_at + 1)); done; }
trap : PIPE; trap '{ _fake_leave; } 2>/dev/null' EXIT
`;
