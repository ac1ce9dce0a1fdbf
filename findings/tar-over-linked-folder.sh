#!/bin/sh
# An archive with a folder uploads/, unpacked where uploads is a symbolic link to shared/uploads (a linked folder of the
# live release): GNU tar 1.34, bsdtar 3.6.2 and npm tar 7.5.23 remove the link and put a folder in its place, exit 0;
# rsync -a does too. cp -a of GNU refuses. GNU tar has --keep-directory-symlink for it; nobody prints anything.
# One would expect the link to be followed, as a path through it is in every other command, or an error as from cp. A
# hot fix that is unpacked over the live release cuts it off from its shared data: from then on uploads go to a folder
# that is removed with the release, and the old ones are "gone".
# Seen 2026-11-29:
#   GNU tar: exit 0, uploads is a folder; --keep-directory-symlink: exit 0, uploads is a link
#   bsdtar: exit 0, uploads is a folder; npm tar: exit 0, uploads is a folder
#   rsync -a: exit 0, uploads is a folder; cp -a: exit 1, uploads is a link
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . tar@7.5.23 >/dev/null
apt-get download -qq tar=1.34+dfsg-1.2+deb12u1 libarchive-tools=3.6.2-1+deb12u5 libarchive13=3.6.2-1+deb12u5 rsync=3.5.0+ds1-0+deb12u1 coreutils=9.1-1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
G=$(ls x/bin/tar x/usr/bin/tar 2>/dev/null | head -1); C=$(ls x/bin/cp x/usr/bin/cp 2>/dev/null | head -1); L=$(dirname x/usr/lib/*/libarchive.so.13); mkdir -p fix/uploads; echo new > fix/uploads/new; $G -cf fix.tar -C fix .
try() { name=$1; shift; rm -rf live shared; mkdir -p live shared/uploads; echo old > shared/uploads/old; ln -s ../shared/uploads live/uploads; r=0; "$@" >/dev/null 2>&1 || r=$?; k=folder; [ ! -L live/uploads ] || k=link; printf '%s: exit %s, uploads is a %s' "$name" $r $k; }
a="$(try 'GNU tar' "$G" -xf fix.tar -C live); $(try '--keep-directory-symlink' "$G" -xf fix.tar --keep-directory-symlink -C live)"
b="$(try bsdtar env LD_LIBRARY_PATH="$L" x/usr/bin/bsdtar -xf fix.tar -C live); $(try 'npm tar' node -e 'require("tar").x({ file: "fix.tar", cwd: "live", sync: true })')"
c="$(try 'rsync -a' x/usr/bin/rsync -a fix/ live/); $(try 'cp -a' "$C" -a fix/. live/)"; out=$(echo "$a"; echo "$b"; echo "$c"); echo "$out"
[ "$out" = "GNU tar: exit 0, uploads is a folder; --keep-directory-symlink: exit 0, uploads is a link
bsdtar: exit 0, uploads is a folder; npm tar: exit 0, uploads is a folder
rsync -a: exit 0, uploads is a folder; cp -a: exit 1, uploads is a link" ] || { echo CHANGED; exit 1; }
