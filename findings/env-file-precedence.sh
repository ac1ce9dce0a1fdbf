#!/bin/sh
# X is in the environment (unit, container, CI) and in an env file, or in two files: who wins? dotenv 18.0.10 and dotenv-cli
# 11.0.0: the environment, and the FIRST file. node 20.20 --env-file: the environment, and the LAST file. foreman 3.0.1 (nf):
# the file, and the last one. env-cmd 11.0.0: the file; of several it reads one and takes the second name for a command.
# One would expect one of the two rules (later and nearer wins, or what is set stays) to hold for both within a tool.
# ".env" then ".env.production" is right for node and foreman, and leaves dotenv with the development database; a value
# set on the host to overrule a file is dropped without a word by nf and env-cmd.
# Seen 2026-12-01 (environment and file, first and last file):
#   dotenv: environment, first
#   dotenv-cli: environment, first
#   node --env-file: environment, last
#   nf: file, last
#   env-cmd: file
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . dotenv@18.0.10 dotenv-cli@11.0.0 env-cmd@11.0.0 foreman@3.0.1 >/dev/null 2>&1; B=node_modules/.bin; unset X || true
echo X=file > a; echo X=first > b; echo X=last > c; say='console.log(process.env.X)'; q='{ quiet: true, path:'
both() { echo "$1: $2, $3"; }; e=environment
out=$(both dotenv "$(X=$e node -e "require('dotenv').config($q 'a' }); $say")" "$(node -e "require('dotenv').config($q ['b', 'c'] }); $say")"
both dotenv-cli "$(X=$e node node_modules/dotenv-cli/cli.js -e a -- node -e "$say")" "$(node node_modules/dotenv-cli/cli.js -e b -e c -- node -e "$say")"; both 'node --env-file' "$(X=$e node --env-file=a -e "$say")" "$(node --env-file=b --env-file=c -e "$say")"
both nf "$(X=$e $B/nf run -e a printenv X | tail -n 1)" "$($B/nf run -e b,c printenv X | tail -n 1)"; echo "env-cmd: $(X=$e $B/env-cmd -f a -- node -e "$say")"); echo "$out"
[ "$out" = 'dotenv: environment, first
dotenv-cli: environment, first
node --env-file: environment, last
nf: file, last
env-cmd: file' ] || { echo CHANGED; exit 1; }
