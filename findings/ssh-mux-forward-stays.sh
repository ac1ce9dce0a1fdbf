#!/bin/sh
# OpenSSH 9.2p1 with a shared connection (ControlMaster, ControlPersist): the tunnel of "ssh -L 5433:staging:5432 host command"
# stays open when the command ends, as it belongs to the master. The next "ssh -L 5433:production:5432 host command" then
# cannot have the port: it says "forwarding request failed" on stderr, runs the command all the same with exit 0, and
# the port still leads to staging. Without the shared connection each tunnel ends with its command.
# One would expect a tunnel to live as long as the ssh that asked for it, or the second ssh to end.
# A migration through a tunnel goes to the database of the deploy before. ExitOnForwardFailure=yes makes it exit 255.
# Seen 2026-12-01 (what answers on the port during the command, after it, and the exit code):
#   own connection, -L to staging: staging, then ECONNREFUSED, exit 0
#   own connection, -L to production: production, then ECONNREFUSED, exit 0
#   shared connection, -L to staging: staging, then staging, exit 0
#   shared connection, -L to production: staging, then staging, exit 0
#   shared connection, ExitOnForwardFailure: exit 255
set -eu; d=$(mktemp -d); pid=; trap 'ssh -F none -S m -O exit x 2>/dev/null || true; kill $pid 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"; apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 2>/dev/null; dpkg -x openssh-client_*.deb x; PATH=$d/x/usr/bin:$PATH
npm i --silent --ignore-scripts --prefix . ssh2@1.17.0 >/dev/null 2>&1
cat > server.mjs <<'J'
import { spawn } from "node:child_process"; import net from "node:net"; import ssh2 from "ssh2"; const key = ssh2.utils.generateKeyPairSync("ed25519").private;
const server = new ssh2.Server({ hostKeys: [key] }, (c) => c.on("error", () => {}).on("authentication", (a) => a.accept())
  .on("tcpip", (yes, no, to) => { const s = net.connect(to.destPort, to.destIP, () => { const channel = yes(); channel.on("error", () => {}); s.pipe(channel).pipe(s); }).on("error", () => no()); })
  .on("session", (accept) => accept().on("exec", (yes, no, { command }) => { const channel = yes(), p = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] }); channel.on("error", () => {}); p.stdout.pipe(channel, { end: false }); p.on("close", (code) => { channel.exit(code ?? 255); channel.end(); }); })));
const listen = (s) => new Promise((r) => s.listen(0, "127.0.0.1", () => r(s.address().port))), database = (name) => listen(net.createServer((c) => c.on("error", () => {}).end(name)));
const free = net.createServer(), F = await listen(free); await new Promise((r) => free.close(r)); console.log(await listen(server), await database("staging"), await database("production"), F);
J
cat > ask.mjs <<'J'
import net from "node:net"; net.connect(+process.argv[2], "127.0.0.1").on("data", (b) => process.stdout.write(b)).on("error", (e) => process.stdout.write(e.code));
J
node server.mjs > ports & pid=$!; while [ ! -s ports ]; do sleep 0.1; done; read -r P A B F < ports; go() { ssh -F none -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p "$P" "$@"; }
try() { name=$1; to=$2; shift 2; r=0; rm -f during; go "$@" -L "127.0.0.1:$F:127.0.0.1:$to" 127.0.0.1 "node $d/ask.mjs $F" > during 2>/dev/null || r=$?; echo "$name: $(cat during), then $(node ask.mjs "$F"), exit $r"; }
out=$(try 'own connection, -L to staging' "$A" -S none; try 'own connection, -L to production' "$B" -S none; go -M -S m -o ControlPersist=60 -f -N 127.0.0.1 </dev/null >/dev/null 2>&1
try 'shared connection, -L to staging' "$A" -S m; try 'shared connection, -L to production' "$B" -S m; r=0; go -S m -o ExitOnForwardFailure=yes -L "127.0.0.1:$F:127.0.0.1:$B" 127.0.0.1 true 2>/dev/null || r=$?; echo "shared connection, ExitOnForwardFailure: exit $r"); echo "$out"
[ "$out" = 'own connection, -L to staging: staging, then ECONNREFUSED, exit 0
own connection, -L to production: production, then ECONNREFUSED, exit 0
shared connection, -L to staging: staging, then staging, exit 0
shared connection, -L to production: staging, then staging, exit 0
shared connection, ExitOnForwardFailure: exit 255' ] || { echo CHANGED; exit 1; }
