import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive } from "../support/alive.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

/** Of four hosts, the last one has no role; the third is no host of the run. */
const DEPLOYFILE = `import { defineDeployfile } from "fake-deploy";

export default defineDeployfile(({ role, task }) => {
  role("web", ["host1", "host2"]);
  role("db", ["host3"]);

  task("round", { local: true }, async (t) => {
    await t.local.run("printf 'port 1\\\\n' > conf");
    await t.fleet.put("conf", "app.conf", { mode: "600" });
    const modes = await t.fleet.capture("stat -c %a app.conf; cat app.conf; echo $HOME | sed 's/.*\\\\///'");
    for (const { host, value } of modes) t.log.info(\`\${host.name}: \${value.replaceAll("\\n", ",")}\`);
    const got = await t.fleet.get("app.conf", "got");
    t.log.info(got.map(({ value }) => value).join(" "));
    for (const web of t.fleet.filter("web").vars({ WORD: "hello" })) t.log.info(await web.capture\`echo $WORD\`);
  });

  task("failing", { local: true }, async (t) => {
    await t.fleet.run("case $HOME in */host2*) echo broken >&2; exit 7;; *) echo fine;; esac");
  });

  task("further", { local: true }, async (t) => {
    const all = t.fleet.with("host3", "host4");
    t.log.info((await all.hasCommand("sh")).map(({ host, value }) => \`\${host.name}=\${value}\`).join(" "));
    await all.run\`echo there > visited\`;
  });

  task("gone", { local: true }, async (t) => {
    const outcomes = await t.fleet.with("nobody.invalid").acceptFailures().capture\`echo up\`;
    for (const one of outcomes) t.log.info(\`\${one.host.name}: \${one.ok ? one.value : "no answer"}\`);
  });

  task("slow", { local: true }, async (t) => {
    await t.fleet.run("case $HOME in */host1*) true;; *) echo $$ > pid; exec sleep 60;; esac");
  });
});
`;

describe.skipIf(!sshd)(`t.fleet on real hosts${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory(4);
    writeFileSync(join(story.directory, "deployfile.ts"), DEPLOYFILE);
  });
  afterAll(() => story?.end());

  const home = (host: number, file: string): string =>
    readFileSync(join(story.fleet.hosts[host - 1]?.home ?? "", file), "utf8").trim();

  it("puts, runs and gets on all hosts of the run, each for itself", async () => {
    const outcome = await story.succeed(["-R", "web,db", "round", "--reporter", "plain"]);
    for (const host of [1, 2, 3]) {
      expect(said(outcome)).toMatch(new RegExp(`\\[local\\] host${host}: 600,port 1,`));
      expect(readFileSync(join(story.directory, `got/host${host}/app.conf`), "utf8")).toBe("port 1\n");
    }
    expect(said(outcome)).toContain("got/host1/app.conf got/host2/app.conf got/host3/app.conf");
    expect(said(outcome).match(/^\[local\] hello$/gm)).toHaveLength(2);
  });

  it("tells which host failed, with what it printed, as if the task had run there", async () => {
    const outcome = await story.fake(["-R", "web,db", "failing", "--reporter", "json"]);
    expect(outcome.exitCode).toBe(1);
    const events = outcome.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { result } = events.find(({ kind }) => kind === "runFinished");
    expect(result.failures).toMatchObject([{ host: "host2", task: "failing", error: { exitCode: 7, stderr: "broken\n" } }]);
    expect(result.hosts.map(({ host, status }: { host: string; status: string }) => `${host} ${status}`)).toEqual([
      "host1 ok",
      "host2 failed",
      "host3 ok",
    ]);
    expect(said(await story.fake(["-R", "web,db", "failing", "--reporter", "plain"]))).toMatch(
      /✖ host2 · failing[\s\S]*exit code 7[\s\S]*broken/,
    );
  });

  it("reaches hosts that were not selected, and says so", async () => {
    const outcome = await story.succeed(["-R", "web", "further", "--reporter", "plain"]);
    expect(said(outcome)).toContain("[local] host1=true host2=true host3=true host4=true");
    for (const host of [3, 4]) expect(said(outcome)).toContain(`[host${host}] host${host} was not selected for this run`);
    expect([1, 2, 3, 4].map((host) => home(host, "visited"))).toEqual(Array(4).fill("there"));
  });

  it("goes on without a host that cannot be reached, where that is accepted", async () => {
    const outcome = await story.succeed(["-R", "web", "gone", "--reporter", "plain"]);
    expect(said(outcome)).toContain("[local] nobody.invalid: no answer");
    expect(said(outcome).match(/^\[local\] host[12]: up$/gm)).toHaveLength(2);
    expect(said(outcome)).toMatch(/✔ Done in .*: 2 hosts ok, 1 unreachable/);
  });

  it("ends on all hosts with the second ctrl-C, and names those where it had not finished", async () => {
    const run = story.start(["-R", "web,db", "slow", "--reporter", "plain"]);
    await expect.poll(() => [2, 3].every((host) => Number(tryHome(host, "pid")) > 0), { timeout: 30_000 }).toBe(true);
    run.child.kill("SIGINT");
    await run.seen("SIGINT");
    run.child.kill("SIGINT");
    const outcome = await run.outcome;
    expect(outcome.exitCode).toBe(130);
    expect(said(outcome)).toMatch(/■ 2 hosts \(host2, host3\) · slow/);
    for (const host of [2, 3]) await expect.poll(() => isAlive(Number(home(host, "pid"))), { timeout: 10_000 }).toBe(false);
  });

  function tryHome(host: number, file: string): string {
    try {
      return home(host, file);
    } catch {
      return "";
    }
  }
});
