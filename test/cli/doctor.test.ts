import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkNode } from "../../src/cli/doctor/machine.ts";
import { createSshKeyPair } from "../../src/demo/ssh-key-pair.ts";
import { nowhere } from "../support/nowhere.ts";
import { identitiesAnswer, startCannedAgent } from "../support/ssh-agent.ts";
import { deployfile, fake, project } from "./run-cli.ts";

/** Texts as SSH sends them. */
function sshString(...texts: readonly string[]): Buffer {
  return Buffer.concat(texts.flatMap((text) => [Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]));
}

/** An agent that holds new keys. */
async function agent(root: string, count: number): Promise<string> {
  const socket = join(root, "agent.sock");
  const keys = Array.from({ length: count }, () => {
    return { blob: Buffer.from(createSshKeyPair().publicKey.split(" ")[1] ?? "", "base64"), comment: "" };
  });
  const canned = await startCannedAgent(socket, identitiesAnswer(keys));
  onTestFinished(() => canned.stop());
  return socket;
}

describe("fake doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    const root = project({ "deployfile.ts": deployfile('role("web", [local("a")]); task("t", () => {});') });
    const socket = await agent(root, 3);
    const { code, stdout, stderr } = await fake(root, ["doctor", "-R", "web"], { env: { SSH_AUTH_SOCK: socket } });
    expect(code, stdout).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain(`ok    node ${process.versions.node}`);
    expect(stdout).toContain("ok    git version");
    expect(stdout).toContain("ok    ssh agent with 3 keys");
    expect(stdout).toContain("ok    1 task, 1 role, 1 host");
    expect(stdout).toMatch(/^ok {4}a: connected, \w+ /m);
    expect(stdout).toMatch(/All is well\.\n$/);
  });

  it("says what is wrong with the deployfile, and goes on", async () => {
    const root = project({
      "deployfile.ts": deployfile('use(deploy()); env.set({ keepReleases: 0, keepRelases: 3 }); task("env", () => {});'),
    });
    const { code, stdout } = await fake(root, ["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}.*cannot be named "env"/m);
    expect(stdout).toMatch(/^fail {2}.*keepReleases/m);
    expect(stdout).toMatch(/^fail {2}.*`keepRelases`.*\n +Did you mean `keepReleases`/m);
    expect(stdout).toContain("3 things to put right.");
  });

  it("tells what a check of the deployfile's own finds on each host, and the command that puts it right", async () => {
    const text = deployfile(`role("web", [local("a"), local("b")]); env.set({ queue: "jobs" });
      app.doctor({
        requires: ["queue"],
        command: (t: any) => t.cmd\`echo \${t.env.queue} of \${t.host.id}\`,
        judge: ({ host }: any, { stdout }: any) => [{ status: host.id === "a" ? "ok" : "fail", what: stdout.trim(), todo: "queue drain" }],
      });`);
    const { code, stdout } = await fake(project({ "deployfile.ts": text }), ["doctor", "-R", "web"]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^ok {4}.*jobs of a[\s\S]*^fail {2}.*jobs of b\n +queue drain/m)]);
  });

  it("says that there is no deployfile, and looks at the rest", async () => {
    const { code, stdout } = await fake(project({}), ["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toContain("fail  No deployfile was found.");
    expect(stdout).toContain("warn  no ssh agent, and no key files in ~/.ssh");
  });

  it("says which host cannot be reached", async () => {
    const root = project({ "deployfile.ts": deployfile('role("web", ["gone.invalid"]);') });
    const { code, stdout } = await fake(root, ["doctor", "-R", "web"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}gone\.invalid: .*resolve/m);
  });

  it("draws on a terminal what it is at, and leaves only what it found", async () => {
    const root = project({ "deployfile.ts": deployfile('role("web", [local("a")]);') });
    const { stdout } = await fake(root, ["doctor"], { terminal: true });
    expect(stdout).toMatch(/This machine\n.*The deployfile and its settings/);
    const [last = ""] = stdout.split("\x1b[2K").slice(-1);
    expect(last).toMatch(/^[^T]*ok {4}node /);
    expect(last).not.toContain("This machine");
    expect(last).toContain("ok    0 tasks, 1 role, 1 host");
  });

  it("says why an agent is of no use", async () => {
    const root = project({ "deployfile.ts": deployfile("") });
    const asked = async (socket: string) => (await fake(root, ["doctor"], { env: { SSH_AUTH_SOCK: socket } })).stdout;
    expect(await asked(join(root, "none"))).toMatch(/^warn {2}the agent at .*none cannot be used: .*ENOENT.*, and no key files/m);
    expect(await asked(await agent(root, 0))).toContain("warn  no keys in the ssh agent, and no key files in ~/.ssh");
  });

  it.each([
    ["ssh", "warn"],
    ["openssh", "ok  "],
  ])("counts keys on hardware where they can be used: %s", async (transport, status) => {
    const text = `env.set({ transport: ${JSON.stringify(transport)} }); role("web", ["app1.example.com"]);`;
    const root = project({ "deployfile.ts": deployfile(text) });
    const blob = sshString("sk-ssh-ed25519@openssh.com", "key", "ssh:");
    const canned = await startCannedAgent(join(root, "agent.sock"), identitiesAnswer([{ blob, comment: "blue" }]));
    onTestFinished(() => canned.stop());
    const { stdout } = await fake(root, ["doctor"], { env: { SSH_AUTH_SOCK: join(root, "agent.sock") } });
    expect(stdout).toMatch(new RegExp(`^${status}  .*(?:agent key|ssh agent with 1 key)`, "m"));
  });

  it("misses tools on a host", async () => {
    const text = `use(deploy()); env.set({ deployPath: "${nowhere}", application: "x", repoUrl: "${nowhere}/y" }); role("web", [local("a")]);`;
    const root = project({ "deployfile.ts": deployfile(text) });
    mkdirSync(join(root, "empty"));
    const { code, stdout } = await fake(root, ["doctor", "-R", "web"], { env: { PATH: join(root, "empty") } });
    expect(code).toBe(1);
    expect(stdout).toContain("fail  there is no git");
    expect(stdout).toContain("warn  there is no ssh program");
    expect(stdout).toMatch(/^fail {2}a: The program git .*\n {6}a: The program tar .*\n {6}Install on the host: git, tar\./m);
  });

  it("knows key files, and an ssh config that cannot be read", async () => {
    const root = project({ ".ssh/id_ed25519": "", "deployfile.ts": deployfile("") });
    writeFileSync(join(root, "plain"), "");
    const { stdout } = await fake(root, ["doctor", "--ssh-config", "plain/config"]);
    expect(stdout).toContain("ok    no ssh agent, but key files: ~/.ssh/id_ed25519");
    expect(stdout).toMatch(/^fail {2}the ssh config .*plain\/config cannot be read/m);
  });

  it("looks at the ssh config that the deployfile names, and at the keys in it", async () => {
    const root = project({
      "deployfile.ts": deployfile('env.set({ sshConfig: "fleet/config" }); role("web", ["a"]);'),
      "fleet/config": "Host a\n  IdentityFile keys/deploy\n",
    });
    const { stdout } = await fake(root, ["doctor"]);
    expect(stdout).toMatch(/^ok {4}ssh config: .*fleet\/config \(the setting `sshConfig`\)$/m);
    expect(stdout).toContain("ok    no ssh agent, but the ssh config names key files (IdentityFile)");
    const gone = project({ "deployfile.ts": deployfile('env.set({ sshConfig: "gone" }); role("web", ["a"]);') });
    const refused = await fake(gone, ["doctor"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^fail {2}the ssh config .*gone cannot be read/m);
  });
});

describe("the version of node", () => {
  it.each([
    ["20.19.0", "ok"],
    ["22.0.0", "ok"],
    ["20.18.3", "fail"],
    ["18.20.0", "fail"],
  ])("%s: %s", (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });
});
