#!/bin/bash
# put.sh N PATH NAME: a directory to the first host, by that name in its home.
set -o pipefail
to=${RIG_HOME//%h/host1}/$3
tar -C "$2" -cf - . | ssh -F "$RIG_SSH_CONFIG" host1 "mkdir -p '$to' && tar -C '$to' -xf -"
