/**
 * Signs of life: how a session keeps a file that says "whoever made this is alive", so that a dead holder of a lock can be told
 * from a silent one. The file is there already; what is written to it has room in it, also on a full disk:
 *
 *   alive
 *   <how> <kind> <pid> <start> <boot> <root> <machine>             or `<how> -` where the connection cannot be told
 *
 * how        `flock`: each shell of the connection has a shared flock on the file, and so has each command that runs;
 *            `none` where there is no flock(1)
 * kind pid   the process that is the connection: `ssh`, the server's of this login; `local`, that of `fake` itself
 * start      its start time, 0 when it was gone before this was written: no process has that; boot: id of the boot; root: start time of
 *            process 1, so that another container's processes are not taken for ours; machine: the host's name. `-` for what cannot
 *            be read
 *
 * In the shell: `_fake_hold FILE [PID]` takes it up (PID: of `fake`, on its own machine; `-`: the connection cannot be told), `_fake_join FILE`
 * takes part in what another shell of the connection holds. A shell that joins may have been started in the moment in which its connection
 * ended: it says nothing of that.
 * They never fail, never make a file, and start nothing but flock(1), once for each shell. The flock is on descriptor 9, handed over
 * by name: what mksh opens above 2 is its own.
 *
 * The connection may end between the command that made the file and this: then its process is gone, and its number may be another's
 * already. Only the parent tells, which is looked at last: it is another one as soon as the first has ended.
 *
 * Who takes the file away takes the right to go on with it: `_fake_kept`, before each command, is false from then on, ends the flight and
 * runs what `_fake_gone` says in place of the command. It starts nothing: the host refuses, and nobody has to ask it before.
 */

const FUNCTIONS = `
_fake_word_of() { _fake_word=; read -r _fake_word <"$1" && [ -n "$_fake_word" ] || _fake_word=-; }
_fake_start_of() { _fake_word_of /proc/$1/stat; [ "$_fake_word" != - ] || return 1; set -- \${_fake_word##*\\) }; _fake_word=\${20:--}; }
_fake_shares() { command -v flock >/dev/null || return 1
for _fake_word in 0 1 1; do [ $_fake_word = 0 ] || sleep 1; flock -sn 9 9>&9 </dev/null >/dev/null && return; done; return 1; }
_fake_sees() { read -r _fake_word _ _ _fake_above _ </proc/self/stat && [ "$_fake_word" = $$ ]; }
_fake_link() { _fake_kind=local _fake_pid=$1 _fake_link=; [ "$1" != - ] || _fake_link=-
[ -n "$1" ] || { _fake_word_of /proc/$PPID/comm; _fake_kind=ssh _fake_pid=$PPID
case $_fake_word in sshd*|dropbear*) ;; *) _fake_link=-;; esac; }
_fake_start_of $_fake_pid; _fake_born=$_fake_word
if ! _fake_sees; then :
elif [ -n "$1" ]; then [ $_fake_born != - ] || _fake_born=0
elif [ "$_fake_above" != $PPID ]; then _fake_born=0 _fake_link=
fi
[ -z "$_fake_link" ] || return 0
_fake_link="$_fake_kind $_fake_pid $_fake_born"
_fake_word_of /proc/sys/kernel/random/boot_id; _fake_link="$_fake_link $_fake_word"
_fake_start_of 1; _fake_link="$_fake_link $_fake_word"
_fake_word_of /proc/sys/kernel/hostname; _fake_link="$_fake_link $_fake_word"; }
_fake_join() { _fake_held=$1; [ -f "$1" ] && { command exec 9<>"$1"; } || return 0
_fake_how=none; ! _fake_shares || _fake_how=flock; }
_fake_hold() { _fake_how=; _fake_join "$1"; [ -n "$_fake_how" ] || return 0
_fake_link "$2"; { echo alive; echo "$_fake_how $_fake_link"; } 1<>"$1" || :; }
_fake_kept() { _fake_lost=; [ -n "$_fake_held" ] && [ ! -e "$_fake_held" ] || return 0
_fake_lost=' -' _fake_stop=1; ( eval " $_fake_gone" ) </dev/null >&3 2>&3; return 1; }
`;

/** What a shell has to know to hold a file. Its remarks go to stderr, which the shell has closed. */
export const HOLD: string = FUNCTIONS.slice(1);
