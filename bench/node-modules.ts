/**
 * What a deploy spends on the packages of an app whose lockfile did not change, beside `npm ci` with a warm cache: packages made here, so that
 * no network is measured.
 *
 *   npm run bench:node
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PROGRAM } from "../src/recipes/node/host/program.ts";
import type { NodeWork } from "../src/recipes/node/host/work.ts";
import { LOCKFILES, MANAGERS } from "../src/recipes/node/managers.ts";

const PACKAGES = 200;
/** Of each package: as many, and as large, as are usual. */
const FILES = 50;
const BYTES = 6000;
const ROUNDS = 5;

const folder = mkdtempSync(join(tmpdir(), "node-modules-"));
const registry = spawn(process.execPath, ["-e", serveRegistry(join(folder, "tarballs"))], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [port] = (await once(registry.stdout, "data")) as [Buffer];
const address = `http://127.0.0.1:${port.toString().trim()}/`;
const env = { ...process.env, npm_config_cache: join(folder, "cache"), npm_config_registry: address };
try {
  const files = makeApp();
  const ci: number[] = [];
  const taken = { link: [] as number[], copy: [] as number[] };
  release("0", files);
  // It fills the cache of downloads, too.
  work("0", "link");
  work("0", "link", "build");
  for (let round = 1; round <= ROUNDS; round += 1) {
    release(`ci${round}`, files);
    ci.push(timed(() => npm(["ci", "--no-audit", "--no-fund"], join(folder, `ci${round}`))));
    for (const by of ["link", "copy"] as const) {
      release(`${by}${round}`, files);
      taken[by].push(timed(() => work(`${by}${round}`, by)));
    }
    for (const name of ["ci", "link", "copy"]) rmSync(join(folder, `${name}${round}`), { recursive: true });
  }
  const base = median(ci);
  say(`${PACKAGES} packages of ${FILES} files, ${(PACKAGES * FILES * BYTES) / 1e6} MB, median of ${ROUNDS}`);
  say(`npm ci, warm cache      ${base.toFixed(2)} s`);
  for (const by of ["link", "copy"] as const)
    say(`taken over by ${by}      ${median(taken[by]).toFixed(2)} s  ${(median(taken[by]) / base).toFixed(3)}x`);
} finally {
  registry.kill();
  rmSync(folder, { recursive: true, force: true });
}

function makeApp(): ReadonlyMap<string, string> {
  const dependencies: Record<string, string> = {};
  for (let index = 0; index < PACKAGES; index += 1) {
    const name = `package-${index}`;
    const place = join(folder, "made/package");
    mkdirSync(join(place, "lib"), { recursive: true });
    writeFileSync(join(place, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
    for (let file = 0; file < FILES; file += 1)
      writeFileSync(join(place, `lib/${file}.js`), `// ${name} ${file}\n${"exports.x = 1;\n".repeat(BYTES / 15)}`);
    mkdirSync(join(folder, "tarballs"), { recursive: true });
    execFileSync("tar", ["-czf", join(folder, `tarballs/${name}.tgz`), "-C", dirname(place), "package"]);
    dependencies[name] = "1.0.0";
  }
  const files = new Map([["package.json", JSON.stringify({ name: "app", version: "1.0.0", dependencies })]]);
  release("lock", files);
  npm(["install", "--package-lock-only", "--no-audit", "--no-fund"], join(folder, "lock"));
  return new Map([
    ...files,
    ["package-lock.json", execFileSync("cat", [join(folder, "lock/package-lock.json")], { encoding: "utf8" })],
  ]);
}

/** As much of a registry as npm asks for, in a process of its own: this one waits for npm. */
function serveRegistry(tarballs: string): string {
  return `
    const { createHash } = require("node:crypto"), fs = require("node:fs");
    const server = require("node:http").createServer((request, response) => {
      const [, name, file] = request.url.split("/");
      const tarball = fs.readFileSync(${JSON.stringify(tarballs)} + "/" + name + ".tgz");
      if (file !== undefined) return response.end(tarball);
      const integrity = "sha512-" + createHash("sha512").update(tarball).digest("base64");
      const dist = { tarball: "http://" + request.headers.host + "/" + name + "/1.0.0.tgz", integrity };
      const versions = { "1.0.0": { name, version: "1.0.0", dist } };
      response.end(JSON.stringify({ name, "dist-tags": { latest: "1.0.0" }, versions }));
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  `;
}

function release(name: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(join(folder, name));
  for (const [file, text] of files) writeFileSync(join(folder, name, file), text);
}

function npm(args: readonly string[], cwd: string): void {
  execFileSync("npm", args, { cwd, env, stdio: "ignore" });
}

/** What a deploy does there. The first release that was made is the one that is live. */
function work(name: string, by: NodeWork["by"], step: NodeWork["step"] = "install"): void {
  const current = join(folder, "current");
  const how = { directory: ".", current, by, build: true, dev: "auto", nodeEnv: "production", cache: "" } as const;
  const whole: NodeWork = { step, release: join(folder, name), ...how, managers: MANAGERS, lockfiles: LOCKFILES };
  const given = { ...env, FAKE_NODE_WORK: JSON.stringify(whole) };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", PROGRAM], { env: given, encoding: "utf8" });
  if (status !== 0 || (name !== "0" && !stdout.includes("nothing to install"))) throw new Error(`${stdout}${stderr}`);
  if (name === "0" && step === "build") symlinkSync(join(folder, name), current);
}

function timed(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
