#!/bin/bash
. "$(dirname "$0")/../fake/run.sh"
run "$1" tasks
