/**
 * Signals a process group; the exit code says whether all of it was reached. The group is looked up from the pid where the
 * host can tell: a wrapper of the login shell may lead it. What sudo started belongs to someone else: only sudo may end it.
 * Without single quotes inside, to stand in them in any login shell.
 */
export function signalScript(signal: NodeJS.Signals, pid: number | "$$"): string {
  const name = signal.slice(3);
  const group = `g=${pid}; [ -r /proc/${pid}/stat ] && read -r _ _ _ _ g _ </proc/${pid}/stat`;
  const foreign = `u=$(id -u); f=$(ps -A -o pgid= -o uid= 2>/dev/null | while read -r p o; do [ "$p" = "$g" ] && [ "$o" != "$u" ] && echo x; done)`;
  const asRoot = `[ -z "$f" ] || sudo -n kill -s ${name} -- -$g 2>/dev/null || r=1`;
  return `r=0; ${group}; ${foreign}; ${asRoot}; kill -s ${name} -- -$g 2>/dev/null; exit $r`;
}
