#!/bin/sh
# git 2.39.5, leaving a folder out of git archive: gitattributes(5) calls the form docs/ "pointless in an attributes
# file; use docs/**". For git archive it is the other way round: docs/ leaves the folder out, docs/** leaves an EMPTY
# folder docs in the archive. And git check-attr says "unspecified" for what docs/ leaves out: it has to be asked for
# "docs/".
# One would expect the manual's form to leave nothing behind, and check-attr to tell what archive does. A release gets
# an empty folder that hides a shared one of that name (ln -s makes its link inside it), and a tool that asks check-attr which
# files a release will have counts those of docs.
# Seen 2026-11-29:
#   docs/ export-ignore: archive: app; check-attr docs: unspecified, docs/: set, docs/a: unspecified
#   docs/** export-ignore: archive: app docs/; check-attr docs: unspecified, docs/: unspecified, docs/a: set
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq git=1:2.39.5-0+deb12u3 2>/dev/null; dpkg -x git_*.deb g; export GIT_EXEC_PATH="$d/g/usr/lib/git-core" PATH="$d/g/usr/bin:$PATH" HOME="$d" GIT_CONFIG_NOSYSTEM=1; unset XDG_CONFIG_HOME
git init -q r; cd r; mkdir docs; touch app docs/a; git add -A; git -c user.name=a -c user.email=a@b commit -qm x
state() { git check-attr export-ignore "$1" | sed 's/.*: //'; }
try() { echo "$1 export-ignore" > .git/info/attributes; echo "$1 export-ignore: archive: $(git archive HEAD | tar -tf - | paste -s -d' ' -); check-attr docs: $(state docs), docs/: $(state docs/), docs/a: $(state docs/a)"; }
out=$(try 'docs/'; try 'docs/**'); echo "$out"
[ "$out" = "docs/ export-ignore: archive: app; check-attr docs: unspecified, docs/: set, docs/a: unspecified
docs/** export-ignore: archive: app docs/; check-attr docs: unspecified, docs/: unspecified, docs/a: set" ] || { echo CHANGED; exit 1; }
