#!/bin/sh
# npm node-ssh 13.2.1. execCommand(command, { cwd }) of a folder that is not there runs the command all the same, where
# the connection is (the home), and its code is 0: the folder is entered with "cd ... ;". exec(), the form that rejects
# on failure, does so for a line on stderr though the command succeeded, and resolves for exit code 3 without one.
# One would expect a cwd to be a condition, as it is for child_process, and a command to have failed when its code says so.
# "rm -rf cache" with the cwd of a release that was cleaned up empties the home's cache; npm warns on stderr and stops the
# deploy; a test that fails quietly lets it go on.
# Seen 2026-12-01:
#   execCommand, cwd /srv/nosuch: code 0, ran in home
#   exec, exit 0 with a warning: rejected, a warning
#   exec, exit 3: resolved, output
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; mkdir home; npm i --silent --ignore-scripts --prefix . node-ssh@13.2.1 ssh2@1.17.0 >/dev/null 2>&1
cat > t.mjs <<'J'
import { spawn } from "node:child_process"; import path from "node:path"; import ssh2 from "ssh2"; import { NodeSSH } from "node-ssh"; const key = ssh2.utils.generateKeyPairSync("ed25519").private;
const server = new ssh2.Server({ hostKeys: [key] }, (c) => c.on("error", () => {}).on("authentication", (a) => a.accept()).on("session", (accept) => accept().on("exec", (yes, no, { command }) => { const channel = yes(), p = spawn("sh", ["-c", command], { cwd: "home", stdio: ["ignore", "pipe", "pipe"] });
  p.stdout.pipe(channel, { end: false }); p.stderr.pipe(channel.stderr, { end: false }); p.on("close", (code) => { channel.exit(code); channel.end(); }); })));
await new Promise((r) => server.listen(0, "127.0.0.1", r)); const client = new NodeSSH(); await client.connect({ host: "127.0.0.1", port: server.address().port, username: "u", password: "p" });
const { code, stdout } = await client.execCommand("pwd", { cwd: "/srv/nosuch" }); console.log(`execCommand, cwd /srv/nosuch: code ${code}, ran in ${path.basename(stdout)}`);
const tell = (script) => client.exec("sh", ["-c", script]).then((o) => `resolved, ${o}`, (e) => `rejected, ${e.message}`);
console.log("exec, exit 0 with a warning:", await tell("echo a warning >&2")); console.log("exec, exit 3:", await tell("echo output; exit 3")); client.dispose(); server.close(); process.exit();
J
out=$(node t.mjs); echo "$out"; [ "$out" = "execCommand, cwd /srv/nosuch: code 0, ran in home
exec, exit 0 with a warning: rejected, a warning
exec, exit 3: resolved, output" ] || { echo CHANGED; exit 1; }
