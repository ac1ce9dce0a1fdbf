#!/bin/bash
# fake with two functions hooked into the flow, and without the fast login.
RIG_TOOL=fake-plain-login RIG_HOOKS=functions RIG_OPTIONS="-s fastLogin=false" exec "$(dirname "$0")/../fake/deploy.sh" "$1"
