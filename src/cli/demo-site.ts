import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createSshKeyPair } from "../demo/ssh-key-pair.ts";
import { type SshServer, startSshServer } from "../demo/ssh-server.ts";
import { toError, UsageError } from "../errors.ts";

export const DEMO_HOSTS = ["app1", "app2"];

const PAGE = "index.html";

/** The user's own configuration of git has no say here: hooks, signatures, templates. */
const GIT_ALONE = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };

const DEPLOYFILE = `import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

const root = import.meta.dirname;

export default defineDeployfile(({ env, role, task, after, use }) => {
  const { finished } = use(deploy());

  env.set({
    application: "shop",
    repoUrl: \`\${root}/repository\`,
    // Both hosts are this machine: each has a folder of its own.
    deployPath: (env) => \`\${root}/\${env.host.name}/\${env.application}\`,
    linkedDirs: ["uploads"],
  });

  role("demo", ${JSON.stringify(DEMO_HOSTS)});

  const restart = task("restart", "Restart the application", async ({ run, env }) => {
    await run\`echo restarting \${env.application}\`;
  });
  after(finished, restart);
});
`;

export type DemoSite = ReturnType<typeof createDemoSite>;

/**
 * Two hosts, a repository and a deployfile, all in one temporary folder and on the loopback interface.
 * @param env of the process, for PATH
 */
export function createDemoSite(env: Readonly<Record<string, string | undefined>>) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fake-demo-")));
  const deployfile = join(folder, "deployfile.ts");
  const sshConfig = join(folder, "ssh_config");
  const repository = join(folder, "repository");
  const servers: SshServer[] = [];
  const git = async (...args: readonly string[]): Promise<void> => {
    const options = { cwd: repository, env: { ...env, ...GIT_ALONE } };
    await promisify(execFile)("git", args, options).catch((error: unknown) => {
      throw new UsageError("DEMO_GIT", `The demo could not use git: ${toError(error).message}`, {
        hint: "It needs git on this machine: `fake doctor` says what is there.",
        cause: error,
      });
    });
  };
  return {
    folder,
    deployfile,
    sshConfig,
    repository,
    async start(): Promise<void> {
      const { publicKey, privateKey } = createSshKeyPair();
      for (const host of DEMO_HOSTS) {
        const home = join(folder, host);
        mkdirSync(home);
        const path = { PATH: env["PATH"] ?? "/usr/bin:/bin" };
        servers.push(await startSshServer({ home, authorizedKeys: [publicKey], env: { ...path, ...GIT_ALONE } }));
      }
      writeFileSync(join(folder, "id_demo"), privateKey, { mode: 0o600 });
      const known = servers.map(({ address, port, hostKey }) => `[${address}]:${port} ${hostKey}\n`);
      writeFileSync(join(folder, "known_hosts"), known.join(""));
      writeFileSync(sshConfig, sshConfigText(folder, servers));
      writeFileSync(deployfile, DEPLOYFILE);
      mkdirSync(repository);
      await git("init", "--quiet", "--initial-branch=main");
      await git("config", "user.name", "Demo");
      await git("config", "user.email", "demo@example.com");
    },
    /** Commits a new version of the application. */
    async commit(version: string): Promise<void> {
      writeFileSync(join(repository, PAGE), `<h1>The shop, version ${version}</h1>\n`);
      await git("add", PAGE);
      await git("commit", "--quiet", "--message", `Version ${version}`);
    },
    /** What a visitor of this host would see. */
    livePage: (host: string): string => readFileSync(join(folder, host, "shop", "current", PAGE), "utf8").trim(),
    /** Stops the hosts and removes everything. */
    async remove(): Promise<void> {
      await Promise.all(servers.map((server) => server.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function sshConfigText(folder: string, servers: readonly SshServer[]): string {
  const hosts = servers.map(({ address, port }, at) => `Host ${DEMO_HOSTS[at]}\n  HostName ${address}\n  Port ${port}\n`);
  return `${hosts.join("\n")}
Host *
  User demo
  IdentityFile ${folder}/id_demo
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${folder}/known_hosts
  GlobalKnownHostsFile /dev/null
`;
}
