#!/bin/bash
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fan.sh"
INPUT=$here/rollback-on-host.sh fan "$1" "bash -s -- \"\$HOME/www/${RIG_TOOL:-plain}\""
