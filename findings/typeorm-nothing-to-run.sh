#!/bin/sh
# npm typeorm 1.1.1, its command line: migration:show exits 0 whether or not migrations are pending, though its help says it
# is there to show that. migration:run with a pattern that matches no file says "No migrations are pending", exit 0, also
# on an empty database, and on one whose table names migrations that no file is there for.
# One would expect a check for CI to fail as migration:generate --check does, and a wrong folder to be an error.
# A build that leaves dist/migrations out, or a deploy that runs from another folder (the pattern is relative to the
# working directory), starts the new code on the old tables; a guard before it that asks migration:show lets it pass.
# Seen 2026-12-01:
#   show, one pending: exit 0, [ ] Users1700000001000
#   run in another folder: exit 0, No migrations are pending
#   run in the right one: exit 0, Migration Users1700000001000 has been executed successfully.
#   show, none pending: exit 0, [X] 1 Users1700000001000
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . typeorm@1.1.1 sql.js@1.17.0 >/dev/null 2>&1; mkdir -p dist/migrations elsewhere
echo 'class U { constructor() { this.name = "Users1700000001000"; } async up(q) { await q.query("create table users (id int)"); } async down() {} } module.exports = { U };' > dist/migrations/users.js
echo "const { DataSource } = require('typeorm'); module.exports = new DataSource({ type: 'sqljs', location: '$d/db', autoSave: true, migrations: ['dist/migrations/*.js'] });" > source.js
try() { name=$1; shift; r=0; NO_COLOR=1 node "$d/node_modules/typeorm/cli.js" "$@" -d "$d/source.js" > "$d/o" 2>&1 || r=$?; echo "$name: exit $r, $(sed 's/\x1b\[[0-9;]*m//g' "$d/o" | grep -E '^No migr|^Migration |^ *\[.\]' | sed 's/^ *//' | tail -n 1)"; }
out=$(try 'show, one pending' migration:show; cd elsewhere; try 'run in another folder' migration:run; cd ..; try 'run in the right one' migration:run; try 'show, none pending' migration:show); echo "$out"
[ "$out" = 'show, one pending: exit 0, [ ] Users1700000001000
run in another folder: exit 0, No migrations are pending
run in the right one: exit 0, Migration Users1700000001000 has been executed successfully.
show, none pending: exit 0, [X] 1 Users1700000001000' ] || { echo CHANGED; exit 1; }
