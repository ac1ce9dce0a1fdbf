#!/bin/bash
exec clush -w "host[1-$1]" -f "$1" -o "-F $RIG_SSH_CONFIG" true
