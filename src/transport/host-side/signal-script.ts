/**
 * Signals a shell of ours and what it has started: its process group, where it leads that. A server that gives a command no session of its
 * own has it in the group of the connection, or of all connections, which is not ours: there the descendants are signalled, one by one.
 * What sudo and doas started belongs to someone else: only they may end it. su itself is the login user's to signal, and what it has started ends
 * with its shell (command/become.ts).
 *
 * What is there is read from /proc, or said by ps where there is none: busybox's knows no users. Whether a process may be signalled is
 * tried, and not what `kill` says of a group: busybox's ends it, and says that it did not.
 */

/** Writes `pid state parent group` of each process. */
const EACH = `each() { if [ -d /proc/self ]; then for d in /proc/[0-9]*; do { read -r w <$d/stat; } 2>/dev/null || continue; set -- \${w##*") "}; echo \${d#/proc/} $1 $2 $3; done; else ps -A -o pid= -o stat= -o ppid= -o pgid= 2>/dev/null; fi; }`;

/** A group is there as long as anybody of it, also when who leads it is not. */
const LEADS = `g=; [ -r /proc/$p/stat ] && read -r _ _ _ _ g _ </proc/$p/stat; [ "$g" = $p ] || { [ -z "$g" ] && kill -0 -$p; }`;

const MEMBERS = `t=$(each | while read -r q z o g; do case $z in (Z*) continue;; esac; [ "$g" != $p ] || echo $q; done)`;

/** Without whoever signals from inside, as a guard does, and waits for that: `x`. */
const DESCENDANTS = [
  `x= m=; [ -d /proc/self ] && read -r m _ </proc/self/stat`,
  `while [ "\${m:-1}" -gt 1 ] && [ "$m" != $p ]; do x="$x $m "; read -r w </proc/$m/stat || break; w=\${w##*") "}; w=\${w#* }; m=\${w%% *}; done`,
  `t=; [ -z "$g" ] || t=" $p "`,
  `n=x; while [ "$t" != "$n" ]; do n=$t; for q in $(each | while read -r q z o g; do case "$z$t$x" in (Z*|*" $q "*) continue;; esac; case $t in (*" $o "*) echo $q;; esac; done); do t="$t$q "; done; done`,
].join("; ");

const IS_GONE = `{ [ -d /proc/self ] && [ ! -d /proc/$q ]; }`;

/** doas becomes the owner of a process, who need not be root. */
const AS_OWNER = `doas -n -u "$(ls -ldn /proc/$q | { read -r _ _ o _; echo $o; })" sh -c "kill -s $s $q"`;

/** Sends `s` for the shell `p`; its exit code says whether all was reached. Leaves the shell that it is run in. */
function writeSignal(sudo: string): string {
  return [
    EACH,
    `if { ${LEADS}; } 2>/dev/null; then ${MEMBERS}; k="-- -$p"; else ${DESCENDANTS}; k=$t; fi`,
    `f= r=0; for q in $t; do kill -0 $q 2>/dev/null || ${IS_GONE} || f="$f $q"; done`,
    `[ -z "$f" ] || ${sudo} kill -s $s $f 2>/dev/null || for q in $f; do { ${IS_GONE} || ${AS_OWNER} || ${IS_GONE}; } 2>/dev/null || r=1; done`,
    `[ -z "$k" ] || kill -s $s $k 2>/dev/null`,
    "exit $r",
  ].join("; ");
}

/**
 * Without single quotes and line breaks, to stand between single quotes in any login shell.
 * @param pid of a shell of ours
 * @param asks sudo may read a password from standard input. @default false
 */
export function signalScript(signal: NodeJS.Signals, pid: number, asks = false): string {
  return `s=${signal.slice(3)} p=${pid}; ${writeSignal(asks ? 'sudo -S -p ""' : "sudo -n")}`;
}

/** A function of a shell: `_fake_signal TERM` sends that to the shell itself, and to what it has started. */
export const SIGNAL_SELF: string = `_fake_signal() ( s=$1 p=$$; ${writeSignal("sudo -n")} )\n`;
