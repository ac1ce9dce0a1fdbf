import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Outcome, runFake, startFake, wordsOf } from "../support/fake.ts";
import { createGitRepo, type GitRepo } from "../support/git-repo.ts";
import { nowhere } from "../support/nowhere.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

const isPossible = process.platform === "linux" && findSshd() !== undefined;

describe.skipIf(!isPossible)(`fake rehearse --on-hosts${NO_SSHD}`, () => {
  let cwd: string;
  let temporary: string;
  let fleet: SshdFleet;
  let repo: GitRepo;
  /** The folder of the hosts in which they are deployed to, and in which scratch folders are made. */
  let srv: string;

  beforeAll(async () => {
    fleet = await startSshdFleet(1);
  });
  afterAll(() => fleet?.stop());

  beforeEach(() => {
    cwd = realpathSync(mkdtempSync(join(tmpdir(), "fake-rehearse-hosts-")));
    temporary = join(cwd, "tmp");
    srv = join(cwd, "srv");
    for (const folder of [temporary, srv]) mkdirSync(folder);
    fleet.configure();
    repo = createGitRepo(join(cwd, "app"));
    repo.commit({ "index.html": "<h1>shop</h1>\n" });
  });
  afterEach(() => {
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(cwd, { recursive: true, force: true });
  });

  const write = (more = "", ofHost = {}): void => {
    const host = JSON.stringify({ host: "host1", deployPath: join(srv, "shop"), ...ofHost });
    writeFileSync(
      join(cwd, "deployfile.ts"),
      `import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile(({ env, role, task, before, after, onFailure, use, rehearse }) => {
  const { updated, finished } = use(deploy());
  env.set({ application: "shop", repoUrl: ${JSON.stringify(repo.directory)}, branch: "main", linkedDirs: ["uploads"], linkedFiles: [".env"] });
  role("staging", [${host}]);
  before(updated, task("build", async (t) => void (await t.within(t.env.releasePath).run("cp index.html built"))));
  after(finished, task("restart", async (t) => void (await t.run\`sudo systemctl restart \${t.env.application}\`)));
  onFailure("deploy", task("page", async (t) => void (await t.run\`echo paged\`)));
  after(finished, task("tell", { local: true }, () => { throw new Error("somebody was told"); }));
  ${more}
});
`,
    );
  };
  const STAND_IN = 'rehearse({ commands: { "sudo systemctl restart *": "ok" }, files: { ".env": "PORT=3000" } });';
  const options = () => ({ cwd, env: { TMPDIR: temporary, XDG_CACHE_HOME: join(cwd, "cache") } });
  const words = (...more: readonly string[]): readonly string[] => [
    ...["rehearse", "deploy", "-R", "staging", "--on-hosts", "--ssh-config", fleet.sshConfig],
    ...more,
  ];
  const fake = (...more: readonly string[]): Promise<Outcome> => runFake(inject("installed"), words(...more), options());

  it("plays crashes in a scratch folder of the hosts, touches nothing else there, and removes it", async () => {
    write(`${STAND_IN}
  rehearse({ check: async (t) => {
    if (!t.deployPath.includes("fake-rehearsal-")) throw new Error("it is the real one");
    if (t.after === "deploy" && (await t.readFile(t.sharedPath + "/.env")) !== "PORT=3000") throw new Error("no settings");
    if (t.after === "deploy" && (await t.capture("cat " + t.currentPath + "/built")) !== "<h1>shop</h1>") throw new Error("not built");
    if (await t.test("[ -e " + t.currentPath + " ]") && !(await t.exists(t.currentPath + "/index.html"))) throw new Error("no page");
  } });`);
    mkdirSync(join(srv, "shop", "shared"), { recursive: true });
    writeFileSync(join(srv, "shop", "shared", ".env"), "REAL=1");
    const { exitCode, stdout, stderr } = await fake("-y", "--sample", "5", "--seed", "5", "--json");
    expect(exitCode, stdout + stderr).toBe(0);
    const { played } = JSON.parse(stdout) as {
      played: { case: string; reached: boolean; violations: unknown[]; exitCode: number | null }[];
    };
    expect(played).toHaveLength(5);
    expect(played.flatMap(({ violations }) => violations)).toEqual([]);
    expect(played.every(({ reached }) => reached)).toBe(true);
    // Each fault once, and those that are cut or killed do something.
    expect(new Set(played.map((one) => one.case.split("/")[1]))).toEqual(
      new Set(["client SIGKILL", "client SIGINT", "connection cut before", "connection cut after", "command SIGKILL"]),
    );
    expect(played.filter((one) => one.exitCode !== 0).length).toBeGreaterThan(1);
    expect(stderr).toContain(
      "These tasks of the deployfile run for real there, many times over, and are crashed: build, restart, page",
    );
    expect(stderr).toContain("not played: disk full");
    expect(stderr).toContain("not run: the local tasks tell");
    expect(readdirSync(srv)).toEqual(["shop"]);
    expect(readdirSync(join(srv, "shop"), { recursive: true })).toEqual(["shared", join("shared", ".env")]);
    expect(readFileSync(join(srv, "shop", "shared", ".env"), "utf8")).toBe("REAL=1");
  }, 300_000);

  it("keeps there what violated something, says where, and how to play that case again", async () => {
    write(`${STAND_IN}
  before(updated, task("close", async (t) => void (await t.run\`touch \${t.env.sharedPath}/closed\`)));
  after(finished, task("open", async (t) => {
    await t.run\`rm -f \${t.env.sharedPath}/closed\`;
    await t.run\`setsid sleep 7777 </dev/null >/dev/null 2>&1 &\`;
  }));
  rehearse({ check: async (t) => { if (await t.exists(\`\${t.sharedPath}/closed\`)) throw new Error("the shop stays closed"); } });`);
    const typed = words("-y", "--case", "open#1/client SIGKILL/host1");
    const { exitCode, stdout, stderr } = await runFake(inject("installed"), typed, options());
    expect(exitCode, stdout + stderr).toBe(1);
    const [, line] = /check: the shop stays closed \(deployfile\.ts:(\d+)\) \(host1, after the run\)/.exec(stdout) ?? [];
    expect(readFileSync(join(cwd, "deployfile.ts"), "utf8").split("\n")[Number(line) - 1]).toContain("stays closed");
    // What a clean run has left is found too: all that was started over the connections that are cut.
    expect(stdout).toContain("I8: still runs on host1:");
    expect(stdout).toContain("sleep 7777");
    expect(wordsOf(/again: fake (.*)/.exec(stdout)?.[1])).toEqual(typed);
    const [, folder = "", remove = ""] = /kept in (\S+)\/app\. When you have looked: (.*)/.exec(stderr) ?? [];
    expect(readdirSync(folder).sort()).toEqual(["app", "rehearsal"]);
    expect(existsSync(join(folder, "app", "current", "index.html"))).toBe(true);
    expect(spawnSync("sh", ["-c", remove], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(srv)).toEqual([]);
  }, 300_000);

  it("refuses what could hurt, before anything is done to the hosts", async () => {
    write(STAND_IN);
    mkdirSync(join(srv, "shop", "shared"), { recursive: true });
    symlinkSync(join(srv, "shop", "shared"), join(srv, "elsewhere"));
    const refused = async (wanted: string, ...more: readonly string[]): Promise<void> => {
      // What throwaway hosts need of this machine is not needed here.
      const { cwd: folder, env } = options();
      const line = words(...more);
      const { exitCode, stdout, stderr } = await runFake(inject("installed"), line, {
        cwd: folder,
        env: { ...env, PATH: nowhere },
      });
      expect(stderr).toContain(wanted);
      expect([exitCode === 0, stdout]).toEqual([false, ""]);
      expect(readdirSync(srv).sort()).toEqual(["elsewhere", "shop"]);
      expect(readdirSync(join(srv, "shop"), { recursive: true })).toEqual(["shared"]);
    };
    await refused("there is nobody to confirm a rehearsal on real hosts");
    await refused("lie in each other", "-y", "--scratch", join(srv, "shop"));
    await refused("lies in", "-y", "--scratch", join(srv, "elsewhere"));
    await refused("There is no folder", "-y", "--scratch", join(srv, "gone"));
    await refused("--repo says nothing to this rehearsal", "-y", "--repo", repo.directory);
    fleet.configure({ host1: ["ProxyJump host2"] });
    await refused("is reached through another host", "-y");
    write(STAND_IN, { transport: "local" });
    await refused("host1 is this machine", "-y");
    const without = await runFake(inject("installed"), ["rehearse", "deploy", "-R", "staging", "--scratch", srv], options());
    expect(without.stderr).toContain("--scratch says nothing to this rehearsal");
  }, 120_000);

  it("runs no sudo that nothing stands in for, in whatever way it is asked for, and removes what it has made", async () => {
    write(
      'after(finished, task("own", async (t) => void (await t.as("root").run`touch /tmp/never`)));\n  rehearse({ commands: { "sudo systemctl restart *": "ok" } });',
    );
    const { exitCode, stderr } = await fake("-y");
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain("sudo is not run on the host of a rehearsal: sudo -n -u root");
    expect(readdirSync(srv)).toEqual([]);
  }, 120_000);

  it("removes what it has made after ctrl-C", async () => {
    write(STAND_IN);
    const run = startFake(inject("installed"), words("-y", "--scratch", srv), options());
    // In the middle of the first clean run.
    await run.seen("  code: ");
    expect(readdirSync(srv)).toHaveLength(1);
    run.child.kill("SIGINT");
    expect((await run.outcome).exitCode).toBe(130);
    expect(readdirSync(srv)).toEqual([]);
  }, 300_000);
});
