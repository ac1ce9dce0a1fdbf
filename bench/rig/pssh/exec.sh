#!/bin/bash
exec parallel-ssh -h <(printf 'host%d\n' $(seq "$1")) -p "$1" -t 0 -x "-F $RIG_SSH_CONFIG" true
