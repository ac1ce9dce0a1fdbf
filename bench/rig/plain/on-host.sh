# A whole deploy by hand, as one script for one host: the least that it can cost. Arguments: DIRECTORY URL BRANCH KEEP
set -eu
cd "$1"
mkdir -p releases shared/log
[ -e shared/config/app.env ]
exec 9>lock
flock -n 9
if [ -f repo/HEAD ]; then git -C repo remote update --prune >/dev/null; else git clone -q --mirror "$2" repo; fi
commit=$(git -C repo rev-list --max-count=1 "$3" --)
release=$1/releases/$(date -u +%Y%m%d%H%M%S%3N)
mkdir "$release"
git -C repo archive "$commit" | tar -x -C "$release"
echo "$commit" >"$release/REVISION"
rm -rf "$release/log" "$release/config/app.env"
ln -s "$1/shared/log" "$release/log"
ln -s "$1/shared/config/app.env" "$release/config/app.env"
ln -s "$release" next
mv -fT next current
ls -1d releases/[0-9]* | sort | head -n "-$4" | xargs -r rm -rf
echo "Branch $3 (at $commit) deployed as release ${release##*/}" >>revisions.log
