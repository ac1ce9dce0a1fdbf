#!/bin/sh
# ansible-core 2.14.18, INI inventory: values are Python literals, so release=2026_11_29 is the NUMBER 20261129
# (underscores in digits are Python's), the short hash 7831e42 is 7.831e+45 and version=1.10 is 1.1. Quotes do not help
# ("1.10" is 1.1 as well), two pairs of them do. In [group:vars], where the manual promises text, it is the same.
# One would expect the label of a release, in quotes at the latest, to come out as it was written. A playbook that
# deploys {{ release }} or checks out {{ revision }} asks for a folder or a commit that does not exist, for about one
# short hash in fifty.
# Seen 2026-11-29:
#   plain: 20261129 7.831e+45 1.1
#   quoted: 20261129 7.831e+45 1.1
#   twice quoted: "2026_11_29" "7831e42" "1.10"
#   group vars: 20261129 7.831e+45 1.1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; export HOME="$d"
apt-get download -qq ansible-core=2.14.18-0+deb12u2 python3-jinja2=3.1.2-1+deb12u3 python3-markupsafe=2.1.2-1+b1 python3-yaml=6.0-3+b2 python3-packaging=23.0-1 python3-resolvelib=0.9.0-2 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
ask() { cat > inv.ini; PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 x/usr/bin/ansible-inventory -i inv.ini --host w 2>err | sed -n 's/^ *"[abc]": \(.*[^,]\),*$/\1/p' | paste -s -d' ' - | sed "s/^/$1: /"; cat err >&2; }
out=$(printf 'w a=2026_11_29 b=7831e42 c=1.10\n' | ask plain; printf 'w a="2026_11_29" b="7831e42" c="1.10"\n' | ask quoted
printf '%s\n' "w a=\"'2026_11_29'\" b=\"'7831e42'\" c=\"'1.10'\"" | ask 'twice quoted'; printf '[g]\nw\n[g:vars]\na=2026_11_29\nb=7831e42\nc=1.10\n' | ask 'group vars'); echo "$out"
[ "$out" = 'plain: 20261129 7.831e+45 1.1
quoted: 20261129 7.831e+45 1.1
twice quoted: "2026_11_29" "7831e42" "1.10"
group vars: 20261129 7.831e+45 1.1' ] || { echo CHANGED; exit 1; }
