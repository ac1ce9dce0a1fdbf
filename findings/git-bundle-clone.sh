#!/bin/sh
# git 2.39.5: a bundle of one branch (git bundle create app.bundle main), cloned: it depends on init.defaultBranch of
# the one who clones. Is that "main", the files are checked out; is it not set (master), the clone has no files and no
# branch, and exits 0 with a warning.
# One would expect clone to take the only branch there is, or to fail; the setting is about new repositories. A deploy
# to hosts without a network, by bundle, works where the script was written and leaves an empty release on hosts that
# have another default.
# Seen 2026-11-29:
#   init.defaultBranch=main: exit 0, files: app
#   init.defaultBranch not set: exit 0, files: none
#   bundle with HEAD, not set: exit 0, files: app
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq git=1:2.39.5-0+deb12u3 2>/dev/null; dpkg -x git_*.deb g; export GIT_EXEC_PATH="$d/g/usr/lib/git-core" PATH="$d/g/usr/bin:$PATH" HOME="$d" GIT_CONFIG_NOSYSTEM=1; unset XDG_CONFIG_HOME
git init -q -b main r; cd r; echo 1 > app; git add app; git -c user.name=a -c user.email=a@b commit -qm x; git bundle create -q ../one.bundle main; git bundle create -q ../head.bundle HEAD main; cd ..
try() { name=$1; shift; rm -rf c; r=0; "$@" c 2>/dev/null || r=$?; f=$(ls c); echo "$name: exit $r, files: ${f:-none}"; }
out=$(try 'init.defaultBranch=main' git -c init.defaultBranch=main clone -q one.bundle; try 'init.defaultBranch not set' git clone -q one.bundle; try 'bundle with HEAD, not set' git clone -q head.bundle); echo "$out"
[ "$out" = "init.defaultBranch=main: exit 0, files: app
init.defaultBranch not set: exit 0, files: none
bundle with HEAD, not set: exit 0, files: app" ] || { echo CHANGED; exit 1; }
