import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { binary } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const SECRET = "hunter2 is\tnot a 'password'";

interface Event {
  readonly kind: string;
  readonly host?: string;
  readonly task?: string;
  readonly command?: string;
  readonly text?: string;
  readonly result?: { readonly exitCode: number; readonly hosts: readonly { readonly status: string }[] };
}

describe.skipIf(!sshd)(`what a run says${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  const events = (stdout: string): readonly Event[] =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Event);

  beforeAll(async () => {
    story = await startStory(3);
  });
  afterAll(() => story?.end());

  it("is one event on each line with --reporter json, and never a secret", async () => {
    const encoded = Buffer.from(SECRET).toString("base64");
    story.deployfile(`
      console.log("a stray line of the deployfile");
      process.stdout.write("and another\\n");
      env.set({ token: secret(${JSON.stringify(SECRET)}) });
      const leak = task("leak", "Leak", async (t) => {
        console.log("and one of a task");
        const app = t.vars({ TOKEN: t.env.token });
        await app.run('printf "%s" "$TOKEN" | cut -c1-5 | tr -d "\\\\n"; printf "%s\\\\n" "$TOKEN" | cut -c6-');
        await app.run('printf "%s" "$TOKEN"; printf "%s" "$TOKEN" | base64 >&2');
        await t.writeFile("token", t.env.token);
        t.log.info("the token is " + t.env.token.reveal() + ", " + JSON.stringify({ token: t.env.token.reveal() }));
        if (t.host.name === "host3") await app.run('echo "wrong: $TOKEN" >&2; exit 3');
      });
      before("deploy:symlink:release", leak);
    `);
    const file = join(story.directory, "deployfile.ts");
    writeFileSync(file, `import { secret } from "fake-deploy";\n${readFileSync(file, "utf8")}`);
    const outcome = await story.fake("-R all deploy --reporter json --log-file run.log");
    expect(outcome.exitCode, said(outcome)).toBe(1);
    const all = events(outcome.stdout);
    expect(all[0]?.kind).toBe("runStarted");
    expect(all.at(-1)).toMatchObject({ kind: "runFinished", result: { ok: false, exitCode: 1 } });
    expect(outcome.stderr).toContain("a stray line of the deployfile");
    expect(outcome.stderr).toContain("and one of a task");
    const written = [outcome.stdout, outcome.stderr, readFileSync(join(story.directory, "run.log"), "utf8")];
    for (const text of written) {
      expect(text).not.toContain("hunter2");
      expect(text).not.toContain(encoded.slice(0, 20));
    }
    expect(written[0]).toContain("[redacted]");
    expect(readFileSync(join(story.fleet.hosts[0]?.home ?? "", "token"), "utf8")).toBe(SECRET);
    const plain = await story.fake("-R all deploy -v");
    expect(said(plain)).not.toContain("hunter2");
    const shown = await story.succeed("env -R all token");
    expect(said(shown)).toContain("[redacted]");
    expect(said(shown)).not.toContain("hunter2");
  });

  it("refuses a secret in a command, before anything is sent", async () => {
    writeFileSync(
      join(story.directory, "deployfile.ts"),
      `import { defineDeployfile, secret } from "fake-deploy";
      export default defineDeployfile<any>(({ env, role, task }) => {
        env.set({ token: secret("hunter2") });
        role("all", ["host1"]);
        task("leak", "Leak", async ({ run, env }) => { await run\`echo \${env.token} >leaked\`; });
      });`,
    );
    const outcome = await story.fake("-R all leak");
    expect(outcome.exitCode).toBe(2);
    expect(said(outcome)).toContain("vars");
    expect(said(outcome)).not.toContain("hunter2");
    expect(existsSync(join(story.fleet.hosts[0]?.home ?? "", "leaked"))).toBe(false);
  });

  it("cannot write to the terminal what a host wants", async () => {
    const nasty = "\\033]0;title\\007\\033[2Jcleared\\r\\nlast\\033[31m red\\n\\377\\376";
    story.deployfile(`task("nasty", "Nasty", async ({ run }) => { await run("printf '${nasty.replaceAll("\\", "\\\\")}'"); });`);
    for (const reporter of ["plain", "quiet"]) {
      const outcome = await story.succeed(`-H host1 nasty --reporter ${reporter}`);
      expect(said(outcome)).not.toContain("\x1b");
      expect(said(outcome)).not.toContain("\x07");
    }
    const outcome = await story.succeed(["exec", "-H", "host1", "--", "printf", nasty]);
    expect(outcome.stdout).not.toContain("\x1b");
    expect(outcome.stdout).toContain("red");
  });

  it("folds what hosts have in common, and puts last what went wrong", async () => {
    const command = 'case $HOME in */host2/*) echo two; echo broken >&2; exit 4;; *) echo "it is fine";; esac';
    const outcome = await story.fake(["exec", "-R", "all", "--fold", "--", command]);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stdout).toBe("host[1,3]\n  it is fine\nhost2 (exit code 4)\n  two\n");
    expect(outcome.stderr).toContain("broken");
    const json = await story.fake(["exec", "-R", "all", "--json", "--", command]);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { host: "host1", status: "ok", exitCode: 0, stdout: "it is fine\n" },
      { host: "host2", status: "failed", exitCode: 4, stdout: "two\n", stderr: "broken\n" },
      { host: "host3", status: "ok" },
    ]);
  });

  it("may be cut off by who reads it, and the run goes on", async () => {
    story.deployfile(`task("talk", "Talk", async ({ run }) => { await run("yes | head -n 20000; echo done >$HOME/talked"); });`);
    const fake = `${process.execPath} ${binary(inject("installed"))} --ssh-config ${story.fleet.sshConfig}`;
    const pipe = (line: string): Promise<{ code: number; stdout: string }> =>
      new Promise((settle) => {
        const env = { PATH: process.env["PATH"], HOME: story.directory };
        execFile("bash", ["-o", "pipefail", "-c", line], { cwd: story.directory, env }, (error, stdout) =>
          settle({ code: error === null ? 0 : Number(error.code), stdout }),
        );
      });
    expect(await pipe(`${fake} -H host1 talk 2>&1 | head -n 1`)).toEqual({ code: 0, stdout: "talk on 1 host: host1\n" });
    expect(existsSync(join(story.fleet.hosts[0]?.home ?? "", "talked"))).toBe(true);
    expect(await pipe(`${fake} exec -H host1 -- seq 300000 | head -n 2`)).toEqual({
      code: 0,
      stdout: "[host1] 1\n[host1] 2\n",
    });
  });

  it("takes settings from the command line as they are written", async () => {
    story.deployfile();
    const shown = await story.succeed(
      'env -H host1 branch keepReleases linkedDirs -s branch=1.10 -s keepReleases=7 -s linkedDirs=["a"] --json',
    );
    expect(shown.stdout).toContain('"1.10"');
    expect(shown.stdout).toMatch(/"value": ?7/);
    const wrong = await story.fake("-H host1 deploy -s keepRelease=7 -s branch -s keepReleases=5x --reporter jsn -P 0");
    expect(wrong.exitCode).toBe(2);
    for (const text of ["KEY=VALUE", "json", "1 or more"]) expect(wrong.stderr).toContain(text);
    const near = await story.fake("-H host1 deploy -s keepRelease=7 -s keepReleases=5x");
    expect(near.exitCode).toBe(2);
    expect(near.stderr).toContain("`keepRelease` (-s) is not a setting");
    expect(near.stderr).toContain("Did you mean `keepReleases`?");
    expect(near.stderr).toContain('-s gave the text "5x"');
  });

  it("ends with what the time went into with --timings, and takes nothing from the results", async () => {
    story.deployfile();
    const { stdout, stderr } = await story.succeed("--reporter json --all --timings deploy");
    expect(events(stdout).at(-1)?.kind).toBe("runFinished");
    const rows = ["start", "load", "connect", "resolve", "deploy:starting", "deploy:publishing", "flights", "idle"];
    for (const row of rows) expect(stderr).toMatch(new RegExp(`^  ${row} +[\\d.]+ m?s`, "m"));
    expect(stderr).toMatch(/^timings: [\d.]+ m?s in all$/m);
    expect(stderr).toMatch(/deploy:create-release: .* \(host\d, the slowest of 3\)$/m);
  });

  it("is the commands themselves with --dry-run, which needs no host and no repository", async () => {
    story.deployfile(`
      const mine = task("mine", { desc: "Mine", commands: (t) => [
        t.within("/tmp").vars({ GREETING: "it's" }).cmd\`printf '%s %s' "$GREETING" \${"$HOME; 'quoted'"} >\${t.env.deployPath + ".out"}\`,
      ] });
      after("deploy:create-release", mine);
      after(steps.finished, task("restart", "Restart", async () => { throw new Error("called"); }));
    `);
    const hidden = `${story.repo.directory}-away`;
    renameSync(story.repo.directory, hidden);
    const before = [0, 1, 2].map((host) => story.tree(host));
    await Promise.all(story.fleet.hosts.map((host) => host.stop()));
    const outcome = await story.fake("-R all deploy --dry-run --reporter json");
    const plain = await story.fake("-R all deploy --dry-run");
    renameSync(hidden, story.repo.directory);
    expect(outcome.exitCode, said(outcome)).toBe(0);
    const commands = events(outcome.stdout).filter(({ kind, host }) => kind === "commandStarted" && host === "host1");
    const mine = commands.find(({ task }) => task === "mine")?.command ?? "";
    execFileSync("sh", ["-c", mine]);
    expect(readFileSync(`${story.path(0)}.out`, "utf8")).toBe("it's $HOME; 'quoted'");
    expect(plain.exitCode).toBe(0);
    expect(said(plain)).toContain("Dry run: nothing was sent");
    expect(said(plain)).toContain("  restart\n    … it stops here: called\n");
    expect(said(plain).split("\n").length).toBeLessThan(60);
    expect(said(plain)).toContain("    make releases/<releaseId>\n");
    expect([0, 1, 2].map((host) => story.tree(host))).toEqual(before);

    // Typed in by hand, with what only a host or the repository can know filled in, it is a deploy.
    const id = "20990101000000";
    const steps = commands.filter(({ task }) => task?.startsWith("deploy:") === true && task !== "deploy:cleanup");
    for (const { command = "" } of steps)
      execFileSync("sh", ["-c", command.replaceAll("<revision>", story.repo.sha()).replaceAll("<releaseId>", id)]);
    expect(story.current(0)).toBe(id);
    expect(story.read(0, "current/index.txt")).toBe("v1\n");
    expect(story.read(0, "current/REVISION")).toBe(`${story.repo.sha()}\n`);
    expect(story.read(0, "revisions.log")).toContain(`deployed as release ${id}`);
    expect(story.locked(0)).toBe(false);
  });
});
