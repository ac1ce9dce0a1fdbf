// test/crash/run.ts
import { appendFileSync as appendFileSync2, rmSync as rmSync6, writeFileSync as writeFileSync8 } from "node:fs";
import { resolve as resolve2 } from "node:path";
import { parseArgs } from "node:util";

// test/crash/faults.ts
import { closeSync, openSync, rmSync as rmSync4, writeFileSync as writeFileSync5, writeSync } from "node:fs";
import { join as join6 } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

// test/crash/scene.ts
import { execFileSync as execFileSync4, spawnSync as spawnSync2 } from "node:child_process";
import { appendFileSync, chmodSync as chmodSync2, mkdirSync as mkdirSync3, mkdtempSync as mkdtempSync2, readFileSync as readFileSync4, realpathSync, rmSync as rmSync3, writeFileSync as writeFileSync4 } from "node:fs";
import { tmpdir as tmpdir2 } from "node:os";
import { join as join5 } from "node:path";

// test/support/git-repo.ts
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
var ENVIRONMENT = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
  GIT_ALLOW_PROTOCOL: "file"
};
function createGitRepo(directory) {
  mkdirSync(directory, { recursive: true });
  const git = (...args) => execFileSync("git", args, { cwd: directory, env: ENVIRONMENT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("init", "--quiet", "--initial-branch=main");
  return {
    directory,
    git,
    sha: (name = "HEAD") => git("rev-parse", name),
    commit(files, message = "Change") {
      for (const [path, content] of Object.entries(files)) write(join(directory, path), content);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
    remove: () => rmSync(directory, { recursive: true, force: true })
  };
}
function write(path, content) {
  rmSync(path, { recursive: true, force: true });
  if (content === void 0) return;
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === "string") writeFileSync(path, content);
  else if ("link" in content) symlinkSync(content.link, path);
  else {
    writeFileSync(path, content.executable);
    chmodSync(path, 493);
  }
}

// test/support/ssh-relay.ts
import { connect, createServer } from "node:net";
async function startRelay(port, options = {}) {
  const sockets = /* @__PURE__ */ new Set();
  let winter = { frozen: false };
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const mine = winter;
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    let sent = 0;
    const pass = (from, to, isServer) => {
      sockets.add(from);
      from.on("error", () => void 0);
      from.on("data", (chunk) => {
        if (isServer) sent += chunk.length;
        if (!mine.frozen && (options.freezeAfter === void 0 || sent <= options.freezeAfter)) to.write(chunk);
      });
      from.on("close", () => {
        sockets.delete(from);
        if (!mine.frozen) to.destroy();
      });
    };
    client.setNoDelay(true);
    pass(client, upstream, false);
    pass(upstream, client, true);
  });
  await new Promise((resolve3) => server.listen(0, "127.0.0.1", resolve3));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: server.address().port,
    get connections() {
      return connections;
    },
    cut,
    freeze() {
      winter.frozen = true;
    },
    thaw() {
      winter = { frozen: false };
    },
    async stop() {
      const closed = new Promise((resolve3) => server.close(() => resolve3()));
      cut();
      await closed;
    }
  };
}

// test/support/sshd.ts
import { execFileSync as execFileSync3, spawn, spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync as mkdirSync2, mkdtempSync, rmSync as rmSync2, writeFileSync as writeFileSync3 } from "node:fs";
import { createServer as createServer2 } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join as join2 } from "node:path";
import { createInterface } from "node:readline";

// test/support/ssh-keys.ts
import { execFileSync as execFileSync2 } from "node:child_process";
import { readFileSync, writeFileSync as writeFileSync2 } from "node:fs";

// src/demo/ssh-key-pair.ts
import ssh2 from "ssh2";

// test/support/ssh-keys.ts
function makeKey(path, options = {}) {
  const { type = "ed25519", passphrase = "", args = [] } = options;
  execFileSync2("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test key", "-f", path, ...args]);
  return { path, publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

// test/support/sshd.ts
var SSHD_MISSING = "OpenSSH tests skipped: no sshd on this machine";
function findSshd() {
  return findProgram("sshd");
}
function findProgram(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  return folders.map((folder) => join2(folder, name)).find(isExecutable);
}
async function startSshdFleet(count, options = {}) {
  const directory = mkdtempSync(join2(tmpdir(), "fake-sshd-"));
  const key = makeKey(join2(directory, "id_fleet"));
  const hosts = [];
  const sshConfig = join2(directory, "ssh_config");
  const knownHosts = join2(directory, "known_hosts");
  const user = userInfo().username;
  const fleet = {
    directory,
    user,
    key,
    hosts,
    sshConfig,
    knownHosts,
    async add(more = {}) {
      const name = more.name ?? `host${hosts.length + 1}`;
      const host = await startSshd(directory, { authorizedKeys: [key.publicKey], ...options, ...more, name });
      hosts.push(host);
      fleet.configure();
      return host;
    },
    configure(extra = {}) {
      writeFileSync3(knownHosts, hosts.map((host) => `[127.0.0.1]:${host.port} ${plainKey(host.hostKey)}
`).join(""));
      const section = (host) => [`Host ${host.name}`, ...extra[host.name] ?? [], "HostName 127.0.0.1", `Port ${host.port}`, ""].join("\n");
      const common = [
        "Host *",
        `User ${user}`,
        `IdentityFile ${key.path}`,
        "IdentitiesOnly yes",
        `UserKnownHostsFile ${knownHosts}`,
        "GlobalKnownHostsFile none"
      ];
      writeFileSync3(sshConfig, `${hosts.map(section).join("")}${common.join("\n")}
`);
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      rmSync2(directory, { recursive: true, force: true });
    }
  };
  try {
    for (let index = 0; index < count; index++) await fleet.add();
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  return fleet;
}
function plainKey(key) {
  return key.publicKey.split(" ").slice(0, 2).join(" ");
}
async function startSshd(directory, options) {
  const folder = join2(directory, options.name);
  const home = join2(folder, "home");
  mkdirSync2(home, { recursive: true });
  const hostKey = makeKey(join2(folder, "host_key"), { type: options.hostKeyType ?? "ed25519" });
  writeFileSync3(join2(folder, "authorized_keys"), `${(options.authorizedKeys ?? []).join("\n")}
`);
  const shell = options.shell ?? "${SHELL:-/bin/sh}";
  writeFileSync3(
    join2(folder, "enter"),
    `cd ${home} || exit
command=$SSH_ORIGINAL_COMMAND
unset SSH_ORIGINAL_COMMAND
exec "${shell}" -c "$command"
`
  );
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    writeFileSync3(join2(folder, "sshd_config"), sshdConfig(folder, home, port, options.config ?? []));
    const started = await launch(folder);
    if (typeof started !== "string") return { name: options.name, port, home, hostKey, ...started };
    if (attempt === 5) throw new Error(`sshd does not start:
${started}`);
  }
}
function sshdConfig(folder, home, port, extra) {
  return `${[
    ...extra,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join2(folder, "host_key")}`,
    `PidFile ${join2(folder, "sshd.pid")}`,
    `AuthorizedKeysFile ${join2(folder, "authorized_keys")}`,
    `SetEnv HOME=${home}`,
    `ForceCommand /bin/sh ${join2(folder, "enter")}`,
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PrintMotd no",
    "UseDNS no",
    "MaxStartups 1000",
    "LogLevel VERBOSE",
    // Refused logins are what some tests are about. Servers before 9.8 do not know the option.
    ...opensshVersion() >= 9.8 ? ["PerSourcePenalties no"] : []
  ].join("\n")}
`;
}
var WATCH = 'exec 3<&0; "$@" 3<&- & server=$!; { read -r _ <&3; kill $server; } & reader=$!; wait $server; kill $reader 2>/dev/null';
function launch(folder) {
  const sshd = findSshd();
  if (sshd === void 0) throw new Error(SSHD_MISSING);
  if (process.getuid?.() === 0) mkdirSync2("/run/sshd", { recursive: true, mode: 493 });
  const config = join2(folder, "sshd_config");
  const child = spawn("/bin/sh", ["-c", WATCH, "sh", sshd, "-D", "-e", "-f", config], { stdio: ["pipe", "ignore", "pipe"] });
  const lines = [];
  return new Promise((resolve3) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Server listening on 127.0.0.1")) resolve3({ log: () => lines.join("\n"), stop: () => stop(child) });
    });
    child.once("error", (error) => resolve3(error.message));
    child.once("close", () => resolve3(lines.join("\n")));
  });
}
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve3) => child.once("exit", () => resolve3()));
  child.stdin?.end();
  await ended;
}
function findFreePort() {
  return new Promise((resolve3, reject) => {
    const server = createServer2();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve3(port));
    });
  });
}
function opensshVersion() {
  const said = execFileSync3("sh", ["-c", "ssh -V 2>&1"], { encoding: "utf8" });
  return Number(/OpenSSH_(\d+\.\d+)/.exec(said)?.[1] ?? 0);
}
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// test/crash/run-client.ts
import { spawn as spawn2 } from "node:child_process";

// test/crash/mark.ts
var MARK = "CRASH_MARK";
var FLIGHTS = "CRASH_FLIGHTS";

// test/crash/run-client.ts
function startClient(client, args, options) {
  const { cwd, library, mark, flightsFile } = options;
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    NO_COLOR: "1",
    CRASH_LIBRARY: library,
    [FLIGHTS]: flightsFile,
    ...mark === void 0 ? {} : { [MARK]: JSON.stringify(mark) }
  };
  const child = spawn2(process.execPath, [client, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"])
    child[stream].setEncoding("utf8").on("data", (text) => {
      texts[stream] += text;
    });
  let ended = false;
  const outcome = new Promise((resolve3) => {
    child.once("close", (exitCode, signal) => {
      ended = true;
      resolve3({ exitCode, signal, ...texts });
    });
  });
  return {
    child,
    outcome,
    get ended() {
      return ended;
    },
    said: () => texts.stdout + texts.stderr
  };
}
async function runClient(client, deadline = 12e4) {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.child.kill("SIGKILL");
  }, deadline);
  const outcome = await client.outcome;
  clearTimeout(timer);
  return { ...outcome, late };
}

// test/crash/scenario.ts
import { existsSync as existsSync2, lstatSync as lstatSync2, readFileSync as readFileSync3 } from "node:fs";
import { join as join4 } from "node:path";

// test/support/deploy-path.ts
import { existsSync, lstatSync, readdirSync, readFileSync as readFileSync2, readlinkSync } from "node:fs";
import { join as join3 } from "node:path";
function readDeployPath(path) {
  const releases = existsSync(join3(path, "releases")) ? readdirSync(join3(path, "releases")) : [];
  return {
    current: readCurrent(path),
    releases: releases.filter((name) => /^\d{14}$/.test(name)).sort(),
    locked: existsSync(join3(path, ".fake", "lock"))
  };
}
function readCurrent(path) {
  const link = join3(path, "current");
  const entry = lstatSync(link, { throwIfNoEntry: false });
  if (entry === void 0) return { kind: "none" };
  if (!entry.isSymbolicLink()) return { kind: "strange", what: "is no link" };
  const target = readlinkSync(link);
  const id = target.startsWith(`${path}/releases/`) ? target.slice(`${path}/releases/`.length) : "";
  if (!/^\d{14}$/.test(id)) return { kind: "strange", what: `points to ${target}` };
  return existsSync(target) ? { kind: "release", id } : { kind: "strange", what: `points to ${target}, which is gone` };
}
function revisionOf(path, id) {
  const file = join3(path, "releases", id, "REVISION");
  return existsSync(file) ? readFileSync2(file, "utf8").trim() : void 0;
}
function readRecords(path) {
  const records = /* @__PURE__ */ new Map();
  const add2 = (file) => void records.set(file, readFileSync2(join3(path, file), "utf8"));
  if (existsSync(join3(path, "revisions.log"))) add2("revisions.log");
  const own = join3(path, ".fake");
  if (!existsSync(own)) return records;
  for (const entry of readdirSync(own, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) add2(join3(entry.parentPath, entry.name).slice(path.length + 1));
  }
  return records;
}

// test/crash/scenario.ts
var VARIABLE_SECRET = "hush-7f3a9c21-variable";
var LINKED_SECRET = "hush-52be80d4-linked";
var TREE = (version) => ({
  "index.txt": `${version}
`,
  "bin/start": { executable: `#!/bin/sh
echo ${version}
` },
  "config/settings.json": `{"version":"${version}"}
`
});
function deployfileText(hosts, repository) {
  const list = hosts.map(({ name, deployPath }) => JSON.stringify({ host: name, deployPath }));
  return `
import { defineDeployfile, type Secret, secret } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile<{ token: Secret; settingsFile: Secret }>(({ env, role, task, before, after, use }) => {
  const steps = use(deploy());
  env.set({
    application: "shop",
    repoUrl: ${JSON.stringify(repository)},
    branch: "main",
    keepReleases: 3,
    minFreeSpace: 0,
    linkedDirs: ["uploads"],
    linkedFiles: [".env"],
    token: secret(${JSON.stringify(VARIABLE_SECRET)}),
    settingsFile: secret(${JSON.stringify(`SECRET=${LINKED_SECRET}
`)}),
  });
  role("all", [${list.join(", ")}]);

  const settings = task("settings", "Send the settings", async (t) => {
    await t.writeFile(t.env.sharedPath + "/.env", t.env.settingsFile);
  });
  const build = task("build", "Build", async (t) => {
    await t.within(t.env.releasePath).vars({ TOKEN: t.env.token }).run("echo token $TOKEN; cat .env; echo built >built");
  });
  const stamp = task("stamp", { desc: "Stamp", commands: (t) => [t.within(t.env.releasePath).cmd("echo stamped >stamp")] });
  const warm = task("warm", { desc: "Warm up", commands: (t) => [t.within(t.env.currentPath).cmd("cat index.txt >/dev/null")] });
  const restart = task("restart", "Restart", async (t) => { await t.run("echo restarted >>$HOME/restarts"); });
  after("deploy:set-current-revision", settings);
  after("deploy:symlink:linked-dirs", build);
  before(steps.updated, stamp);
  after("deploy:symlink:release", warm);
  after(steps.finished, restart);
});
`;
}
function findFault(repo, deployPath, id) {
  const release = join4(deployPath, "releases", id);
  const revision = revisionOf(deployPath, id);
  if (revision === void 0 || !/^[0-9a-f]{40}$/.test(revision)) return "REVISION is not a commit";
  const files = filesOf(repo, revision);
  for (const [path, content] of files) {
    if (!existsSync2(join4(release, path))) return `${path} is missing`;
    if (readFileSync3(join4(release, path), "utf8") !== content) return `${path} is not that of its commit`;
  }
  for (const [path, content] of [
    ["built", "built\n"],
    ["stamp", "stamped\n"]
  ]) {
    if (!existsSync2(join4(release, path))) return `${path} is missing: a hook did not run`;
    if (readFileSync3(join4(release, path), "utf8") !== content) return `${path} is cut short`;
  }
  for (const link of [".env", "uploads"]) {
    if (lstatSync2(join4(release, link), { throwIfNoEntry: false })?.isSymbolicLink() !== true) return `${link} is not linked`;
    if (!existsSync2(join4(release, link))) return `${link} is linked to nothing`;
  }
  if (!readFileSync3(join4(release, ".env"), "utf8").includes(LINKED_SECRET)) return ".env is not whole";
  return void 0;
}
var known = /* @__PURE__ */ new Map();
function filesOf(repo, revision) {
  const found = known.get(revision) ?? new Map(Object.keys(TREE("")).map((path) => [path, `${repo.git("show", `${revision}:${path}`)}
`]));
  known.set(revision, found);
  return found;
}

// test/crash/scene.ts
var ROOM = "size=12m,nr_inodes=4000";
async function openScene(machine2) {
  const directory = realpathSync(mkdtempSync2(join5(tmpdir2(), "fake-crash-")));
  const fleet = await startSshdFleet(2, machine2.shell === void 0 ? {} : { shell: machine2.shell });
  const hosts = await Promise.all(fleet.hosts.map((_, index) => createHost(fleet, index, machine2)));
  const repo = createGitRepo(join5(directory, "repository"));
  writeConfigs(fleet, hosts);
  const logFile = join5(directory, "run.log");
  const flightsFile = join5(directory, "flights");
  let files = 0;
  const unmount = () => {
    for (const { volume } of hosts) if (volume !== void 0) spawnSync2("umount", ["-l", volume]);
  };
  process.once("exit", unmount);
  const scene = {
    hosts,
    repo,
    flightsFile,
    logFile,
    fresh: (name) => join5(directory, `${name}-${++files}`),
    reset(start) {
      for (const file of [logFile, flightsFile]) rmSync3(file, { force: true });
      for (const { deployPath, relay, home } of hosts) {
        relay.thaw();
        rmSync3(deployPath, { recursive: true, force: true });
        execFileSync4("cp", ["-a", join5(home, start), deployPath]);
      }
    },
    start(words, { mark, silent = false } = {}) {
      const config = silent ? `${fleet.sshConfig}-silent` : fleet.sshConfig;
      const isRun = !words.startsWith("unlock");
      const report2 = isRun ? ["--log-file", logFile, "--reporter", "plain"] : [];
      const args = ["--ssh-config", config, ...report2, ...words.split(" ")];
      return startClient(machine2.client, args, { cwd: directory, library: machine2.library, mark, flightsFile });
    },
    async end() {
      await Promise.all(hosts.map(({ relay }) => relay.stop()));
      await fleet.stop().catch(() => void 0);
      unmount();
      process.off("exit", unmount);
      rmSync3(fleet.directory, { recursive: true, force: true });
      rmSync3(directory, { recursive: true, force: true });
    }
  };
  try {
    writeFileSync4(join5(directory, "deployfile.ts"), deployfileText(hosts, repo.directory));
    await prepareStarts(scene);
    return scene;
  } catch (error) {
    await scene.end();
    throw error;
  }
}
async function createHost(fleet, index, machine2) {
  const host = fleet.hosts[index];
  if (host === void 0) throw new Error("There is no such host.");
  const volume = machine2.volumes ? join5(host.home, "srv") : void 0;
  mkdirSync3(join5(host.home, "srv"));
  if (volume !== void 0) execFileSync4("mount", ["-t", "tmpfs", "-o", ROOM, "fake-crash", volume]);
  const relay = await startRelay(host.port);
  const deployPath = join5(host.home, "srv", "app");
  return { name: host.name, home: host.home, deployPath, volume, relay, variable: `HOME=${host.home}` };
}
function writeConfigs(fleet, hosts) {
  fleet.configure(Object.fromEntries(hosts.map(({ name, relay }) => [name, [`Port ${relay.port}`]])));
  for (const [index, { relay }] of hosts.entries()) {
    const key = fleet.hosts[index]?.hostKey;
    if (key !== void 0) appendFileSync(fleet.knownHosts, `[127.0.0.1]:${relay.port} ${plainKey(key)}
`);
  }
  const config = readFileSync4(fleet.sshConfig, "utf8");
  writeFileSync4(`${fleet.sshConfig}-silent`, `${config}ServerAliveInterval 1
ServerAliveCountMax 3
`);
}
async function prepareStarts(scene) {
  for (const { deployPath, home } of scene.hosts) {
    mkdirSync3(join5(deployPath, "shared", "uploads"), { recursive: true });
    writeFileSync4(join5(deployPath, "shared", ".env"), `SECRET=${LINKED_SECRET}
`, { mode: 384 });
    execFileSync4("cp", ["-a", deployPath, join5(home, "nothing")]);
  }
  for (const version of ["v1", "v2", "v3"]) {
    scene.repo.commit(TREE(version), version);
    const outcome = await runClient(scene.start("-R all deploy"));
    if (outcome.exitCode !== 0) throw new Error(`A deploy without any fault fails:
${outcome.stdout}${outcome.stderr}`);
  }
  scene.repo.commit(TREE("v4"), "v4");
  for (const { deployPath, home } of scene.hosts) execFileSync4("cp", ["-a", deployPath, join5(home, "live")]);
}
var SECRETS = [VARIABLE_SECRET, LINKED_SECRET];
function setWritable(path, isWritable) {
  if (isWritable) execFileSync4("chmod", ["-R", "u+w", path]);
  else execFileSync4("chmod", ["-R", "a-w", path]);
  if (isWritable) chmodSync2(path, 493);
}

// test/crash/faults.ts
var GRACE = 2e4;
var SILENCE = 6e4;
var FIRST = "nothing more is started";
var SECOND = "ending what is running";
var FAULTS = [
  {
    name: "client SIGKILL",
    at: ["before", "border"],
    interrupted: null,
    async happen({ signal }) {
      signal("SIGKILL");
    }
  },
  ...[
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ].map(
    ([name, interrupted]) => ({
      name: `client ${name}`,
      at: ["before", "border"],
      interrupted,
      async happen({ signal, heard, open: open2 }) {
        signal(name);
        await heard(FIRST);
        await open2();
      }
    })
  ),
  {
    name: "client SIGINT twice",
    at: ["before", "border"],
    interrupted: 130,
    happen: interruptTwice
  },
  {
    name: "command hangs, deaf to SIGTERM, SIGINT twice",
    at: ["before"],
    deaf: true,
    interrupted: 130,
    happen: interruptTwice
  },
  { name: "command hangs, its time is up", at: ["before"], timeout: 1500, async happen() {
  } },
  {
    name: "connection cut before",
    at: ["before", "border"],
    async happen({ host, open: open2, at }) {
      host.relay.cut();
      if (at === "border") await open2();
    }
  },
  {
    name: "connection cut after",
    at: ["after"],
    async happen({ host }) {
      host.relay.cut();
    }
  },
  {
    name: "connection silent before",
    at: ["before", "border"],
    silent: true,
    grace: SILENCE,
    async happen({ host, open: open2, at }) {
      host.relay.freeze();
      if (at === "border") await open2();
    }
  },
  {
    name: "connection silent after",
    at: ["after"],
    silent: true,
    grace: SILENCE,
    async happen({ host }) {
      host.relay.freeze();
    }
  },
  {
    name: "command SIGKILL",
    at: ["before"],
    async happen({ pid }) {
      process.kill(pid, "SIGKILL");
    }
  },
  {
    name: "command's group SIGKILL",
    at: ["before"],
    async happen({ group }) {
      process.kill(-group(), "SIGKILL");
    }
  },
  {
    name: "disk full",
    at: ["before"],
    needs: "volumes",
    async happen({ host, open: open2 }) {
      fillBytes(host);
      await open2();
    },
    repair: makeRoom
  },
  {
    name: "inodes full",
    at: ["before"],
    needs: "volumes",
    async happen({ host, open: open2 }) {
      fillInodes(host);
      await open2();
    },
    repair: makeRoom
  },
  {
    name: "permission denied",
    at: ["before"],
    needs: "permissions",
    async happen({ host, open: open2 }) {
      setWritable(host.deployPath, false);
      await open2();
    },
    repair: ({ deployPath }) => setWritable(deployPath, true)
  }
];
function faultsOf(machine2) {
  const faults = FAULTS.filter(({ needs }) => needs === void 0 || machine2[needs]);
  return { faults, left: FAULTS.filter((fault) => !faults.includes(fault)).map(({ name }) => name) };
}
function graceOf({ grace = GRACE }) {
  return grace;
}
async function interruptTwice({ signal, heard, open: open2, at }) {
  signal("SIGINT");
  await heard(FIRST);
  signal("SIGINT");
  await heard(SECOND);
  if (at === "border") await open2();
  else await delay(0);
}
var FILLERS = "filler";
function fillBytes({ volume }) {
  const file = openSync(join6(volume ?? "", FILLERS), "w");
  const block = Buffer.alloc(64 * 1024);
  try {
    for (let size = block.length; size > 0; ) {
      try {
        writeSync(file, block.subarray(0, size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}
function fillInodes({ volume }) {
  for (let count = 0; ; count++) {
    try {
      writeFileSync5(join6(volume ?? "", `${FILLERS}-${count}`), "");
    } catch {
      return;
    }
  }
}
function makeRoom({ volume }) {
  rmSync4(join6(volume ?? "", FILLERS), { force: true });
  for (let count = 0; ; count++) {
    try {
      rmSync4(join6(volume ?? "", `${FILLERS}-${count}`));
    } catch {
      return;
    }
  }
}

// test/crash/known.ts
var VANISHES = /^(client SIGKILL|connection .*)$/;
var KNOWN = [
  {
    invariant: "I8",
    fits: ({ fault, at, step }) => fault.silent === true && at === "border" && step.task === "deploy:lock",
    reason: "A login shell to which nothing was sent before the link fell silent waits, doing nothing, until the server's own keepalive ends it."
  },
  {
    invariant: "I5",
    fits: ({ fault, step }) => VANISHES.test(fault.name) || step.task === "deploy:unlock",
    reason: "The lock of a run that was killed before it freed it, or that lost the host, is not broken by the next run."
  },
  {
    invariant: "I5",
    fits: ({ fault }) => fault.name === "permission denied",
    reason: "A lock that its run had no right to remove is not broken by the next run."
  }
];
function isKnown(one, invariant) {
  return KNOWN.some((known2) => known2.invariant === invariant && known2.fits(one));
}

// test/crash/matrix.ts
var NOTHING = { before: 0, after: 0, mixed: 0, violations: 0, known: 0 };
function toMatrices(played) {
  const scenarios = [...new Set(played.map((one) => one.case.scenario.name))];
  return scenarios.map((scenario) => {
    const own = played.filter((one) => one.case.scenario.name === scenario);
    const stages = [...new Set(own.map((one) => shortStage(one)))];
    const names2 = FAULTS.map(({ name }) => name).filter((name) => own.some((one) => one.case.fault.name === name));
    const rows = names2.map((fault) => {
      const ofFault = own.filter((one) => one.case.fault.name === fault);
      return { fault, counts: stages.map((stage) => countAll(ofFault.filter((one) => shortStage(one) === stage))) };
    });
    return { scenario, stages, rows };
  });
}
function sumOf(counts) {
  return counts.reduce((sum, count = NOTHING) => add(sum, count), NOTHING);
}
function runsOf({ before, after, mixed }) {
  return before + after + mixed;
}
function shortStage({ case: { step } }) {
  return step.stage.replace(/^deploy:/, "");
}
function countAll(played) {
  return played.length === 0 ? void 0 : played.map(countOne).reduce(add, NOTHING);
}
function countOne({ case: one, standings, violations }) {
  const isAfter = standings.every((standing) => standing === "new");
  const isBefore = standings.every((standing) => standing === (one.scenario.start === "nothing" ? "none" : "old"));
  const known2 = violations.filter(({ invariant }) => isKnown(one, invariant)).length;
  return {
    before: isBefore ? 1 : 0,
    after: isAfter ? 1 : 0,
    mixed: isBefore || isAfter ? 0 : 1,
    violations: violations.length > known2 ? 1 : 0,
    known: violations.length > 0 && violations.length === known2 ? 1 : 0
  };
}
function add(left, right) {
  return {
    before: left.before + right.before,
    after: left.after + right.after,
    mixed: left.mixed + right.mixed,
    violations: left.violations + right.violations,
    known: left.known + right.known
  };
}

// test/crash/document.ts
var PROMISES = `# Reliability

<!-- Written by \`npm run test:crash\`: change test/crash/document.ts instead. -->

A deploy can end in the middle: the laptop sleeps, the link goes down, the disk is full, somebody presses ctrl-C. This page says what
holds then, and what it was tested with.

## What is promised

Whatever happens to a run, at whatever step:

1. \`current\` is absent or a link to a complete release.
2. That is the release from before the run or the one of the run, never a third.
3. The next plain \`fake deploy\` succeeds, once the disk has room again or the rights are back. Nothing else has to be repaired.
4. The next \`fake rollback\` reaches the last good release.
5. The lock is free, or can be proven stale: then the next run breaks it and says so.
6. The exit code is 0 only if all hosts are on the target: 1 after a failure, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.
7. No secret is in what the run printed, in its log file, or in what it keeps on the hosts.
8. No process that the run started is left on a host: they end within 20 seconds of a link that ends, within a minute of one that falls silent.

And what is said is so: unless the client itself was killed, the summary says of every host which release is live there, or that
it is not known because the host could not be reached any more.

| signal | what it does |
|---|---|
| the first ctrl-C, SIGTERM or SIGHUP | Nothing more is started. The command at hand ends, what was built is removed; hosts that have switched are switched back while others have not. |
| the second | What is running on the hosts is ended. Hosts may be left on different releases: the summary says which. |
| the third | Nothing is waited for any longer. |
`;
var METHOD = `## How it is tested

\`npm run test:crash\` deploys to two OpenSSH servers, from a real git repository, with hooks of every kind, linked files and directories,
secrets, and an old release to be removed. A run without any fault lists its steps: every command on every host, and every place
where the client is about to send some. Then the run is repeated for each step and each fault, from the same beginning: it is held
exactly there, the fault happens, and when the run has ended all of the above is looked at. For points 3 and 4 \`fake deploy\` and
\`fake rollback\` are run.

The client is a process of its own, so that it can be killed. A command is held on the host, before it runs or after it has: so the
link can be cut while nobody knows whether it ran. The normal test suite plays a sample.
`;
var LEGEND = `## Outcomes

Each cell counts runs: as before / on the new release / on different releases, which the run has said. Hosts are on different
releases only where one of them could not be reached any more, could not be switched back, or a second ctrl-C came in between.
`;
function writeDocument({ matrices, left, cases }) {
  const total = sumOf(matrices.flatMap(({ rows }) => rows.flatMap(({ counts }) => counts)));
  const outcome = `${runsOf(total)} of ${cases} cases were played, ${total.violations} with violations${total.known === 0 ? "" : `, and ${total.known} with known ones`}.`;
  const leftOut = left.length === 0 ? [] : [`Not played, because the machine could not: ${left.join(", ")}.
`];
  return [PROMISES, METHOD, LEGEND, `${outcome}
`, ...leftOut, ...matrices.map(writeMatrix), writeKnown()].join("\n");
}
function writeMatrix({ scenario, stages, rows }) {
  const titles = ["fault", ...stages, "runs", "violations"];
  const lines = [titles, titles.map((_, index) => index === 0 ? "---" : "---:"), ...rows.map(toCells)];
  return `### ${scenario}

${lines.map((cells) => `| ${cells.join(" | ")} |
`).join("")}`;
}
function toCells({ fault, counts }) {
  const sum = sumOf(counts);
  const known2 = sum.known === 0 ? "" : ` (${sum.known} known)`;
  return [fault, ...counts.map(toCell), String(runsOf(sum)), `${sum.violations}${known2}`];
}
function toCell(count) {
  return count === void 0 ? "-" : `${count.before} / ${count.after} / ${count.mixed}`;
}
function writeKnown() {
  if (KNOWN.length === 0) return "## Known violations\n\nNone.\n";
  return `## Known violations

${KNOWN.map(({ invariant, reason }) => `- ${invariant}: ${reason}
`).join("")}`;
}

// test/crash/machine.ts
import { spawnSync as spawnSync3 } from "node:child_process";
import { chmodSync as chmodSync3, mkdirSync as mkdirSync4, mkdtempSync as mkdtempSync3, realpathSync as realpathSync2, rmSync as rmSync5, writeFileSync as writeFileSync6 } from "node:fs";
import { tmpdir as tmpdir3 } from "node:os";
import { join as join7, resolve } from "node:path";
import { buildSync } from "esbuild";
var LIKE_OTHERS = "--bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search";
function openMachine(project, distribution) {
  const directory = realpathSync2(mkdtempSync3(join7(tmpdir3(), "fake-crash-machine-")));
  const client = join7(directory, "client.mjs");
  buildSync({
    entryPoints: [resolve(project, "test/crash/client.ts")],
    outfile: client,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error"
  });
  const isRoot = process.getuid?.() === 0;
  const gives = isRoot && succeeds("setpriv", [...LIKE_OTHERS.split(" "), "true"]);
  const shell = join7(directory, "shell");
  if (gives) {
    writeFileSync6(shell, `#!/bin/sh
exec setpriv ${LIKE_OTHERS} /bin/sh "$@"
`);
    chmodSync3(shell, 493);
  }
  return {
    client,
    library: join7(distribution, "lib"),
    volumes: isRoot && canMount(join7(directory, "volume")),
    permissions: gives || !isRoot,
    shell: gives ? shell : void 0,
    end: () => rmSync5(directory, { recursive: true, force: true })
  };
}
function canMount(folder) {
  mkdirSync4(folder);
  if (!succeeds("mount", ["-t", "tmpfs", "-o", "size=64k", "fake-crash", folder])) return false;
  return succeeds("umount", [folder]);
}
function succeeds(program, args) {
  return spawnSync3(program, args, { stdio: "ignore" }).status === 0;
}

// test/crash/play.ts
import { existsSync as existsSync4, readFileSync as readFileSync7 } from "node:fs";

// test/support/host-processes.ts
import { readdirSync as readdirSync2, readFileSync as readFileSync5 } from "node:fs";
import { setTimeout as delay2 } from "node:timers/promises";
function findProcesses(variable) {
  return readdirSync2("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    const [state = "", command = "", environment = ""] = ["stat", "cmdline", "environ"].map((file) => read(pid, file));
    if (!environment.split("\0").includes(variable) || /^\d+ \(.*\) [ZX]/.test(state)) return [];
    return [{ pid: Number(pid), command: command.split("\0").join(" ").trim() }];
  });
}
async function findOrphans(variable, grace) {
  const end = performance.now() + grace;
  for (; ; ) {
    const found = findProcesses(variable);
    if (found.length === 0 || performance.now() >= end) return found;
    await delay2(20);
  }
}
function endProcesses(processes) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
    }
  }
}
function read(pid, file) {
  try {
    return readFileSync5(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

// test/support/told-standing.ts
function findUntold(text, host) {
  const about = summaryOf(text).filter((line) => isAbout(line, host.name));
  const stands = about.flatMap(
    (line) => /^ {2}(live: (?<id>\d{14})|nothing is live|unknown|unreachable|untouched|not known)/.exec(line) ?? []
  );
  const found = about.flatMap((line) => checkLine(line, host));
  if (found.length > 0) return found;
  return stands.length === 0 ? [`nothing is said about where ${host.name} stands`] : [];
}
function checkLine(line, { name, deployPath, before }) {
  const { current } = readDeployPath(deployPath);
  const there = current.kind === "release" ? current.id : current.kind === "none" ? "nothing" : current.what;
  const told = /^ {2}live: (\d{14})/.exec(line)?.[1] ?? (line.startsWith("  nothing is live") ? "nothing" : void 0);
  if (told !== void 0 && told !== there) return [`it says ${told} is live on ${name}, and it is ${there}`];
  const untouched = before.current.kind === "release" ? before.current.id : "nothing";
  if (line.startsWith("  untouched") && there !== untouched) return [`it says ${name} is untouched, and ${there} is live`];
  return [];
}
function summaryOf(text) {
  const lines = text.split("\n");
  const verdict = lines.findLastIndex((line) => /^(✖ Failed|■ Interrupted|✔ Done)/.test(line));
  const rest = verdict === -1 ? [] : lines.slice(verdict + 1);
  const end = rest.findIndex((line) => line.startsWith("\u2716"));
  return end === -1 ? rest : rest.slice(0, end);
}
function isAbout(line, name) {
  const brackets = /\(([^()]*)\)$/.exec(line)?.[1];
  if (brackets !== void 0 && !/^\S+ [0-9a-f]{7}$/.test(brackets))
    return /^(both|all \d+) hosts$/.test(brackets) || names(brackets).includes(name);
  const list = /: ([\w.-]+(?:, [\w.-]+)*)$/.exec(line)?.[1];
  return list === void 0 || names(list).includes(name);
}
function names(list) {
  return list.split(", ");
}

// test/support/invariants.ts
async function checkInvariants(options) {
  const { hosts } = options;
  const orphans = await checkProcesses(options);
  const standings = hosts.map((host) => standingOf(options, host));
  const violations = [
    ...orphans,
    ...hosts.flatMap((host) => checkCurrent(options, host)),
    ...checkExit(options, standings),
    ...checkWords(options)
  ];
  const lastGood = findLastGood(options, standings);
  violations.push(...await checkDeploy(options));
  if (lastGood !== void 0) violations.push(...await checkRollback(options, lastGood));
  violations.push(...checkRecords(options));
  return { violations, standings };
}
function standingOf(options, host) {
  const { current } = readDeployPath(host.deployPath);
  if (current.kind === "strange") return "wrong";
  if (current.kind === "none") return "none";
  if (options.isTarget(host, current.id)) return "new";
  return host.before.current.kind === "release" && host.before.current.id === current.id ? "old" : "wrong";
}
function checkCurrent(options, host) {
  const { current } = readDeployPath(host.deployPath);
  const { before } = host;
  if (current.kind === "strange") return [violation("I1", `current ${current.what} on ${host.name}`)];
  if (current.kind === "none")
    return before.current.kind === "none" ? [] : [violation("I2", `nothing is live on ${host.name} where something was`)];
  const fault = options.findFault(host, current.id);
  return [
    ...fault === void 0 ? [] : [violation("I1", `the live release ${current.id} on ${host.name} is not complete: ${fault}`)],
    ...standingOf(options, host) === "wrong" ? [violation("I2", `${current.id} on ${host.name} is neither the release before nor the one of the run`)] : []
  ];
}
function checkExit({ run }, standings) {
  const { exitCode, signal } = run.outcome;
  if (run.interrupted === null)
    return signal === "SIGKILL" ? [] : [violation("I6", `exit code ${exitCode} of a run that was killed`)];
  if (signal !== null) return [violation("I6", `the run ended by ${signal}`)];
  if (run.interrupted !== void 0)
    return exitCode === run.interrupted ? [] : [violation("I6", `exit code ${exitCode} of a run that was interrupted, which is ${run.interrupted}`)];
  const isThere = standings.every((standing) => standing === "new");
  if (exitCode === 0 && !isThere) return [violation("I6", `exit code 0, and the hosts are on ${standings.join(" and ")}`)];
  return [];
}
function checkWords({ run, hosts }) {
  const { stdout, stderr, exitCode } = run.outcome;
  const text = stdout + stderr;
  const stack = /^\s+at .*[:(]\d+:\d+\)?$/m.exec(text) ?? /thrown where nobody waits|can never come/.exec(text);
  const found = stack === null ? [] : [violation("said", `a stack trace or a crash: ${stack[0].trim()}`)];
  if (run.interrupted === null || exitCode === 0) return found;
  return [...found, ...hosts.flatMap((host) => findUntold(text, host).map((what) => violation("said", what)))];
}
async function checkProcesses({ hosts, grace, onOrphans }) {
  const found = await Promise.all(hosts.map(async (host) => ({ host, orphans: await findOrphans(host.variable, grace) })));
  onOrphans(found.flatMap(({ orphans }) => orphans));
  return found.flatMap(
    ({ host, orphans }) => orphans.length === 0 ? [] : [violation("I8", `still runs on ${host.name}: ${orphans.map(({ pid, command }) => `${pid} ${command}`).join(", ")}`)]
  );
}
function findLastGood({ hosts }, standings) {
  const live = hosts.map(({ deployPath }) => readDeployPath(deployPath).current);
  const ids = live.map((current) => current.kind === "release" ? current.id : "");
  if (standings.includes("wrong") || ids.includes("")) return void 0;
  return ids.toSorted()[0];
}
async function checkDeploy({ hosts, again, isNewest, findFault: findFault2 }) {
  const violations = [];
  let outcome = await again("deploy");
  if (outcome.exitCode === 3) {
    violations.push(violation("I5", `the lock is not free: ${firstLine(outcome)}`));
    await again("unlock");
    outcome = await again("deploy");
  }
  if (outcome.exitCode !== 0)
    return [...violations, violation("I3", `the next deploy fails with exit code ${outcome.exitCode}: ${tail(outcome)}`)];
  const live = hosts.map((host) => ({ host, state: readDeployPath(host.deployPath) }));
  for (const { host, state } of live) {
    const id = state.current.kind === "release" ? state.current.id : "";
    const fault = id === "" ? "nothing is live" : findFault2(host, id);
    if (fault !== void 0) violations.push(violation("I3", `after the next deploy, on ${host.name}: ${fault}`));
    else if (!isNewest(host, id)) violations.push(violation("I3", `the next deploy did not bring its commit to ${host.name}`));
    if (state.locked) violations.push(violation("I5", `the next deploy has left its lock on ${host.name}`));
  }
  return violations;
}
async function checkRollback({ hosts, again, findFault: findFault2 }, lastGood) {
  const outcome = await again("rollback");
  if (outcome.exitCode !== 0) return [violation("I4", `a rollback fails with exit code ${outcome.exitCode}: ${tail(outcome)}`)];
  return hosts.flatMap((host) => {
    const { current } = readDeployPath(host.deployPath);
    const id = current.kind === "release" ? current.id : "nothing";
    if (id !== lastGood)
      return [violation("I4", `a rollback brings ${host.name} to ${id}, and ${lastGood} was the last good one`)];
    const fault = findFault2(host, id);
    return fault === void 0 ? [] : [violation("I4", `a rollback brings ${host.name} to ${id}, which is not complete: ${fault}`)];
  });
}
function checkRecords({ hosts, run, secrets }) {
  const { stdout, stderr } = run.outcome;
  const texts = new Map([
    ["stdout", stdout],
    ["stderr", stderr],
    ...run.logs.map((text, index) => [`log ${index + 1}`, text])
  ]);
  for (const { name, deployPath } of hosts)
    for (const [file, text] of readRecords(deployPath)) texts.set(`${file} on ${name}`, text);
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")]);
  return [...texts].flatMap(
    ([where, text]) => forms.some((form) => text.includes(form)) ? [violation("I7", `a secret is in ${where}`)] : []
  );
}
function violation(invariant, text) {
  return { invariant, text };
}
function firstLine({ stdout, stderr }) {
  return `${stdout}${stderr}`.split("\n").find((line) => /lock/.test(line))?.trim() ?? "";
}
function tail({ stdout, stderr }) {
  return `${stdout}${stderr}`.trim().split("\n").slice(-12).join(" / ");
}

// test/crash/held.ts
import { execFileSync as execFileSync5 } from "node:child_process";
import { closeSync as closeSync2, constants as constants2, existsSync as existsSync3, openSync as openSync2, readFileSync as readFileSync6, writeFileSync as writeFileSync7 } from "node:fs";
import { setTimeout as delay3 } from "node:timers/promises";
function createMark(scene, place) {
  const mark = { ...place, here: scene.fresh("here"), door: scene.fresh("door") };
  execFileSync5("mkfifo", [mark.door]);
  return mark;
}
async function waitUntilHeld(client, mark, host) {
  while (!existsSync3(mark.here) || !readFileSync6(mark.here, "utf8").endsWith("\n")) {
    if (client.ended) return void 0;
    await delay3(5);
  }
  const pid = Number(readFileSync6(mark.here, "utf8"));
  return {
    at: mark.at,
    host,
    pid,
    group: () => Number(
      readFileSync6(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ")[2]
    ),
    signal: (name) => void client.child.kill(name),
    async heard(text) {
      while (!client.said().includes(text) && !client.ended) await delay3(5);
    },
    open: () => open(mark, client)
  };
}
async function open({ at, door }, client) {
  if (at === "border") return writeFileSync7(`${door}.open`, "");
  while (!client.ended) {
    try {
      return closeSync2(openSync2(door, constants2.O_WRONLY | constants2.O_NONBLOCK));
    } catch {
      await delay3(5);
    }
  }
}

// test/crash/play.ts
var DEADLINE = 9e4;
function toCases(scenario, steps, faults) {
  return steps.flatMap(
    (step) => faults.flatMap(
      (fault) => fault.at.flatMap((at) => at === "border" && !step.isFirst ? [] : [{ scenario, step, fault, at }])
    )
  );
}
function nameOf({ scenario, step, fault, at }) {
  const where = at === "border" ? "before sending" : at;
  return `${scenario.name}: ${fault.name}, ${where} "${step.label.split("\n")[0]}" #${step.turn} of ${step.task} on ${step.host}`;
}
async function play(scene, one) {
  const { scenario, step, fault, at } = one;
  scene.reset(scenario.start);
  const hosts = scene.hosts.map(
    ({ name, deployPath, variable }) => ({ name, deployPath, variable, before: readDeployPath(deployPath) })
  );
  const target = scene.hosts.find(({ name }) => name === step.host);
  if (target === void 0) throw new Error(`There is no host ${step.host}.`);
  const mark = createMark(scene, { step, at, deaf: fault.deaf, timeout: fault.timeout });
  const client = scene.start(scenario.words, { mark, silent: fault.silent === true });
  const ended = runClient(client, DEADLINE);
  const held = await waitUntilHeld(client, mark, target);
  if (held !== void 0) await fault.happen(held);
  const outcome = await ended;
  const log = existsSync4(scene.logFile) ? [readFileSync7(scene.logFile, "utf8")] : [];
  for (const { relay } of scene.hosts) relay.thaw();
  fault.repair?.(target);
  const head = scene.repo.sha();
  const isNew = ({ deployPath, before }, id) => !before.releases.includes(id) && revisionOf(deployPath, id) === head;
  const report2 = await checkInvariants({
    hosts,
    run: { outcome, logs: log, interrupted: held === void 0 ? void 0 : fault.interrupted },
    isTarget: scenario.name === "rollback" ? (host, id) => id === host.before.releases.at(-2) : isNew,
    isNewest: isNew,
    findFault: ({ deployPath }, id) => findFault(scene.repo, deployPath, id),
    secrets: SECRETS,
    grace: graceOf(fault),
    again: (what) => runClient(scene.start(what === "unlock" ? "unlock -R all -y" : `-R all ${what}`)),
    onOrphans: endProcesses
  });
  for (const { relay, variable } of scene.hosts) {
    relay.cut();
    endProcesses(findProcesses(variable));
  }
  const { standings } = report2;
  const violations = [...missed(held !== void 0, outcome), ...report2.violations];
  return { case: one, exitCode: outcome.exitCode, standings, violations, said: outcome.stdout + outcome.stderr };
}
function missed(wasHeld, { late }) {
  return [
    ...wasHeld ? [] : [{ invariant: "ended", text: "the run ended before it came to the step" }],
    ...late ? [{ invariant: "ended", text: `the run hangs: it had not ended after ${DEADLINE / 1e3} s` }] : []
  ];
}

// test/crash/scenarios.ts
var SCENARIOS = [
  { name: "deploy", start: "live", words: "-R all deploy" },
  { name: "rollback", start: "live", words: "-R all rollback" },
  { name: "first deploy", start: "nothing", words: "-R all deploy" }
];

// test/crash/steps.ts
import { existsSync as existsSync5, readFileSync as readFileSync8 } from "node:fs";
async function findSteps(scene, scenario) {
  scene.reset(scenario.start);
  const outcome = await runClient(scene.start(`--reporter json ${scenario.words}`));
  if (outcome.exitCode !== 0) throw new Error(`Without any fault, ${scenario.words} fails:
${outcome.stdout}${outcome.stderr}`);
  const events = outcome.stdout.split("\n").flatMap((line) => line === "" ? [] : [JSON.parse(line)]);
  const flights = readFlights(scene.flightsFile);
  return scene.hosts.flatMap(({ name }) => {
    const steps = flights.filter(([first]) => first?.host === name).flatMap((flight) => flight.map((step, at) => ({ step, at })));
    const commands = events.flatMap((event) => event.kind === "commandStarted" && event.host === name ? [event] : []);
    if (steps.length !== commands.length)
      throw new Error(`${steps.length} commands were sent to ${name}, and ${commands.length} told.`);
    return steps.map(({ step, at }, index) => {
      const task = commands[index]?.task ?? "";
      return { ...step, task, stage: stageOf(events, name, task), isFirst: at === 0 };
    });
  });
}
function readFlights(file) {
  const text = existsSync5(file) ? readFileSync8(file, "utf8") : "";
  return text.split("\n").flatMap((line) => line === "" ? [] : [JSON.parse(line)]);
}
function stageOf(events, host, task) {
  const started = events.find((event) => event.kind === "taskStarted" && event.host === host && event.task === task);
  return started?.kind === "taskStarted" ? started.stage : "";
}

// test/crash/run.ts
var { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    jobs: { type: "string", default: "4" },
    from: { type: "string", default: "0" },
    every: { type: "string", default: "1" },
    list: { type: "boolean", default: false },
    said: { type: "boolean", default: false }
  }
});
var LOG = ".crash/violations.txt";
var machine = openMachine(process.cwd(), resolve2("dist"));
var scenes = [];
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
try {
  const { faults, left } = faultsOf(machine);
  for (const name of left) process.stdout.write(`not on this machine: ${name}
`);
  const first = await openScene(machine);
  scenes.push(first);
  const all = [];
  for (const scenario of SCENARIOS) all.push(...toCases(scenario, await findSteps(first, scenario), faults));
  const every = Number(values.every);
  const cases = all.filter((one) => (values.only ?? []).every((word) => nameOf(one).includes(word))).filter((_, index) => index % every === Number(values.from));
  process.stdout.write(`${cases.length} of ${all.length} cases
`);
  if (values.list) for (const one of cases) process.stdout.write(`${nameOf(one)}
`);
  else {
    const played = await playAll(cases);
    const text = writeDocument({ cases: all.length, matrices: toMatrices(played), left });
    writeFileSync8(values.only === void 0 ? "docs/reliability.md" : ".crash/reliability.md", text);
    process.exitCode = played.some(hasUnknown) ? 1 : 0;
  }
} finally {
  await Promise.all(scenes.map((scene) => scene.end()));
  machine.end();
}
async function playAll(cases) {
  rmSync6(LOG, { force: true });
  const queue = cases.entries();
  const played = [];
  const since = performance.now();
  const lane = async (number) => {
    for (const [index, one] of queue) {
      const scene = scenes[number] ?? await openScene(machine);
      scenes[number] = scene;
      const result = await play(scene, one);
      played[index] = result;
      report(index, cases.length, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(Number(values.jobs), cases.length) }, (_, number) => lane(number)));
  const violated = played.filter(({ violations }) => violations.length > 0).length;
  const unknown = played.filter(hasUnknown).length;
  const seconds = Math.round((performance.now() - since) / 1e3);
  process.stdout.write(`${played.length} runs, ${violated} with violations, ${unknown} of them unknown, ${seconds} s
`);
  return played;
}
function hasUnknown({ case: one, violations }) {
  return violations.some(({ invariant }) => !isKnown(one, invariant));
}
function report(index, total, result) {
  const { violations, standings, exitCode } = result;
  const lines = violations.map(({ invariant, text }) => `    ${isKnown(result.case, invariant) ? "known " : "!! "}${invariant} ${text}
`).join("");
  process.stdout.write(`${index + 1}/${total} ${nameOf(result.case)}: ${exitCode} ${standings.join(" ")}
${lines}`);
  if (values.said) process.stdout.write(result.said.replaceAll(/^/gm, "    | "));
  if (violations.length > 0)
    appendFileSync2(
      LOG,
      `${nameOf(result.case)}: ${exitCode} ${standings.join(" ")}
${lines}${result.said.replaceAll(/^/gm, "    | ")}
`
    );
}
