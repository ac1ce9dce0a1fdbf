# Sourced by the scripts beside it. fan N COMMAND...: the command on each host over ssh, all at once; fails when one failed.
fan() {
  local last=$1 host status=0 pids=()
  shift
  for ((host = 1; host <= last; host++)); do
    # shellcheck disable=SC2086
    ssh -F "$RIG_SSH_CONFIG" ${RIG_SSH_OPTS:-} "host$host" "$@" <"${INPUT:-/dev/null}" &
    pids+=($!)
  done
  for host in "${pids[@]}"; do wait "$host" || status=1; done
  return $status
}
