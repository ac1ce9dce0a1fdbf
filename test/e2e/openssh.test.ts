import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gone, until } from "../contracts/transport/support.ts";
import { isAlive } from "../support/alive.ts";
import { hasOpenssh, type ObservedSsh, OPENSSH_MISSING, observeSsh } from "../support/openssh-transport.ts";
import { type Story, said, startStory } from "../support/story.ts";

describe.skipIf(!hasOpenssh)(`transport "openssh"${hasOpenssh ? "" : ` (${OPENSSH_MISSING})`}`, () => {
  let story: Story;
  let ssh: ObservedSsh;
  let env: Record<string, string>;

  beforeAll(async () => {
    story = await startStory(2);
    ssh = observeSsh(story.directory);
    env = { PATH: `${story.directory}:${process.env["PATH"]}` };
  });
  afterAll(() => story?.end());

  it("is chosen for one of two hosts, and shown", async () => {
    story.deployfile('host({ host: "host2", transport: "openssh" });');
    const shown = await story.succeed("env -R all transport");
    expect(shown.stdout).toBe("host1\tssh\nhost2\topenssh\n");
    const outcome = await story.succeed("exec -R all -- echo here", { env });
    expect(said(outcome)).toContain("here");
    expect(ssh.pids.length).toBe(1);
    expect(ssh.args.at(-1)).toBe("host2");
    expect(ssh.pids.filter(isAlive)).toEqual([]);
    expect(existsSync(dirname(ssh.socket))).toBe(false);
  });

  it("deploys and goes back like any other", async () => {
    story.deployfile(
      `after("deploy:create-release", task("look", "Look", async ({ run, host }) => {
        await run({ stdin: "hello " + host.name })\`cat\`;
      }));`,
      'transport: "openssh"',
    );
    const known = ssh.pids.length;
    const first = await story.succeed("-R all deploy", { env });
    expect(said(first)).toContain("[host2] hello host2");
    expect(ssh.pids.length - known).toBe(2);
    const before = [story.current(0), story.current(1)];
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    await story.succeed("-R all deploy", { env });
    expect([0, 1].map((host) => story.read(host, "current/index.txt"))).toEqual(["v2\n", "v2\n"]);
    await story.succeed("-R all rollback", { env });
    expect([story.current(0), story.current(1)]).toEqual(before);
    expect(ssh.pids.filter(isAlive)).toEqual([]);
  });

  it("says before anything that it cannot ask for a password", async () => {
    story.deployfile("", 'sshPassword: true, transport: "openssh"');
    const outcome = await story.fake("exec -R all -- echo here", { env });
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain('transport "openssh" logs in without asking anything');
  });

  it("leaves no process and no socket when fake itself is killed", async () => {
    story.deployfile("", 'transport: "openssh"');
    const known = ssh.pids.length;
    const run = story.start(["exec", "-H", "host1", "--", "sh -c 'echo $$ >$HOME/pid; echo asleep; exec sleep 1000'"], { env });
    const remote = join(story.fleet.hosts[0]?.home ?? "", "pid");
    await until(() => existsSync(remote) && readFileSync(remote, "utf8").endsWith("\n"));
    const [master] = ssh.pids.slice(known);
    const folder = dirname(ssh.socket);
    try {
      expect([isAlive(master ?? 0), existsSync(folder)]).toEqual([true, true]);
      run.child.kill("SIGKILL");
      await run.outcome;
      await gone(master ?? 0);
      await until(() => !existsSync(folder));
      await gone(Number(readFileSync(remote, "utf8")));
    } finally {
      const pid = Number(readFileSync(remote, "utf8"));
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
    }
  });
});
