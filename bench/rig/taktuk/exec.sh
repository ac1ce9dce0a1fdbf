#!/bin/bash
# As it does it by itself: hosts that are reached help to reach the others.
exec taktuk -c "ssh -F $RIG_SSH_CONFIG" -f <(printf 'host%d\n' $(seq "$1")) broadcast exec [ true ]
