import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { type Outcome, runFake } from "../support/fake.ts";
import { createGitRepo } from "../support/git-repo.ts";

interface Report {
  readonly flow: string;
  readonly cases: number;
  readonly picked: number;
  readonly notPlayed: readonly string[];
  readonly played: readonly {
    readonly case: string;
    readonly reached: boolean;
    readonly exitCode: number | null;
    readonly standings: readonly string[];
    readonly violations: readonly { readonly text: string }[];
  }[];
}

/** A strategy of the deployfile's own, without any repository: it writes what is deployed. */
const STRATEGY = `{
  name: "hello",
  resolveRevision: async () => ({ id: "v1", label: "v1" }),
  createRelease: ({ paths }, id) => ({ title: "write", text: sh\`echo hello >\${releasePath(paths, id)}/index.html\` }),
}`;

/** What else can be rehearsed than a deploy of a branch, and how much of it. */
describe.skipIf(process.platform !== "linux")(`fake rehearse plays${process.platform === "linux" ? "" : " (no Linux)"}`, () => {
  let cwd: string;
  let temporary: string;

  beforeEach(() => {
    cwd = realpathSync(mkdtempSync(join(tmpdir(), "fake-rehearse-flows-")));
    temporary = join(cwd, "tmp");
    mkdirSync(temporary);
  });
  afterEach(() => {
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(cwd, { recursive: true, force: true });
  });

  /** Its own flow publishes nothing; it tells somebody from this machine. */
  const write = (settings = 'repoUrl: "git@example.com:shop/app.git"'): void => {
    const text = `import { appendFileSync } from "node:fs";
import { defineDeployfile, sh } from "fake-deploy";
import { deploy, releasePath } from "fake-deploy/recipes/deploy";

export default defineDeployfile(({ env, role, task, flow, after, use }) => {
  use(deploy());
  env.set({ application: "shop", deployPath: "/srv/fake-rehearsed-never", ${settings} });
  role("production", ["app1.example.com"]);
  const work = task("refresh:work", { desc: "Refresh" });
  flow("refresh", [work], { desc: "Fill the cache anew" });
  after(work, task("clear", async (t) => {
    await t.within(t.env.sharedPath).run\`rm -rf cache\`;
    await t.within(t.env.sharedPath).run\`mkdir cache\`;
  }));
  after("refresh", task("tell", { local: true }, () => appendFileSync(${JSON.stringify(join(cwd, "told"))}, "told\\n")));
});
`;
    const repo = createGitRepo(join(cwd, "app"));
    repo.commit({ "index.html": "<h1>shop</h1>\n", "deployfile.ts": text });
    repo.git("remote", "add", "origin", "https://example.com/shop/app");
    writeFileSync(join(cwd, "deployfile.ts"), text);
  };
  const fake = (folder: string, ...words: readonly string[]): Promise<Outcome> =>
    runFake(inject("installed"), ["rehearse", ...words, "-R", "production"], {
      cwd: join(cwd, folder),
      env: { TMPDIR: temporary, XDG_CACHE_HOME: join(cwd, "cache") },
    });
  const holds = ({ exitCode, stdout, stderr }: Outcome): Report => {
    expect(exitCode, stdout + stderr).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report.played.flatMap(({ violations }) => violations)).toEqual([]);
    expect(report.played.every(({ reached }) => reached)).toBe(true);
    return report;
  };

  it("a rollback: hosts are on the release before, or on theirs", async () => {
    write();
    const report = holds(await fake("app", "rollback", "--sample", "3", "--seed", "1", "--json"));
    expect([report.flow, report.played.length, report.picked]).toEqual(["rollback", 3, 3]);
    expect(report.played.every(({ standings: [standing] }) => standing === "old" || standing === "new")).toBe(true);
    expect(report.played.some(({ exitCode }) => exitCode !== 0)).toBe(true);
  }, 300_000);

  it("a flow of the user's own that publishes nothing, on what a strategy of its own brings without a repository; --local runs local tasks", async () => {
    write(`scm: ${STRATEGY}`);
    // Each case, but that of one fault, at its second command.
    const run = await fake(".", "refresh", "--case", "clear#2/command SIGKILL/app1.example.com", "--json", "--local");
    const report = holds(run);
    expect(run.stderr).toContain("code: what the deployfile's own strategy brings");
    expect(report.flow).toBe("refresh");
    expect(report.played.map(({ exitCode, standings }) => [exitCode, standings])).toEqual([[1, ["new"]]]);
    // Once by itself, and once to see its steps; the run that failed told nobody.
    expect(readFileSync(join(cwd, "told"), "utf8")).toBe("told\ntold\n");
  }, 300_000);
});
