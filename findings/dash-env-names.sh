#!/bin/sh
# An environment variable whose name is no shell name (INPUT_SSH-KEY, as @actions/core 3.0.1 reads the input ssh-key;
# spring.datasource.url): dash 0.5.12, busybox sh 1.35 and mksh 59c do not hand it on to what they start; bash does.
# npm 11.6.2 starts scripts with sh.
# One would expect a shell to pass on what it does not understand, as env does.
# "npm run deploy" on Debian and Alpine loses the variable that "node deploy.js" sees, on a Mac or with bash as sh it is
# there; npm's own npm_package_config_* of a key with a hyphen is set for nobody.
# Seen 2026-12-01:
#   env: handed on
#   bash: handed on
#   dash: lost
#   busybox sh: lost
#   mksh: lost
#   getInput("ssh-key") in node: "k", in npm run: ""
#   npm_package_config_my-port in npm run: undefined, with --script-shell=bash: 3000
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . @actions/core@3.0.1 npm@11.6.2 >/dev/null 2>&1
apt-get download -qq dash=0.5.12-2 busybox=1:1.35.0-4+deb12u1+b1 mksh=59c-28+deb12u1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done; mkdir bin; ln -s ../x/bin/dash bin/sh; N=$d/node_modules/npm/bin/npm-cli.js
echo 'import { getInput } from "@actions/core"; console.log(JSON.stringify(getInput("ssh-key")));' > a.mjs; echo '{"name":"app","version":"1.0.0","config":{"my-port":"3000"},"scripts":{"a":"node a.mjs","b":"node -p \"process.env['"'npm_package_config_my-port'"']\""}}' > package.json
try() { name=$1; shift; r=lost; [ -z "$(env INPUT_SSH-KEY=k "$@" | grep '^INPUT_SSH-KEY=k$')" ] || r='handed on'; echo "$name: $r"; }
PATH=$d/bin:$PATH; out=$(try env env; try bash bash -c 'env; true'; try dash x/bin/dash -c 'env; true'; try 'busybox sh' x/bin/busybox sh -c 'env; true'; try mksh x/bin/mksh -c 'env; true'
echo "getInput(\"ssh-key\") in node: $(env INPUT_SSH-KEY=k node a.mjs), in npm run: $(env INPUT_SSH-KEY=k node $N run -s a)"; echo "npm_package_config_my-port in npm run: $(node $N run -s b), with --script-shell=bash: $(node $N run -s --script-shell=bash b)"); echo "$out"
[ "$out" = 'env: handed on
bash: handed on
dash: lost
busybox sh: lost
mksh: lost
getInput("ssh-key") in node: "k", in npm run: ""
npm_package_config_my-port in npm run: undefined, with --script-shell=bash: 3000' ] || { echo CHANGED; exit 1; }
