#!/bin/sh
# npm 10.9.4: in a release that npm ci --omit=dev has just installed, npm sbom --omit=dev fails with ESBOMPROBLEMS: it
# asks for the development dependencies that it was told to omit, and prints no document. npm ls --omit=dev is content
# with the same folder, and npm sbom --package-lock-only works.
# One would expect the option of the same name to mean the same in both: the bill of what is on the host is wanted.
# A deploy step that writes an SBOM of each release on the host fails for every project with a devDependency.
# Seen 2026-11-29:
#   npm ls --omit=dev: exit 0
#   npm sbom --omit=dev: exit 1, ESBOMPROBLEMS missing: once@1.4.0, required by app@1.0.0
#   npm sbom --omit=dev --package-lock-only: exit 0
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix tools npm@10.9.4 >/dev/null; PATH=$d/tools/node_modules/.bin:$PATH; npm --version | grep -qx 10.9.4; mkdir app; cd app
echo '{"name":"app","version":"1.0.0","dependencies":{"ms":"2.1.3"},"devDependencies":{"once":"1.4.0"}}' > package.json
npm i --silent --package-lock-only; npm ci --silent --omit=dev
try() { r=0; "$@" --sbom-format=cyclonedx >o 2>&1 || r=$?; e=$(sed -n 's/^npm error code //p; s/^npm error \(missing:.*\)/\1/p' o | paste -s -d' ' -); echo "$*: exit $r${e:+, $e}"; }
out=$(try npm ls --omit=dev; try npm sbom --omit=dev; try npm sbom --omit=dev --package-lock-only); echo "$out"
[ "$out" = "npm ls --omit=dev: exit 0
npm sbom --omit=dev: exit 1, ESBOMPROBLEMS missing: once@1.4.0, required by app@1.0.0
npm sbom --omit=dev --package-lock-only: exit 0" ] || { echo CHANGED; exit 1; }
