# A whole rollback by hand, as one script for one host. Arguments: DIRECTORY
set -eu
cd "$1"
live=$(basename "$(readlink current)")
before=$(ls -1 releases | sort | grep -B1 -x "$live" | head -n 1)
[ "$before" != "$live" ]
ln -s "$1/releases/$before" next
mv -fT next current
echo "rolled back to $before" >>revisions.log
