/**
 * Signals a shell of ours and what it has started: its process group, where it leads that. A server that gives a command no session of its
 * own has it in the group of the connection, or of all connections, which is not ours: there the descendants are signalled, one by one.
 * What sudo and doas started belongs to someone else: only they may end it. su itself is the login user's to signal, and what it has started ends
 * with its shell (command/become.ts).
 *
 * What is there is read from /proc, or said by ps where there is none: busybox's knows no users. Whether a process may be signalled is
 * tried, and not what `kill` says of a group: busybox's ends it, and says that it did not.
 *
 * Whoever ends what is another's looks for itself: until sudo has let it in, a process may be gone and its number another's. And it may see
 * more: where /proc hides what others run (hidepid), only the numbers of our own processes' children tell that there is something.
 */
import { GUARD_GRACE_S } from "../limits.ts";

/** Text over several lines as one, without single quotes: every line ends where a blank may stand. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}

/** For a command that is about to start: looks, of ten milliseconds each. */
const BEGIN_LOOKS = 50;

/** As one word between double quotes. */
function doubleQuote(text: string): string {
  return `"${text.replace(/["$`\\]/g, "\\$&")}"`;
}

/** `each` writes `pid:state:parent:group` of each process. Where that is known already, it is in `a`. */
const EACH = oneLine(`
a=;
each() {
  if [ -d /proc/self ]; then
    for d in /proc/[0-9]*; do
      { read -r w <$d/stat; } 2>/dev/null || continue;
      set -- \${w##*") "};
      echo \${d#/proc/}:$1:$2:$3;
    done;
  else ps -A -o pid= -o stat= -o ppid= -o pgid= 2>/dev/null | while read -r q z o k; do echo $q:$z:$o:$k; done;
  fi;
};`);

/**
 * `look` finds what is ours for the shell `p`: `t`, numbers with blanks around; `l` is not empty where all are of its process group. A group
 * is there as long as anybody of it, also when who leads it is not, and no other process is given its number before. `x`: whoever signals
 * from inside, as a guard does, and waits for that.
 */
const LOOK = oneLine(`
look() {
  x= m=; [ ! -d /proc/self ] || read -r m _ </proc/self/stat;
  while [ "\${m:-1}" -gt 1 ] && [ "$m" != $p ]; do
    x="$x $m "; read -r w </proc/$m/stat || break;
    w=\${w##*") "}; w=\${w#* }; m=\${w%% *};
  done;
  g=; [ ! -r /proc/$p/stat ] || read -r _ _ _ _ g _ </proc/$p/stat;
  t=" "; for w in \${a:-$(each)}; do case $w in (*:Z*) ;; (*:$p) t="$t\${w%%:*} ";; esac; done;
  l=1; [ "$g" = $p ] || { [ -z "$g" ] && { [ "$t" != " " ] || kill -0 -$p; }; } || l=;
  [ -z "$l" ] || return 0;
  t=; [ -z "$g" ] || t=" $p ";
  n=x; while [ "$t" != "$n" ]; do n=$t;
    for w in \${a:-$(each)}; do
      q=\${w%%:*}; o=\${w%:*};
      case "$w$t$x" in (*:Z*|*" $q "*) continue;; esac;
      case $t in (*" \${o##*:} "*) t="$t$q ";; esac;
    done;
  done;
} 2>/dev/null;`);

/** Of a process that is seen: it is not there any more. */
const IS_GONE = `{ [ -d /proc/self ] && [ ! -d /proc/$q ]; }`;

/**
 * Signals `o`, or all that is ours, as far as it still is. `h`: for so many seconds it is waited until none of it is left, and then all of
 * it is killed.
 */
const ACT = oneLine(`
act() { for q in \${o:-$t}; do
  case $x in (*" $q "*) continue;; esac;
  case $t in (*" $q "*) u=$q; kill -s $1 $q || ${IS_GONE} || r=1;; esac;
done; };
{ r=0; look; act $s;
while [ $h -gt 0 ]; do
  sleep 1; h=$((h - 1)) u=; look; act 0;
  [ -n "$u" ] || break;
  [ $h -gt 0 ] || { o=; act KILL; };
done; } 2>/dev/null;
exit $r`);

/**
 * Adds to `f` what is hidden from us; `h` is not empty where there is anything. Of sudo it makes no difference that we may signal it: what
 * it has started is hidden. A process whose children are not told may have any.
 */
const FIND_HIDDEN = oneLine(`
[ ! -d /proc/self ] || [ -r /proc/1/stat ] || for q in $t; do
  for d in /proc/$q/task/*/children; do
    w=; [ -r $d ] || [ ! -d /proc/$q ] || h=1;
    read -r w <$d;
    for z in $w; do
      [ -r /proc/$z/stat ] || h=1 f="$f $z";
    done;
  done;
done 2>/dev/null;`);

/** doas becomes the owner of a process, who need not be root. */
const AS_OWNER = `doas -n -u "$(ls -ldn /proc/$q | { read -r _ _ o _; echo $o; })" sh -c "s=$s p=$p h=0 o=$q; $c"`;

/** What finds and tells, in `b`: written once, for us and for whoever signals in our place. Each shell that looks after itself is sent it. */
const BEGIN = `b=${doubleQuote(`${EACH} ${LOOK}`)}; eval "$b";`;

/**
 * Behind BEGIN: sends `s` for the shell `p`; its exit code says whether all was reached. Leaves the shell that it is run in.
 * @param isSent shell text: true where it has gone to the group already
 */
function writeSignal(sudo: string, isSent?: string): string {
  const send = `[ -z "\${k# }" ] || kill -s $s $k 2>/dev/null`;
  return oneLine(`
look;
f= h= r=0; ${FIND_HIDDEN}
k=$t; [ -z "$l" ] || k="-- -$p";
for q in $t; do kill -0 $q 2>/dev/null || ${IS_GONE} || f="$f $q"; done;
c="$b "${doubleQuote(ACT)};
case $h$s in (1TERM) n=${GUARD_GRACE_S};; (*) n=0;; esac;
[ -z "$f$h" ] || ${sudo} sh -c "s=$s p=$p h=$n o=\\"$f\\"; $c" 2>/dev/null ||
  if [ -n "$h" ]; then r=1;
  else for q in $f; do { ${IS_GONE} || ${AS_OWNER} || ${IS_GONE}; } 2>/dev/null || r=1; done;
  fi;
${isSent === undefined ? send : `${isSent} || ${send}`};
exit $r`);
}

/**
 * `isours` is true where `p` leads its process group and we may signal all that descends from it: the group can have the signal before
 * anybody has read all of /proc, which takes a tenth of a second where much is. What has lost its parent and is another's is found behind that.
 *
 * `begins`: `p` is about to start a command, or has started one that still has the handlers of the shell that it came from. That one would
 * lose the signal: the shell has had it before, or handles it when the command has ended. Whatever waits, for a command or for what it
 * reads or writes, is beyond that.
 */
const AT_ONCE = oneLine(`
isours() {
  g=; [ ! -r /proc/$p/stat ] || read -r _ _ _ _ g _ </proc/$p/stat;
  [ "$g" = $p ] && [ -r /proc/1/stat ] || return 1;
  set -- $p;
  while [ $# -gt 0 ]; do
    n=;
    for q in "$@"; do
      kill -0 $q || ${IS_GONE} || return 1;
      for d in /proc/$q/task/*/children; do
        w=; [ -r $d ] || ${IS_GONE} || return 1;
        read -r w <$d; n="$n $w";
      done;
    done;
    set -- $n;
  done;
} 2>/dev/null;
stateof() { z=; read -r w </proc/$1/stat && w=\${w##*") "} && z=\${w%% *}; };
caughtby() { c=; while read -r o w; do case $o in (SigCgt:) c=$w;; esac; done </proc/$1/status; };
begins() {
  stateof $p; case $z in ([RD]) return 0;; esac;
  for d in /proc/$p/task/*/children; do
    w=; read -r w <$d;
    for q in $w; do
      stateof $q; case $z in ([RD]) ;; (*) continue;; esac;
      caughtby $p; k=$c; caughtby $q; [ "$c" != "$k" ] || return 0;
    done;
  done;
  return 1;
} 2>/dev/null;
atonce() {
  e=" ";
  for p in "$@"; do if isours; then e="$e$p "; fi; done;
  case $s in (KILL) ;; (*) for p in $e; do kill -s $s $p; done;; esac;
  for p in $e; do
    y=0; while [ $s != KILL ] && [ $y -lt ${BEGIN_LOOKS} ] && begins; do y=$((y + 1)); sleep 0.01 || break; done;
    kill -s $s -- -$p;
  done;
  echo "$e";
} 2>/dev/null;`);

/** Sends it to those that can have it at once; `IS_SENT` is true for these then. In a subshell: posh cannot `wait` any more where it has signalled. */
const beginAtOnce = (signal: NodeJS.Signals, pids: number | string): string =>
  `s=${signal.slice(3)}; ${BEGIN} ${AT_ONCE} e=$(atonce ${pids});`;
const IS_SENT = 'case $e in (*" $p "*) ;; (*) false;; esac';

/**
 * Without single quotes and line breaks, to stand between single quotes in any login shell.
 * @param pid of a shell of ours
 * @param asks sudo may read a password from standard input. @default false
 */
export function signalScript(signal: NodeJS.Signals, pid: number, asks = false): string {
  const send = writeSignal(asks ? 'sudo -S -p ""' : "sudo -n", IS_SENT);
  return `${beginAtOnce(signal, pid)} p=${pid}; ${send}`;
}

/** What a shell says of one of several: the number of ours, and 0 where all of it was reached. */
export const SIGNALLED = /^_fake_signal (\d+) (\d+)$/gm;

/** So many are looked for at a time. */
const TOGETHER = 25;

/**
 * The same for several shells of ours, side by side: nobody waits for what sudo takes its time with. What is there is read once. Says
 * `SIGNALLED` for each.
 */
export function signalScripts(signal: NodeJS.Signals, pids: readonly number[]): string {
  const one = `( ${writeSignal("sudo -n", IS_SENT)} )`;
  const all = pids.join(" ");
  const each = `{ ${one}; echo "_fake_signal $p $?"; } & i=$((i + 1)); [ $((i % ${TOGETHER})) != 0 ] || wait`;
  return `${beginAtOnce(signal, all)} a=$(each) i=0; for p in ${all}; do ${each}; done; wait`;
}

/** A function of a shell: `_fake_signal TERM` sends that to the shell itself, and to what it has started. */
export const SIGNAL_SELF: string = `_fake_signal() ( s=$1 p=$$; ${BEGIN} ${writeSignal("sudo -n")} )\n`;
