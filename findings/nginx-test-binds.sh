#!/bin/sh
# nginx 1.22.1: nginx -t is no test of the text alone. It binds the addresses of listen, and it leaves behind the pid file,
# the logs and the temporary folders that the configuration names, as if it had been started. An address that is not on
# THIS host fails the test after "syntax is ok"; a port that another program holds does not.
# One would expect -t ("test configuration and exit") to read, and to say the same of one file on each host. A deploy that
# runs nginx -t before it reloads a standby (its virtual address is on the other host) stops there; run as root before the
# first start, it makes the logs belong to root.
# Seen 2026-11-29:
#   foreign address: exit 1, nginx: [emerg] bind() to 192.0.2.1:45990 failed (99: Cannot assign requested address)
#   port in use: exit 0; left behind: access.log body error.log fastcgi nginx.pid proxy scgi uwsgi
set -eu; d=$(mktemp -d); pid=; trap 'kill $pid 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq nginx=1.22.1-9+deb12u11 2>/dev/null; dpkg -x nginx_*.deb x
node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port))' > port & pid=$!
while [ ! -s port ]; do sleep 0.1; done
config() { rm -rf run; mkdir run; cat > n.conf <<N
pid run/nginx.pid; error_log run/error.log; events {} http { access_log run/access.log; client_body_temp_path run/body; proxy_temp_path run/proxy;
fastcgi_temp_path run/fastcgi; uwsgi_temp_path run/uwsgi; scgi_temp_path run/scgi; server { listen $1; } }
N
}
config 192.0.2.1:45990; r=0; a=$(x/usr/sbin/nginx -t -e run/error.log -p "$d" -c "$d/n.conf" 2>&1) || r=$?; a="foreign address: exit $r, $(echo "$a" | grep emerg)"
config "127.0.0.1:$(cat port)"; r=0; x/usr/sbin/nginx -t -e run/error.log -p "$d" -c "$d/n.conf" 2>/dev/null || r=$?; b="port in use: exit $r; left behind: $(ls run | paste -s -d' ' -)"
echo "$a"; echo "$b"; [ "$a|$b" = 'foreign address: exit 1, nginx: [emerg] bind() to 192.0.2.1:45990 failed (99: Cannot assign requested address)|port in use: exit 0; left behind: access.log body error.log fastcgi nginx.pid proxy scgi uwsgi' ] || { echo CHANGED; exit 1; }
