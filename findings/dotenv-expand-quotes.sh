#!/bin/sh
# npm dotenv 18.0.10 with dotenv-expand 12.0.3 (vite loads its .env files with the pair): single quotes do not keep a $
# from being a variable, as the first one takes the quotes away and the second one never sees them. 'pa$word' is "pa",
# 'p@$$w0rd' is "p@$". Where the environment has the right value already, that is replaced too, which dotenv alone never
# does. sh and node --env-file keep the value whole.
# One would expect single quotes to mean what dotenv's own README and every shell mean by them. There is no error.
# A password that works in the app under dotenv alone, or under systemd, is another one as soon as a build tool or a
# framework reads the same .env.
# Seen 2026-12-01:
#   sh: pa$word p@$$w0rd
#   node --env-file: pa$word p@$$w0rd
#   dotenv: pa$word p@$$w0rd
#   dotenv and dotenv-expand: pa p@$
#   the same, set in the environment: pa p@$
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . dotenv@18.0.10 dotenv-expand@12.0.3 >/dev/null 2>&1; unset A B word w0rd || true
printf '%s\n' "A='pa\$word'" "B='p@\$\$w0rd'" > .env; say='console.log(`${process.env.A} ${process.env.B}`)'; load='require("dotenv-expand").expand(require("dotenv").config({ quiet: true }));'
out=$( (. ./.env; echo "sh: $A $B"); echo "node --env-file: $(node --env-file=.env -e "$say")"; echo "dotenv: $(node -e "require('dotenv').config({ quiet: true }); $say")"
echo "dotenv and dotenv-expand: $(node -e "$load $say")"; echo "the same, set in the environment: $(A='pa$word' B='p@$$w0rd' node -e "$load $say")"); echo "$out"
[ "$out" = 'sh: pa$word p@$$w0rd
node --env-file: pa$word p@$$w0rd
dotenv: pa$word p@$$w0rd
dotenv and dotenv-expand: pa p@$
the same, set in the environment: pa p@$' ] || { echo CHANGED; exit 1; }
