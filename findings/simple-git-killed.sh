#!/bin/sh
# simple-git 4.0.2: a git that is killed (out of memory, an operator) is taken for one that has succeeded, with what it had printed so far and
# no error, whatever it had said on stderr: its exit code is null, and an error needs a code that is not 0. One would expect a rejection.
# A list of refs or a log that was cut is then worked on as if it were whole.
# Seen 2026-11-30:
#   killed: resolved with "first line"
#   exit 3: rejected with "first line warning"
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm init -y >/dev/null; npm install --silent --no-audit --no-fund simple-git@4.0.2 >/dev/null
mkdir bin; cat >bin/git <<'G'
#!/bin/sh
echo 'first line'; echo warning >&2
[ "$END" = exit ] && exit 3
kill -s KILL $$
G
chmod +x bin/git
cat >try.mjs <<'J'
import { simpleGit } from "simple-git";
for (const [name, END] of [["killed", "kill"], ["exit 3", "exit"]]) {
  const git = simpleGit().env({ PATH: `${process.cwd()}/bin:${process.env.PATH}`, END });
  const words = (text) => JSON.stringify(text.trim().replaceAll(/\s+/g, " "));
  console.log(await git.raw(["log"]).then((out) => `${name}: resolved with ${words(out)}`, (e) => `${name}: rejected with ${words(e.message)}`));
}
J
out=$(node try.mjs); echo "$out"
[ "$out" = 'killed: resolved with "first line"
exit 3: rejected with "first line warning"' ] || { echo CHANGED; exit 1; }
