#!/bin/bash
# fake until its first flight is written, the login to one server included.
. "$(dirname "$0")/../fake/run.sh"
export NODE_OPTIONS="--import=$here/../until-first-flight.mjs"
run "$1" -R rig exec -- true
