import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent, type TestAgent } from "../support/ssh-agent.ts";
import { fingerprintBySshKeygen } from "../support/ssh-keys.ts";
import { findSshd, plainKey, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { unless } from "../support/unless.ts";

const sshd = findSshd() !== undefined;
const where = sshd ? "" : ` (${SSHD_MISSING})`;

/** Path of a program in the PATH, or undefined. */
function find(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** host1 is the jump host, host2 the application's, host3 the git server's. */
describe.skipIf(!sshd)(`a host behind another, and a repository that only our agent may read${where}`, () => {
  let story: Story;
  let agent: TestAgent;
  const logins = (host: number): number => story.fleet.hosts[host]?.log().match(/Accepted publickey/g)?.length ?? 0;

  beforeAll(async () => {
    story = await startStory(3);
    const { fleet, repo } = story;
    fleet.configure({ host2: ["ProxyJump host1"] });
    agent = await startAgent(fleet.directory);
    agent.add(fleet.key.path);
    // What git's ssh on the host and on this machine knows of the git server: no key.
    const gitServer = fleet.hosts[2];
    const config = join(fleet.directory, "git_ssh_config");
    const lines = ["HostName 127.0.0.1", `Port ${gitServer?.port}`, `User ${fleet.user}`, "IdentityFile none"];
    writeFileSync(config, `Host git.internal\n${[...lines, `UserKnownHostsFile ${fleet.knownHosts}`].join("\n")}\n`);
    for (const home of [fleet.hosts[1]?.home ?? "", story.directory])
      writeFileSync(join(home, ".gitconfig"), `[core]\n\tsshCommand = ssh -F ${config}\n[safe]\n\tdirectory = *\n`);
    story.deployfile(
      `after("deploy:create-release", task("keys", "Keys", async ({ run }) => { await run("ssh-add -l || true"); }));`,
      `repoUrl: "ssh://git.internal${repo.directory}"`,
    );
  });
  afterAll(async () => {
    await agent?.stop();
    await story?.end();
  });

  it("is deployed to with a forwarded agent, through the jump host", async () => {
    const before = [logins(0), logins(1)];
    const env = { SSH_AUTH_SOCK: agent.socket };
    const outcome = await story.succeed("-H host2 deploy -s forwardAgent=true", { env });
    expect(said(outcome)).toContain(fingerprintBySshKeygen(story.fleet.key.path));
    expect(story.read(1, "current/REVISION")).toBe(`${story.repo.sha()}\n`);
    // One login of ours on each, whatever the number of commands.
    expect([logins(0), logins(1)]).toEqual(before.map((count) => count + 1));
  });

  it("sees no agent unless the deployfile forwards it, and says what git says", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    const before = story.current(1);
    const outcome = await story.fake("-H host2 deploy", { env: { SSH_AUTH_SOCK: agent.socket } });
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("Permission denied (publickey)");
    expect([story.current(1), story.releases(1), story.locked(1)]).toEqual([before, [before], false]);
  });

  it("is not reached when the key of the jump host is not the one that is known", async () => {
    const { knownHosts, hosts } = story.fleet;
    const [jump, app, git] = hosts;
    const line = (port: number | undefined, key: string): string => `[127.0.0.1]:${port} ${key}\n`;
    const own = [app, git].map((host) => line(host?.port, host === undefined ? "" : plainKey(host.hostKey)));
    writeFileSync(knownHosts, line(jump?.port, app === undefined ? "" : plainKey(app.hostKey)) + own.join(""));
    const before = [logins(0), logins(1)];
    for (const words of ["-H host2 deploy", "-H host2 deploy --host-keys accept-new"]) {
      const outcome = await story.fake(words);
      expect(outcome.exitCode).toBe(1);
      expect(said(outcome)).toMatch(/host key .*changed/i);
      expect(said(outcome)).toContain("ssh-keygen");
    }
    expect([logins(0), logins(1)]).toEqual(before);
  });
});

describe.skipIf(!sshd)(`a host that allows one cipher only, the one that node does not do itself${where}`, () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory(1);
    story.fleet.configure({ host1: ["Ciphers chacha20-poly1305@openssh.com"] });
    story.deployfile();
  });
  afterAll(() => story?.end());

  it("takes and gives back what is large", async () => {
    const { stdout } = await story.succeed(["exec", "-H", "host1", "--", "seq 40000"]);
    expect(stdout.trim().split("\n")).toEqual(Array.from({ length: 40_000 }, (_, at) => `[host1] ${at + 1}`));
  });
});

describe.skipIf(!sshd)(`login shells of all kinds, with rc files that talk${where}`, () => {
  let story: Story;
  const shells = ["fish", "tcsh", "zsh", "bash"].filter((shell) => find(shell) !== undefined);
  const rc: Readonly<Record<string, string>> = {
    fish: ".config/fish/config.fish",
    tcsh: ".tcshrc",
    zsh: ".zshenv",
    bash: ".bashrc",
  };

  beforeAll(async () => {
    story = await startStory(0);
    for (const shell of shells) {
      const { home } = await story.fleet.add({ name: `on-${shell}`, shell: find(shell) ?? "" });
      const file = join(home, rc[shell] ?? "");
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, `echo "Welcome to $HOME, it is 100% up"\nsh -c 'echo noise on stderr >&2; printf "no newline"'\n`);
    }
    story.deployfile(`
      const build = task("build", "Build", async ({ within, env, run, capture, test, host }) => {
        const app = within(env.releasePath).vars({ GREETING: "it's $HOME; \\"quoted\\" \\\\n" });
        await app.run\`printf %s "$GREETING" >greeting\`;
        await run\`test -f \${env.releasePath}/greeting\`;
        if (await test\`test -d nowhere\`) throw new Error("impossible");
        await app.writeFile("captured", await capture\`cat \${env.releasePath}/greeting; exit 0\`);
      });
      after("deploy:create-release", build);
    `);
  });
  afterAll(() => story?.end());

  it.skipIf(shells.length === 0)(`are deployed to like any other${unless(shells.length > 0, "no other shells")}`, async () => {
    await story.succeed("-R all deploy");
    await story.succeed("-R all deploy");
    const outcome = await story.succeed("-R all rollback");
    for (const host of shells.keys()) {
      expect(story.read(host, "current/index.txt")).toBe("v1\n");
      expect(story.read(host, "current/greeting")).toBe(`it's $HOME; "quoted" \\n`);
      expect(story.read(host, "current/captured")).toBe(`it's $HOME; "quoted" \\n`);
      expect(story.releases(host)).toHaveLength(2);
    }
    expect(said(outcome)).not.toContain("Welcome to");
  });

  it.skipIf(shells.length === 0)(
    `give the same output, which is folded${unless(shells.length > 0, "no other shells")}`,
    async () => {
      const { stdout } = await story.succeed(["exec", "-R", "all", "--fold", "--", "echo", "it's", "$HOME", "*"]);
      expect(stdout).toBe(`${shells.map((shell) => `on-${shell}`).join(", ")}\n  it's $HOME *\n`);
    },
  );
});
