#!/bin/bash
# fake with two functions hooked into the flow.
RIG_TOOL=fake-functions RIG_HOOKS=functions exec "$(dirname "$0")/../fake/deploy.sh" "$1"
