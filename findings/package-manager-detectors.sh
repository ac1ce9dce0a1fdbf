#!/bin/sh
# Which package manager does a project use? Four libraries that tell it, npm package-manager-detector 1.9.0, nypm 0.6.12,
# preferred-pm 5.0.1 and detect-package-manager 3.0.2, agree in none of four cases: two lockfiles (one left behind by a
# move, or by one npm install), "packageManager": "pnpm@10.34.9" beside a package-lock.json, bun's lockfile of today, and
# an npm-shrinkwrap.json. Each one has an order of lockfiles of its own, and two never read packageManager.
# One would expect the field that was made for it to decide, and a folder with bun.lock not to be npm's.
# Two tools of one deploy (the task runner's and the framework's) install with two package managers, the second over the
# first one's node_modules, and one of them without any lockfile.
# Seen 2026-12-01 (detector, nypm, preferred-pm, detect-package-manager):
#   package-lock.json pnpm-lock.yaml: pnpm npm npm pnpm
#   packageManager pnpm, package-lock.json: pnpm pnpm npm npm
#   bun.lock: bun bun bun npm
#   npm-shrinkwrap.json: npm none none npm
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . package-manager-detector@1.9.0 nypm@0.6.12 preferred-pm@5.0.1 detect-package-manager@3.0.2 >/dev/null 2>&1
cat > t.mjs <<'J'
import fs from "node:fs"; import path from "node:path"; import { detect } from "package-manager-detector/detect"; import { detectPackageManager } from "nypm"; import * as preferred from "preferred-pm"; import * as dpm from "detect-package-manager";
const cases = { "package-lock.json pnpm-lock.yaml": ["package-lock.json", "pnpm-lock.yaml"], "packageManager pnpm, package-lock.json": ["package-lock.json"], "bun.lock": ["bun.lock"], "npm-shrinkwrap.json": ["npm-shrinkwrap.json"] };
for (const [name, files] of Object.entries(cases)) { const cwd = fs.mkdtempSync(path.join(process.env.TREES, "app-")); for (const f of files) fs.writeFileSync(path.join(cwd, f), f.endsWith("json") ? "{}" : ""); fs.writeFileSync(path.join(cwd, "package.json"), JSON.stringify({ name: "app", ...(name.startsWith("packageManager") ? { packageManager: "pnpm@10.34.9" } : {}) }));
  const all = [(await detect({ cwd }))?.name, (await detectPackageManager(cwd))?.name, (await preferred.preferredPM(cwd))?.name, await dpm.detect({ cwd })]; console.log(`${name}: ${all.map((n) => n ?? "none").join(" ")}`); }
J
mkdir app; mv node_modules t.mjs app/; rm -f package.json package-lock.json; mkdir trees; out=$(TREES=$d/trees node app/t.mjs); echo "$out"
[ "$out" = 'package-lock.json pnpm-lock.yaml: pnpm npm npm pnpm
packageManager pnpm, package-lock.json: pnpm pnpm npm npm
bun.lock: bun bun bun npm
npm-shrinkwrap.json: npm none none npm' ] || { echo CHANGED; exit 1; }
