#!/bin/sh
# nginx 1.22.1, a maintenance page by a file that is there or not, "if (-f ...) { return 503; }" in the server block.
# error_page 503 /page.html shows nginx's own page instead: the inner request for the page meets the same "if". The
# usual cure, error_page 503 @page with a rewrite to the file, shows the page to GET, and answers POST and PUT with 405,
# as static files allow no POST; an error_page 405 beside it counts only with recursive_error_pages on.
# One would expect the status that was returned to be the one that is sent, whatever the method.
# 503 says come back later: webhooks and job runners try again. 405 says never: they give up, and what came in during
# the deploy is lost.
# Seen 2026-12-01:
#   error_page 503 /page.html: GET 503 own page: no, POST 503
#   error_page 503 @page: GET 503 own page: yes, POST 405
#   with error_page 405 as well: GET 503 own page: yes, POST 405
#   and recursive_error_pages on: GET 503 own page: yes, POST 503
set -eu; d=$(mktemp -d); chmod 755 "$d"; pid=; trap 'kill $pid 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq nginx=1.22.1-9+deb12u11 2>/dev/null; dpkg -x nginx_*.deb x; mkdir www run; echo 'back soon' > www/page.html
P=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
ask() { curl -s -o body -w '%{http_code}' "$@" "http://127.0.0.1:$P/hook"; }
try() { cat > n.conf <<N
daemon off; pid run/nginx.pid; error_log run/error.log; events {} http { access_log off; client_body_temp_path run/body; proxy_temp_path run/proxy;
fastcgi_temp_path run/fastcgi; uwsgi_temp_path run/uwsgi; scgi_temp_path run/scgi; server { listen 127.0.0.1:$P; root $d/www; $2 if (-f \$document_root/page.html) { return 503; } } }
N
  x/usr/sbin/nginx -e run/error.log -p "$d" -c "$d/n.conf" 2>/dev/null & pid=$!; until ask >/dev/null; do sleep 0.1; done
  g=$(ask); own=no; ! grep -q 'back soon' body || own=yes; echo "$1: GET $g own page: $own, POST $(ask -d a=1)"; kill $pid; wait $pid || true; }
try 'error_page 503 /page.html' 'error_page 503 /page.html;' > out
try 'error_page 503 @page' 'error_page 503 @page; location @page { rewrite ^ /page.html break; }' >> out
try 'with error_page 405 as well' 'error_page 503 @page; location @page { error_page 405 = /page.html; rewrite ^ /page.html break; }' >> out
try 'and recursive_error_pages on' 'recursive_error_pages on; error_page 503 @page; location @page { error_page 405 = /page.html; rewrite ^ /page.html break; }' >> out
cat out; [ "$(cat out)" = 'error_page 503 /page.html: GET 503 own page: no, POST 503
error_page 503 @page: GET 503 own page: yes, POST 405
with error_page 405 as well: GET 503 own page: yes, POST 405
and recursive_error_pages on: GET 503 own page: yes, POST 503' ] || { echo CHANGED; exit 1; }
