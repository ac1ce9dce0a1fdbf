/**
 * How a shell finds out that a flight has left nothing behind, so that it may serve the next one. What a flight leaves
 * running still holds the shell's outputs and may be of its process group: later it would print into the output of another
 * command, or be killed in its place. So the proof must leave no gap; where there is none, the shell serves one flight.
 *
 * Linux numbers processes in order, and /proc/loadavg ends with the newest number. Whatever a flight starts has one of the
 * numbers given away since it began, however it has detached itself and whoever it belongs to. The shell looks at each
 * until no new one has come meanwhile: each must be of a dead process, or of one that descends from something else.
 *
 * That starts no process and takes microseconds. A shell that cannot look does not pass: without the /proc of its own pid
 * namespace, with other users' processes hidden in it, with a loadavg that is made up or out of date (containers have
 * such), or after a flight so long that the numbers may have come round.
 */

/** Most numbers to look at, and most living processes of other people's among them: more take longer than a new shell. */
const MOST = 3000;
const MOST_ALIVE = 100;
/** More numbers than even large machines give away in a second, and no range of numbers is smaller. */
const PER_SECOND = 32_768;

/**
 * Whether the shell can look: twice, a process that has just been made has the newest number. `_fake_sure` has a 1 for each time. What
 * looks after the shell tells by itself, where nobody else starts anything at that moment. Else a child is asked, when it comes to that: in
 * the background, because ksh93 starts no process for a subshell.
 */
const CAN_LOOK = `
_fake_term= _fake_sure= _fake_up= _fake_own=
_fake_newest() { read -r p _ </proc/self/stat && read -r _ _ _ _ l </proc/loadavg && [ "$p" = "$l" ]; }
read -r _fake_at _ </proc/self/stat && [ "$_fake_at" = $$ ] && [ -d /proc/1 ] && _fake_own=1
_fake_can_look() { [ -n "$_fake_own" ] || return 1
for _fake_at in 1 2 3 4 5 6 7 8; do
case $_fake_sure in 11*) return;; esac
_fake_newest & wait $! && _fake_sure=1$_fake_sure
done
return 1; }
`;

/**
 * True for the number of a process that is dead or cannot come from the flight. It does not when it is older than the shell
 * (the numbers come round, past those that are taken). The parent of one that does comes from it
 * too, or is the shell, or is who adopts orphans: an ancestor of the shell. A child of one that is known not to (`_fake_known`) does not
 * either. sshd is an ancestor that adopts nobody, and its other children are other sessions. A process whose first thread has ended looks
 * dead. Threads have numbers too, but are not listed: their process is. That is asked last, as a list of /proc takes long where many are.
 *
 * No subshell: it would be one more number for all other shells that look. Only files of one line: of others bash reads too
 * much, seeks back, and gives what is left to whoever reads next when it cannot, because the process is gone.
 */
const IS_STRANGER = `
_fake_stat() { read -r _fake_word </proc/$1/stat && [ -z "\${_fake_word##*\\) *}" ] || return 1
_fake_name=\${_fake_word#*\\(}
set -- \${_fake_word##*\\) }
_fake_state=$1 _fake_parent=$2 _fake_start=\${20}; [ "$_fake_parent" -ge 0 ] && [ "$_fake_start" -ge 0 ]; }
_fake_ancestors() { _fake_id=$$ _fake_list=" 0 1 $$ " _fake_born=
while _fake_stat $_fake_id; do
_fake_born=\${_fake_born:-$_fake_start}
case $_fake_name in sshd*|dropbear*) ;; *) _fake_list="$_fake_list$_fake_id ";; esac
_fake_id=$_fake_parent
[ $_fake_id -gt 1 ] || { _fake_up=$_fake_list; return; }
done
return 1; }
_fake_many() { [ $# -gt 1 ]; }
_fake_listed() { for _fake_id in /proc/[\${1%"\${1#?}"}]\${1#?}; do [ -e "$_fake_id" ]; done; }
_fake_stranger() { [ -n "$_fake_up" ] || _fake_ancestors || return 1
_fake_id=$1
while _fake_stat $_fake_id; do
case $_fake_state in [ZX]) _fake_many /proc/$_fake_id/task/* || { [ $_fake_id = $1 ]; return; };; esac
[ $_fake_start -ge $_fake_born ] || return 0
case $_fake_up in *" $_fake_parent "*) return 1;; esac
case $_fake_known in *" $_fake_parent "*) return 0;; esac
[ $_fake_parent -gt $_fake_from ] && [ $_fake_parent -le $_fake_to ] || return 0
[ $_fake_parent -lt $_fake_id ] || return 1
_fake_id=$_fake_parent
done
[ ! -e /proc/$1 ]; }
`;

/** Nothing is calculated with what is not known to be a number: bash would leave the flight where it is. */
const FROM_BEGIN_TO_END = `
_fake_begin() { _fake_stop= _fake_stays= _fake_from= _fake_since=; read -r _ _ _ _ _fake_from </proc/loadavg; read -r _fake_since _ </proc/uptime
[ "$_fake_from" != "$_fake_guard" ] || [ \${#_fake_sure} -gt 1 ] || _fake_sure=1$_fake_sure; }
_fake_alone() { [ -z "$_fake_term" ] && _fake_can_look && [ "$_fake_from" -gt 0 ] && [ "\${_fake_since%%.*}" -ge 0 ] || return 1
_fake_at=$_fake_from _fake_alive=0 _fake_known=" "
while read -r _ _ _ _ _fake_to </proc/loadavg || return 1; [ "$_fake_at" != "$_fake_to" ]; do
[ "$_fake_to" -gt $_fake_at ] && [ $((_fake_to - _fake_from)) -le ${MOST} ] || return 1
while [ $_fake_at -lt $_fake_to ]; do
_fake_at=$((_fake_at + 1))
[ ! -e /proc/$_fake_at ] || { _fake_alive=$((_fake_alive + 1)); [ $_fake_alive -le ${MOST_ALIVE} ] && { _fake_stranger $_fake_at || ! _fake_listed $_fake_at; } && _fake_known="$_fake_known$_fake_at "; } || return 1
done
done
read -r _fake_at _ </proc/uptime && [ "\${_fake_at%%.*}" -ge 0 ] || return 1
_fake_at=$((\${_fake_at%%.*} - \${_fake_since%%.*}))
[ $_fake_at -le 1 ] || { _fake_to=$(cat /proc/sys/kernel/pid_max); [ "$_fake_to" -gt 0 ] && [ $_fake_at -le $((_fake_to / ${PER_SECOND})) ]; }; }
`;

/** The newest number when the watch was started (watch.ts), which sleeps in a process of its own. */
export const WATCHED = "case $_fake_told in $_fake_watch|$((_fake_watch + 1))) _fake_sure=1;; esac\n";

/** What the shell has to know before its first flight. After SIGTERM it serves no more: `_fake_term` stays. */
export const LOOKOUT: string = [CAN_LOOK, IS_STRANGER, FROM_BEGIN_TO_END].map((text) => text.slice(1)).join("");

/** What looks whether a flight leaves something behind, in front of it and behind it: `_fake_stays` is not empty when nothing is left. */
export const LOOK = { begin: "_fake_begin", end: "_fake_alone && _fake_stays=1" } as const;

/** The same for a flight that starts nothing that could be left, unless it was ended on its way. */
export const TRUST = { begin: "_fake_stop= _fake_stays=1", end: '[ -z "$_fake_stop$_fake_term" ] || _fake_stays=' } as const;

/**
 * Waits, behind SIGTERM, until nobody is left in the shell's process group but those who look after it: a command's shell dies of the signal
 * at once, and says so, while what it has started may not listen. Who ended it hears of the end when it is one, or else sends SIGKILL.
 * In a subshell: posh 0.14 does not survive it without.
 */
export const OUTLAST = `_fake_others() { [ -d /proc/self ] && for _fake_at in /proc/[0-9]*; do
{ read -r _fake_word <$_fake_at/stat; } 2>/dev/null || continue
set -- \${_fake_at#/proc/} \${_fake_word##*\\) }
case $2 in [ZX]) continue;; esac
[ "$4" = $$ ] || continue
case " $$ $_fake_watch $_fake_guard " in *" $1 "*|*" $3 "*) ;; *) return 0;; esac
done; return 1; }
_fake_outlast() { ( trap : TERM; while _fake_others; do sleep 0.1 || sleep 1; done ) 2>/dev/null; }
`;
