#!/bin/sh
# OpenSSH 9.2p1, scp -r: a symbolic link to a FOLDER fails with "is not a regular file", exit 1; a link to a file is
# sent as that file. scp(1) of this version still says that it "follows symbolic links encountered in the tree
# traversal", which holds for the old protocol only (-O): there the folder is sent. sftp's put -r leaves out both, and
# exits 0.
# One would expect the default protocol to do what the manual says, or the two programs on it to do the same. A release
# with a linked folder (a workspace in node_modules, a shared config) cannot be copied with scp -r any more, and arrives
# incomplete with sftp, without an error.
# Seen 2026-11-29:
#   scp -r: exit 1, f folder/x link-to-f
#   scp -O -r: exit 0, f folder/x link-to-f link-to-folder/x
#   sftp put -r: exit 0, f folder/x
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; V=1:9.2p1-2+deb12u10
apt-get download -qq openssh-client=$V openssh-sftp-server=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done; S=$(find "$d/x" -name sftp-server -type f | head -1)
mkdir -p release/folder one two three; echo f > release/f; echo x > release/folder/x; ln -s f release/link-to-f; ln -s folder release/link-to-folder
cat > ssh-here <<R
#!/bin/sh
for c; do :; done; PATH="$d/x/usr/bin:\$PATH"; exec sh -c "\$c"
R
chmod +x ssh-here; echo "put -r release $d/three" > batch
show() { echo "$1: exit $2, $(cd "$3/release" && find -L . -type f | sort | sed 's#^./##' | paste -s -d' ' -)"; }
r=0; x/usr/bin/scp -D "$S" -r release "h:$d/one" 2>/dev/null || r=$?; a=$(show 'scp -r' $r one)
r=0; x/usr/bin/scp -O -S "$d/ssh-here" -r release "h:$d/two" 2>/dev/null || r=$?; b=$(show 'scp -O -r' $r two)
r=0; x/usr/bin/sftp -D "$S" -b batch >/dev/null 2>&1 || r=$?; c=$(show 'sftp put -r' $r three); out=$(echo "$a"; echo "$b"; echo "$c"); echo "$out"
[ "$out" = "scp -r: exit 1, f folder/x link-to-f
scp -O -r: exit 0, f folder/x link-to-f link-to-folder/x
sftp put -r: exit 0, f folder/x" ] || { echo CHANGED; exit 1; }
