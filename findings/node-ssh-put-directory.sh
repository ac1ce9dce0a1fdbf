#!/bin/sh
# npm node-ssh 13.2.1, putDirectory(local, remote) with its defaults, to OpenSSH's sftp-server 9.2p1: it leaves out each file
# and folder whose name begins with a dot, makes every file 644, and resolves true, as it does for a folder sent whole.
# One would expect "directory" to mean its contents, or the README to name the filter's default (its example filters so).
# A site sent so has no .env, no .htaccess and no .well-known (certificates are not renewed); its scripts do not start.
# Seen 2026-12-01:
#   sent from: 644 .env, 644 .well-known/a, 644 index.html, 755 run.sh
#   putDirectory: true, arrived: 644 index.html, 644 run.sh
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; umask 022
apt-get download -qq openssh-sftp-server=1:9.2p1-2+deb12u10 2>/dev/null; dpkg -x openssh-sftp-server_*.deb x; npm i --silent --ignore-scripts --prefix . node-ssh@13.2.1 ssh2@1.17.0 >/dev/null 2>&1
mkdir -p app/.well-known; echo A=1 > app/.env; echo a > app/.well-known/a; echo i > app/index.html; echo '#!/bin/sh' > app/run.sh; chmod 755 app/run.sh; find x -name sftp-server -type f > server
cat > t.mjs <<'J'
import { spawn } from "node:child_process"; import fs from "node:fs"; import ssh2 from "ssh2"; import { NodeSSH } from "node-ssh";
const key = ssh2.utils.generateKeyPairSync("ed25519").private, program = fs.readFileSync("server", "utf8").trim();
const server = new ssh2.Server({ hostKeys: [key] }, (c) => c.on("error", () => {}).on("authentication", (a) => a.accept()).on("session", (accept) => accept().on("subsystem", (yes) => { const channel = yes(), p = spawn(program); channel.pipe(p.stdin); p.stdout.pipe(channel); })));
await new Promise((r) => server.listen(0, "127.0.0.1", r)); const client = new NodeSSH(); await client.connect({ host: "127.0.0.1", port: server.address().port, username: "u", password: "p" });
console.log(await client.putDirectory(`${process.cwd()}/app`, `${process.cwd()}/sent`)); client.dispose(); server.close(); process.exit();
J
list() { (cd "$1"; find . -type f -printf '%m %P\n' | LC_ALL=C sort -k2 | paste -s -d, - | sed 's/,/, /g'); }
r=$(node t.mjs); out=$(echo "sent from: $(list app)"; echo "putDirectory: $r, arrived: $(list sent)"); echo "$out"
[ "$out" = "sent from: 644 .env, 644 .well-known/a, 644 index.html, 755 run.sh
putDirectory: true, arrived: 644 index.html, 644 run.sh" ] || { echo CHANGED; exit 1; }
