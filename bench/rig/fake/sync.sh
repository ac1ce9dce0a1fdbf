#!/bin/bash
# sync.sh N PATH NAME: a directory to all hosts, by that name in their homes.
. "$(dirname "$0")/run.sh"
run "$1" -R rig sync "$2" "$3"
