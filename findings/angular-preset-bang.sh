#!/bin/sh
# npm conventional-recommended-bump 11.2.0 with its angular preset (conventional-changelog-angular 8.3.1): a commit
# "feat!: drop the old API" asks for a PATCH release: it is neither a breaking change nor even a feature. Without the
# "!" it is a feature (minor). The conventionalcommits preset 9.3.1 says major. Nothing is said of the header it could
# not read.
# One would expect major, or minor at the least. A release pipeline (and a deploy that takes "patch and minor releases
# by themselves") rolls a breaking version out to all hosts as a patch.
# Seen 2026-11-29:
#   angular: feat: minor; feat!: patch
#   conventionalcommits: feat: minor; feat!: major
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . conventional-recommended-bump@11.2.0 conventional-changelog-angular@8.3.1 conventional-changelog-conventionalcommits@9.3.1 >/dev/null 2>&1
git init -q .; git config user.name a; git config user.email a@b; git commit -q --allow-empty -m 'chore: start'; git tag v1.0.0
cat > bump.mjs <<'J'
import { Bumper } from "conventional-recommended-bump";
console.log((await new Bumper(process.cwd()).loadPreset(process.argv[2]).bump()).releaseType);
J
bump() { git reset -q --hard v1.0.0; git commit -q --allow-empty -m "$2: drop the old API"; node bump.mjs "$1"; }
out=$(for p in angular conventionalcommits; do echo "$p: feat: $(bump $p feat); feat!: $(bump $p 'feat!')"; done); echo "$out"
[ "$out" = "angular: feat: minor; feat!: patch
conventionalcommits: feat: minor; feat!: major" ] || { echo CHANGED; exit 1; }
