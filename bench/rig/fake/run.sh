# Sourced by the scripts beside it: the built command line, with this folder's deployfile. run N ARGUMENTS...
# RIG_DIR names a rig of another place, which has settings of its own for all tools.
[ -z "${RIG_DIR:-}" ] || . "$RIG_DIR/lib.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export RIG_N RIG_TOOL=${RIG_TOOL:-fake}
unset NODE_EXTRA_CA_CERTS
run() {
  RIG_N=$1
  shift
  # shellcheck disable=SC2086
  exec node "$here/../../../dist/cli/bin.cjs" --ssh-config "$RIG_SSH_CONFIG" -f "$here/deployfile.ts" ${RIG_OPTIONS:-} "$@"
}
