#!/bin/bash
# put.sh N PATH NAME OPTIONS...: a file or a directory to all hosts, by that name in their homes.
. "$(dirname "$0")/run.sh"
run "$1" -R rig put "${@:4}" "$2" "$3"
