#!/bin/bash
. "$(dirname "$0")/run.sh"
run "$1" -R rig --reporter quiet batch
