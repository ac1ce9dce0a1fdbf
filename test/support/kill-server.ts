/** Ends the server's process that a command runs in, and with it the connection. */
export const KILL_SERVER =
  'p=$$; until ps -o comm= -p $p | grep -q sshd; do p=$(ps -o ppid= -p $p | tr -d " "); done; kill -9 $p';
