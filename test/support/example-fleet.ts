/**
 * The hosts and the repository that the guides talk about, for real: throwaway SSH servers that answer to the names of the guides,
 * and a git repository where the guides say it is. So a snippet runs as it is printed.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSshKeyPair } from "../../src/demo/ssh-key-pair.ts";
import { type SshServer, startSshServer } from "../../src/demo/ssh-server.ts";
import { binary } from "./fake.ts";
import { createGitRepo } from "./git-repo.ts";

const HOSTS = ["staging.example.com", "app1.example.com", "app2.example.com", "db1.example.com"];

export interface ExampleFleet {
  /** Runs a line of a console block in a shell, in `cwd`. */
  run(line: string, cwd: string): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** A file of the guides, with `/srv` moved to a folder of its own for each host: they share this machine. Scripts find the hosts. */
  relocate(deployfile: string): string;
  /** A path on one of the hosts, which the guides call `/`. */
  path(host: string, path: string): string;
  end(): Promise<void>;
}

export async function startExampleFleet(project: string): Promise<ExampleFleet> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fake-guides-")));
  const key = createSshKeyPair();
  writeFileSync(join(directory, "id"), key.privateKey, { mode: 0o600 });
  const repo = makeRepository(join(directory, "repository"));
  const bin = writePrograms(directory, project);
  const servers = new Map<string, SshServer>();
  for (const name of HOSTS) {
    const home = join(directory, "hosts", name);
    mkdirSync(join(home, "srv/shop/shared/config"), { recursive: true });
    for (const file of [".env", "config/app.env"]) writeFileSync(join(home, "srv/shop/shared", file), "KEY=value\n");
    writeFileSync(
      join(home, ".gitconfig"),
      `[url "${repo}"]\n\tinsteadOf = git@example.com:shop/app.git\n[safe]\n\tdirectory = *\n`,
    );
    const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home };
    servers.set(name, await startSshServer({ home, authorizedKeys: [key.publicKey], env }));
  }
  writeSshFiles(directory, servers);
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: join(directory, "hosts", HOSTS[0] ?? ""), NO_COLOR: "1" };
  return {
    run: (line, cwd) =>
      new Promise((resolve) => {
        execFile("bash", ["-c", line], { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
          resolve({
            exitCode: typeof error?.code === "number" ? error.code : error === null ? 0 : -1,
            output: `${stdout}${stderr}`,
          });
        });
      }),
    relocate: (deployfile) =>
      deployfile
        .replace(/"\/srv\/([^"]*)"/g, (_, rest) => `(env) => \`${directory}/hosts/\${env.host.name}/srv/${rest}\``)
        .replace(/`\/srv\//g, () => `\`${directory}/hosts/\${env.host.name}/srv/`)
        .replaceAll("createLauncher()", () => `createLauncher({ sshConfig: "${directory}/ssh_config" })`),
    path: (host, path) => join(directory, "hosts", host, path),
    async end() {
      await Promise.all([...servers.values()].map((server) => server.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function makeRepository(directory: string): string {
  const repo = createGitRepo(directory);
  repo.commit(
    {
      "index.txt": "hello\n",
      "bin/migrate": { executable: "#!/bin/sh\necho migrated\n" },
      "config/.keep": "",
      "package.json": JSON.stringify({ name: "shop", version: "1.0.0", scripts: { build: "cp index.txt built.txt" } }),
      "package-lock.json": JSON.stringify({ name: "shop", version: "1.0.0", lockfileVersion: 3, requires: true, packages: {} }),
    },
    "First",
  );
  repo.git("branch", "staging");
  return directory;
}

/** `fake` as it is installed, and stand-ins for programs that would touch this machine. */
function writePrograms(directory: string, project: string): string {
  const bin = join(directory, "bin");
  mkdirSync(bin);
  const programs = {
    fake: `case $1 in tasks|graph|plan|env|init|completion|rehearse) exec "${process.execPath}" "${binary(project)}" "$@";; esac\nexec "${process.execPath}" "${binary(project)}" --ssh-config "${directory}/ssh_config" "$@"`,
    sudo: 'while [ "${1#-}" != "$1" ]; do case $1 in -u|-p) shift;; esac; shift; done; exec "$@"',
    systemctl: "exit 0",
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

function writeSshFiles(directory: string, servers: ReadonlyMap<string, SshServer>): void {
  const hosts = [...servers].map(([name, { port }]) => `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n`);
  const common = `Host *\n  IdentityFile ${directory}/id\n  IdentitiesOnly yes\n  UserKnownHostsFile ${directory}/known_hosts\n  GlobalKnownHostsFile none\n`;
  writeFileSync(join(directory, "ssh_config"), `${hosts.join("")}${common}`);
  const known = [...servers.values()].map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(join(directory, "known_hosts"), known.join(""));
}
