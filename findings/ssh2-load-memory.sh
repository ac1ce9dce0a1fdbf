#!/bin/sh
# npm ssh2 1.17.0, node 20: loading the package takes 16 MiB of WebAssembly memory, before there is a connection and whether
# or not a server ever takes the one cipher it is for (chacha20-poly1305); with four worker threads it is five times that.
# Nothing in its README or types says so, and it is in none of the figures that one looks at: not in heapUsed, not in
# arrayBuffers. One would expect a module to take memory when it is used. V8 counts it as held from outside its heap: a
# small command-line program stands next to its first limit, and collects all its garbage while it waits for its first host.
# Seen 2026-11-29:
#   loaded: external +16 MiB, arrayBuffers +0 MiB
#   and in 4 workers: external +80 MiB
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . ssh2@1.17.0 >/dev/null
cat > t.cjs <<'J'
const { Worker } = require("node:worker_threads");
const mib = (n) => Math.floor(n / 2 ** 20);
const before = process.memoryUsage(); require("ssh2");
setTimeout(async () => {
  const { external, arrayBuffers } = process.memoryUsage();
  const own = mib(external - before.external);
  console.log(`loaded: external +${own} MiB, arrayBuffers +${mib(arrayBuffers - before.arrayBuffers)} MiB`);
  const code = `const { parentPort } = require("node:worker_threads"); const before = process.memoryUsage().external; require("ssh2");
    setTimeout(() => { parentPort.postMessage(Math.floor((process.memoryUsage().external - before) / 2 ** 20)); }, 300);`;
  const said = await Promise.all([1, 2, 3, 4].map(() => new Promise((done, fail) => new Worker(code, { eval: true }).on("message", done).on("error", fail))));
  console.log(`and in 4 workers: external +${own + said.reduce((a, b) => a + b)} MiB`);
}, 300);
J
out=$(node t.cjs); echo "$out"; [ "$out" = "loaded: external +16 MiB, arrayBuffers +0 MiB
and in 4 workers: external +80 MiB" ] || { echo CHANGED; exit 1; }
