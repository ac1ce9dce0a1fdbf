import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createSshKeyPair } from "../demo/ssh-key-pair.ts";
import { type SshServer, startSshServer } from "../demo/ssh-server.ts";
import { toError, UsageError } from "../errors.ts";

/** Two hosts, a repository and a deployfile, all in one temporary folder and on the loopback interface. */
export interface DemoSite {
  readonly folder: string;
  readonly deployfile: string;
  readonly sshConfig: string;
  readonly hosts: readonly string[];
  /** Commits a new version of the application. */
  commit(version: string): Promise<void>;
  /** What a visitor of this host would see. */
  livePage(host: string): string;
  /** Stops the hosts and removes everything. */
  remove(): Promise<void>;
}

const HOSTS = ["app1", "app2"];
const PAGE = "index.html";

/** @param env of the process, for PATH */
export async function createDemoSite(env: Readonly<Record<string, string | undefined>>): Promise<DemoSite> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fake-demo-")));
  const servers: SshServer[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const keys = createSshKeyPair();
    for (const host of HOSTS) {
      const home = join(folder, host);
      mkdirSync(home);
      const path = { PATH: env["PATH"] ?? "/usr/bin:/bin" };
      servers.push(await startSshServer({ home, authorizedKeys: [keys.publicKey], env: { ...path, ...GIT_ALONE } }));
    }
    const sshConfig = writeSshFiles(folder, keys.privateKey, servers);
    const deployfile = join(folder, "deployfile.ts");
    writeFileSync(deployfile, deployfileText(folder));
    const repository = join(folder, "repository");
    mkdirSync(repository);
    const git = async (...args: string[]): Promise<void> => {
      const options = { cwd: repository, env: { ...env, ...GIT_ALONE, ...AUTHOR } };
      await promisify(execFile)("git", args, options).catch((error: unknown) => {
        throw new UsageError("DEMO_GIT", `The demo could not use git: ${toError(error).message}`, {
          hint: "It needs git on this machine: `fake doctor` says what is there.",
          cause: error,
        });
      });
    };
    await git("init", "--quiet", "--initial-branch=main");
    return {
      folder,
      deployfile,
      sshConfig,
      hosts: HOSTS,
      remove,
      livePage: (host) => join(folder, host, "shop", "current", PAGE),
      async commit(version) {
        writeFileSync(join(repository, PAGE), `<h1>The shop, version ${version}</h1>\n`);
        await git("add", PAGE);
        await git("commit", "--quiet", "--message", `Version ${version}`);
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The user's own configuration of git has no say here: hooks, signatures, templates. */
const GIT_ALONE = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
const AUTHOR = {
  GIT_AUTHOR_NAME: "Demo",
  GIT_AUTHOR_EMAIL: "demo@example.com",
  GIT_COMMITTER_NAME: "Demo",
  GIT_COMMITTER_EMAIL: "demo@example.com",
};

function writeSshFiles(folder: string, privateKey: string, servers: readonly SshServer[]): string {
  const key = join(folder, "id_demo");
  const knownHosts = join(folder, "known_hosts");
  const config = join(folder, "ssh_config");
  writeFileSync(key, privateKey);
  chmodSync(key, 0o600);
  writeFileSync(knownHosts, servers.map(({ hostKey }, at) => `${HOSTS[at]} ${hostKey}\n`).join(""));
  const blocks = servers.map(
    ({ address, port }, at) => `Host ${HOSTS[at]}
  HostName ${address}
  Port ${port}
  HostKeyAlias ${HOSTS[at]}
  User demo
  IdentityFile ${key}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${knownHosts}
  GlobalKnownHostsFile /dev/null
`,
  );
  writeFileSync(config, blocks.join("\n"));
  return config;
}

function deployfileText(folder: string): string {
  const root = JSON.stringify(folder);
  return `import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

const root = ${root};

export default defineDeployfile(({ env, role, task, after, use }) => {
  const { finished } = use(deploy());

  env.set({
    application: "shop",
    repoUrl: \`\${root}/repository\`,
    // Both hosts are this machine: each has a folder of its own.
    deployPath: (env) => \`\${root}/\${env.host.name}/\${env.application}\`,
    linkedDirs: ["uploads"],
  });

  role("demo", ${JSON.stringify(HOSTS)});

  const restart = task("restart", "Restart the application", async ({ run, env }) => {
    await run\`echo restarting \${env.application}\`;
  });
  after(finished, restart);
});
`;
}
