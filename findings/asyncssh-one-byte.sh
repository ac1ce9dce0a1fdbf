#!/bin/sh
# Debian's asyncssh 2.10.1: one command whose output is not UTF-8 (a Latin-1 name in a listing, a binary file) closes the
# whole connection, and with it all commands that run beside it. Nothing is raised: for each, run() returns a result with
# exit_status None and what had come until then, and only the next command fails, with "SSH connection closed".
# One would expect an error for the one command, or a replaced character, as paramiko and fabric give.
# "if result.exit_status:" takes both for done: a migration that ran beside an "ls" is given up in the middle, and the
# deploy says it succeeded. encoding=None, or errors="replace", is what it takes.
# Seen 2026-12-01:
#   the listing: exit_status None, stdout ''
#   the migration beside it: exit_status None, stdout 'begun\n'
#   the next command: ChannelOpenError SSH connection closed
set -eu; d=$(mktemp -d); pid=; trap 'kill $pid 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"; apt-get download -qq python3-asyncssh=2.10.1-2+deb12u2 2>/dev/null; dpkg -x python3-asyncssh_*.deb x; npm i --silent --ignore-scripts --prefix . ssh2@1.17.0 >/dev/null 2>&1
cat > server.mjs <<'J'
import { spawn } from "node:child_process"; import ssh2 from "ssh2"; const key = ssh2.utils.generateKeyPairSync("ed25519").private;
const server = new ssh2.Server({ hostKeys: [key] }, (c) => c.on("error", () => {}).on("authentication", (a) => a.accept()).on("session", (accept) => accept().on("exec", (yes, no, { command }) => { const channel = yes(), p = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"] });
  channel.on("error", () => {}); p.stdout.pipe(channel, { end: false }); p.stderr.pipe(channel.stderr, { end: false }); p.on("close", (code) => { channel.exit(code ?? 255); channel.end(); }); })));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
J
cat > client.py <<'P'
import asyncio, sys, asyncssh
async def tell(name, run):
    try: r = await run; print(f"{name}: exit_status {r.exit_status}, stdout {r.stdout!r}")
    except Exception as e: print(f"{name}: {type(e).__name__} {e}")
async def main():
    async with asyncssh.connect("127.0.0.1", int(sys.argv[1]), username="u", password="p", known_hosts=None, client_keys=None, config=None) as c:
        migration = asyncio.ensure_future(c.run("echo begun; sleep 3; echo done")); await asyncio.sleep(1)
        await tell("the listing", c.run(r"printf 'caf\351\n'; sleep 1")); await tell("the migration beside it", migration); await tell("the next command", c.run("true"))
asyncio.run(main())
P
node server.mjs > port & pid=$!; while [ ! -s port ]; do sleep 0.1; done; out=$(PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore client.py "$(cat port)"); printf '%s\n' "$out"
[ "$out" = "the listing: exit_status None, stdout ''
the migration beside it: exit_status None, stdout 'begun\\n'
the next command: ChannelOpenError SSH connection closed" ] || { echo CHANGED; exit 1; }
