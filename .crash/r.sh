cd /tmp/crash; bash .crash/b.sh "$@" 2>&1 | grep -v ^npm
