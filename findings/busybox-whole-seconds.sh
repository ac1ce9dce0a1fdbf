#!/bin/sh
# busybox 1.35.0 (what Alpine's sh, find and ls are) compares times in whole seconds: [ a -nt b ], find -newer and the
# order of ls -t do not see that a file was written half a second after another. dash, bash and GNU's tools do: the
# clock of the file system is finer. ls -t falls back on the names.
# One would expect -nt to tell what stat prints. "Restart if .env is newer than the stamp", with the stamp written by
# the deploy in the same second, restarts nothing on Alpine; "keep the newest three by ls -t" may remove the newest.
# Seen 2026-11-29 (b of 00.100, a of 00.300, c of 00.600):
#   busybox: a -nt b no; find -newer b: nothing; ls -t: a b c
#   GNU: a -nt b yes; find -newer b: a c; ls -t: c a b
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq busybox-static=1:1.35.0-4+deb12u1+b1 coreutils=9.1-1 findutils=4.9.0-4 dash=0.5.12-2 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done; mkdir t; cd t; B=../x/bin/busybox
L=$(ls ../x/bin/ls ../x/usr/bin/ls 2>/dev/null | head -1); for f in b.100 a.300 c.600; do touch -d "2026-01-01 00:00:00.${f#*.}" "${f%.*}"; done; [ "$(stat -c %y a)" != "$(stat -c %y b)" ]
try() { n=no; ! $1 -c '[ a -nt b ]' || n=yes; f=$($2 . -type f -newer b | sort | sed 's#^./##' | paste -s -d' ' -); echo "$4: a -nt b $n; find -newer b: ${f:-nothing}; ls -t: $($3 -t | paste -s -d' ' -)"; }
out=$(try "$B sh" "$B find" "$B ls" busybox; try ../x/bin/dash ../x/usr/bin/find "$L" GNU); echo "$out"
[ "$out" = "busybox: a -nt b no; find -newer b: nothing; ls -t: a b c
GNU: a -nt b yes; find -newer b: a c; ls -t: c a b" ] || { echo CHANGED; exit 1; }
