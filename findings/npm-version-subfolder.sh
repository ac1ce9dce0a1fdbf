#!/bin/sh
# npm 10.9.4: npm version patch in a package that is a SUBFOLDER of the repository writes the new version, prints it,
# exits 0, and makes neither the commit nor the tag that it makes in the root. Its manual says "if run in a git repo";
# it looks for .git in the package's own folder.
# One would expect the same in every folder of a repository, or a word about it. A release script that goes on with git
# push --follow-tags pushes nothing, and the deploy of tag v1.0.1 does not find it.
# Seen 2026-11-29:
#   root: v1.0.1, exit 0; tags: v1.0.1; commits: 2; changed files: 0
#   subfolder: v1.0.1, exit 0; tags: none; commits: 1; changed files: 1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix tools npm@10.9.4 >/dev/null; export HOME="$d"; PATH=$d/tools/node_modules/.bin:$PATH
git config --global user.name a; git config --global user.email a@b
try() { git init -q "$1"; mkdir -p "$1/$2"; cd "$1/$2"; echo '{"name":"app","version":"1.0.0"}' > package.json; git add -A; git commit -qm x; r=0; v=$(npm version patch 2>/dev/null) || r=$?; t=$(git tag); cd "$d"
  echo "$1: $v, exit $r; tags: ${t:-none}; commits: $(git -C "$1" rev-list --count HEAD); changed files: $(git -C "$1" status --short | wc -l | tr -d ' ')"; }
out=$(try root .; try subfolder packages/app); echo "$out"
[ "$out" = "root: v1.0.1, exit 0; tags: v1.0.1; commits: 2; changed files: 0
subfolder: v1.0.1, exit 0; tags: none; commits: 1; changed files: 1" ] || { echo CHANGED; exit 1; }
