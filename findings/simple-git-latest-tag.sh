#!/bin/sh
# npm simple-git 4.0.2: with the tags v1.9.0, v2.0.0-rc.1, v2.0.0 and v2.0.0-rc.2, tags().latest is v2.0.0-rc.2: a candidate
# counts as newer than the release it was for. npm semver 7.8.6 puts v2.0.0 last.
# The README says that tags "will be sorted by semantic version number" and prints tags.latest as "Latest available tag",
# so one would expect v2.0.0. A deploy of "the latest tag" rolls the fleet back from the release to a candidate.
# Seen 2026-11-29:
#   simple-git: latest v2.0.0-rc.2 of v1.9.0 v2.0.0 v2.0.0-rc.1 v2.0.0-rc.2
#   semver: latest v2.0.0
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . simple-git@4.0.2 semver@7.8.6 >/dev/null
git init -q r; cd r; for t in v1.9.0 v2.0.0-rc.1 v2.0.0-rc.2 v2.0.0; do git -c user.name=a -c user.email=a@b commit -q --allow-empty -m "$t"; git tag $t; done
cat > ../t.cjs <<'J'
const { simpleGit } = require("simple-git"), semver = require("semver"); const say = (name, t) => console.log(`${name}: latest ${t.latest} of ${t.all.join(" ")}`);
(async () => { const g = simpleGit(process.cwd()), t = await g.tags(); say("simple-git", t); console.log("semver: latest " + semver.sort([...t.all]).pop()); })();
J
out=$(node ../t.cjs); echo "$out"; [ "$out" = "simple-git: latest v2.0.0-rc.2 of v1.9.0 v2.0.0 v2.0.0-rc.1 v2.0.0-rc.2
semver: latest v2.0.0" ] || { echo CHANGED; exit 1; }
