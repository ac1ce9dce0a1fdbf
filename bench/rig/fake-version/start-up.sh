#!/bin/bash
exec node "$(dirname "$0")/../../../dist/cli/bin.cjs" --version
