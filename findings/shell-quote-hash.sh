#!/bin/sh
# npm shell-quote 1.12.0: parse() takes a # in the MIDDLE of a word for a comment and drops the rest of the line with it.
# In a shell a comment begins only where a word begins, which the library's own quote() knows (it writes a#b as a\#b).
# One would expect parse() to split a command line as sh does, that is all it is for.
# A task runner that splits its hooks' commands with it runs  curl http://x/#up --fail  without --fail: the health check
# of a deploy cannot fail any more.
# Seen 2026-11-29:
#   sh:          ["curl","http://x/#up","--fail"]
#   shell-quote: ["curl","http://x/",{"comment":"up --fail"}]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . shell-quote@1.12.0 >/dev/null
L='curl http://x/#up --fail'; a=$(sh -c "exec node -p 'JSON.stringify(process.argv.slice(1))' -- $L"); b=$(L="$L" node -p 'JSON.stringify(require("shell-quote").parse(process.env.L))')
echo "sh:          $a"; echo "shell-quote: $b"
[ "$a|$b" = '["curl","http://x/#up","--fail"]|["curl","http://x/",{"comment":"up --fail"}]' ] || { echo CHANGED; exit 1; }
