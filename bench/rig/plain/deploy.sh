#!/bin/bash
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fan.sh"
INPUT=$here/on-host.sh fan "$1" "bash -s -- \"\$HOME/www/${RIG_TOOL:-plain}\" $RIG_REPO_URL $RIG_BRANCH 5"
