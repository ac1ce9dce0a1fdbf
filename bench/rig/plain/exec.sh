#!/bin/bash
. "$(dirname "$0")/fan.sh"
fan "$1" true
