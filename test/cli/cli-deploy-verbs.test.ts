import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { foreignTrees } from "../recipes/deploy/foreign-trees.ts";
import { type CliResult, deployfile, fake, project } from "./run-cli.ts";

interface Site {
  readonly root: string;
  commit(text: string): void;
  fake(argv: readonly string[], typed?: string): Promise<CliResult>;
  lockOf(host: string): string;
}

/** Two hosts that are folders of this machine, and a repository. */
function site(): Site {
  const root = project({});
  const repo = join(root, "repo");
  const git = (...args: string[]): void => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" };
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", ...args], {
      cwd: repo,
      env,
      stdio: "ignore",
    });
  };
  mkdirSync(repo);
  git("init", "--initial-branch=main");
  const settings = `repoUrl: ${JSON.stringify(repo)}, branch: "main", deployPath: (env: any) => ${JSON.stringify(`${root}/`)} + env.host.name, localUser: "ann"`;
  writeFileSync(
    join(root, "deployfile.ts"),
    deployfile(`use(deploy()); env.set({ ${settings} }); role("web", [local("a"), local("b")]);`),
  );
  return {
    root,
    commit(text) {
      writeFileSync(join(repo, "page"), text);
      git("add", "page");
      git("commit", "--message", text);
    },
    fake: (argv, typed) =>
      fake(root, argv, typed === undefined ? {} : { terminal: true, prepare: (io) => void io.keys.write(typed) }),
    lockOf: (host) => join(root, host, ".fake", "lock"),
  };
}

describe("releases of another tool", () => {
  it("are named by a deploy, shown by a dry run, adopted, listed and gone back to", { timeout: 60_000 }, async () => {
    const { root, commit, fake } = site();
    commit("one");
    for (const host of ["a", "b"]) foreignTrees[1]?.make(join(root, host), join(root, "repo"), ["", "", ""]);
    const refused = await fake(["-R", "web", "deploy"]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout + refused.stderr).toMatch(
      /Mina deploys here, and calls its releases otherwise[\s\S]*fake adopt, with the same -R/,
    );

    const would = await fake(["-R", "web", "deploy", "--dry-run=connect"]);
    expect(would).toMatchObject({ code: 1 });
    expect(would.stdout.match(/Mina deploys here|is not one of the releases/g)).toEqual([
      "Mina deploys here",
      "Mina deploys here",
    ]);

    expect(refused.stdout + refused.stderr).toMatch(/live: 3\b/);

    const { look } = JSON.parse((await fake(["-R", "web", "adopt", "--dry-run=connect", "--json"])).stdout);
    const noted = { status: "live", sha: "", branch: "", user: "" };
    expect(look.hosts.map(({ host }: { host: string }) => host)).toEqual(["a", "b"]);
    expect(look.hosts[1]).toEqual({
      host: "b",
      live: "20250103120000",
      links: ["1", "2", "3"].map((name) => ({ id: `2025010${name}120000`, name })),
      entries: ["1", "2", "3"].map((name) => ({ id: `2025010${name}120000`, ...noted })),
      left: [expect.stringContaining("deploy with Mina no more")],
    });

    const looked = await fake(["-R", "web", "adopt", "--dry-run=connect"]);
    expect(looked).toMatchObject({ code: 0 });
    expect(looked.stdout).toBe(
      [
        "a, b: from Mina",
        "  20250103120000 -> 3  live  -  -",
        "  20250102120000 -> 2  good  -  -",
        "  20250101120000 -> 1  good  -  -",
        "  ? deploy with Mina no more: its cleanup counts all names in releases, and would remove what is live",
        "",
        "adopt would start. Nothing was changed.\n",
      ].join("\n"),
    );

    const shown = await fake(["-R", "web", "adopt", "--dry-run"]);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout + shown.stderr).toMatch(/\ba\b.*read the state of the releases[\s\S]*the rest depends on the answer of/);
    expect(shown.stdout + shown.stderr).not.toContain("sends nothing");

    const journal = join(root, "b", ".fake", "journal");
    mkdirSync(journal, { recursive: true });
    const unwritable = await fake(["-R", "web", "adopt", "--dry-run=connect"]);
    expect(unwritable).toMatchObject({ code: 1 });
    expect(unwritable.stdout).toContain(`b: ${journal} is a directory, and has to be a file.\n`);
    expect(unwritable.stdout).toContain("adopt would not start. Nothing was changed.");
    rmSync(journal, { recursive: true });

    const adopted = await fake(["adopt", "-R", "web"]);
    expect(adopted).toMatchObject({ code: 0 });
    expect(adopted.stdout + adopted.stderr).toContain("live: 20250103120000, as before (both hosts)");
    expect((await fake(["releases", "-R", "web"])).stdout).toMatch(
      /^a, b\n.*\n\* {2}20250103120000 -> 3 +live .*\n {3}20250102120000 -> 2 +good /,
    );
    expect(await fake(["rollback", "-R", "web"])).toMatchObject({ code: 0 });
    expect(readlinkSync(join(root, "b", "current"))).toBe(join(root, "b", "releases", "20250102120000"));
  });
});

describe("deployments", () => {
  it("are listed by host, and rolled back", async () => {
    const { root, commit, fake } = site();
    commit("one");
    expect(await fake(["-R", "web", "deploy"])).toMatchObject({ code: 0 });
    commit("two");
    expect(await fake(["-R", "web", "deploy"])).toMatchObject({ code: 0 });

    const table = await fake(["-R", "web", "releases"]);
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout).toMatch(
      /^a, b\n {3}RELEASE +STATUS +REVISION +BRANCH +BY +MADE\n\* {2}\d{14} +live +[0-9a-f]{7} +main +ann +\d{4}-\d\d-\d\d \d\d:\d\d UTC(?: \(\d+ s ago\))?/,
    );

    const listed = JSON.parse((await fake(["-R", "web", "releases", "--json"])).stdout) as {
      host: string;
      releases: { id: string; current: boolean; status: string; revision: string }[];
    }[];
    expect(listed.map(({ host, releases }) => [host, releases.map(({ status }) => status)])).toEqual([
      ["a", ["live", "good"]],
      ["b", ["live", "good"]],
    ]);
    const first = listed[0]?.releases[1]?.id ?? "";
    expect(readFileSync(join(root, "a", "current", "page"), "utf8")).toBe("two");
    expect(await fake(["-R", "web", "rollback", "--to", first])).toMatchObject({ code: 0 });
    expect(readlinkSync(join(root, "b", "current"))).toBe(join(root, "b", "releases", first));
    expect(readFileSync(join(root, "a", "current", "page"), "utf8")).toBe("one");
  }, 30_000);

  it("are locked out by somebody else's lock, which `unlock` breaks after saying whose it is", async () => {
    const { root, commit, fake, lockOf } = site();
    commit("one");
    mkdirSync(lockOf("a"), { recursive: true });
    const owner = "run r1\nuser eve\ncontrol laptop\nsince 2026-01-02T03:04:05Z\ncommand fake deploy\nreason lunch\n";
    writeFileSync(join(lockOf("a"), "owner"), owner);

    const refused = await fake(["-R", "web", "deploy"]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("eve");
    expect(existsSync(join(root, "a", "current"))).toBe(false);

    const asked = await fake(["-R", "web", "unlock"]);
    expect(asked.code).toBe(2);
    expect(asked.stdout).toMatch(/^a: locked by eve/);
    expect(asked.stdout).toContain("b: not locked");
    expect(existsSync(lockOf("a"))).toBe(true);

    expect(await fake(["-R", "web", "unlock"], "n\r")).toMatchObject({ code: 2 });
    expect(existsSync(lockOf("a"))).toBe(true);
    const broken = await fake(["-R", "web", "unlock"], "y\r");
    expect(broken).toMatchObject({ code: 0 });
    expect(broken.stderr).toContain("Break this lock?");
    expect(broken.stdout).toContain("a: unlocked");
    expect(existsSync(lockOf("a"))).toBe(false);
    expect(await fake(["-R", "web", "deploy"])).toMatchObject({ code: 0 });
    expect(await fake(["-R", "web", "unlock", "-y"])).toMatchObject({ code: 0, stdout: "a, b: not locked\n" });
  }, 30_000);

  it("are kept off by a lock that was taken by hand, until it is freed by hand", async () => {
    const { root, commit, fake, lockOf } = site();
    commit("one");
    const locked = await fake(["-R", "web", "lock", "-m", "the database is moving"]);
    expect(locked).toMatchObject({ code: 0, stderr: "" });
    const by = /locked by hand by ann@\S+ since 20\d\d-\d\d-\d\d \d\d:\d\d UTC \(\d+ s ago\): the database is moving/;
    expect(locked.stdout).toMatch(by);
    // One line, where the second did not change between the two.
    expect(locked.stdout).toMatch(/^(a, b: .*\n|a: .*\nb: .*\n)$/);

    // It is no run's, and no age and no missing sign of life makes it a dead one's.
    const then = new Date(Date.now() - 3 * 86_400_000);
    for (const host of ["a", "b"]) {
      const owner = join(lockOf(host), "owner");
      writeFileSync(
        owner,
        readFileSync(owner, "utf8").replace(/since .*Z/, `since ${then.toISOString().replace(/\.\d+Z/, "Z")}`),
      );
      for (const path of [owner, lockOf(host)]) utimesSync(path, then, then);
    }
    for (const words of [
      ["deploy"],
      ["rollback"],
      ["deploy:cleanup"],
      ["--lock-wait", "1s", "deploy"],
      ["lock", "-m", "me too"],
    ]) {
      const refused = await fake(["-R", "web", ...words]);
      expect([refused.code, refused.stderr]).toEqual([
        words[0] === "lock" ? 1 : 3,
        expect.stringMatching(/\(3 days ago\): the database/),
      ]);
      expect(refused.stderr).toContain("fake unlock");
      expect(refused.stderr).not.toMatch(/That run|--lock-wait 5m does/);
    }
    expect(existsSync(join(root, "a", "current"))).toBe(false);

    // Who is refused on the first host has locked none of the others.
    rmSync(lockOf("b"), { recursive: true });
    expect(await fake(["-R", "web", "lock", "-m", "me too"])).toMatchObject({ code: 1 });
    expect(existsSync(lockOf("b"))).toBe(false);

    const freed = await fake(["-R", "web", "unlock", "-y"]);
    expect(freed.stdout).toMatch(/^a: locked by hand by ann@.*: the database is moving\n/);
    expect(freed.stdout).toMatch(/a: unlocked\n$/);
    expect(await fake(["-R", "web", "-m", "why not", "deploy"])).toMatchObject({ code: 0 });
    expect(existsSync(lockOf("a"))).toBe(false);
  }, 60_000);

  it("do not leave a lock behind that a task typed by itself has taken", async () => {
    const { root, fake } = site();
    for (const [task, instead] of [
      ["deploy:lock", "fake lock"],
      ["deploy:unlock", "fake unlock"],
    ] as const) {
      const { code, stderr } = await fake(["-R", "web", task]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`The task "${task}" does not run by itself.`)]);
      expect(stderr).toContain(`${instead}, with the same -R`);
    }
    expect(existsSync(join(root, "a"))).toBe(false);
  });

  it("contact nothing in a dry run, the repository included", async () => {
    const { root, fake } = site();
    const { code, stderr } = await fake(["-R", "web", "deploy", "--dry-run", "-s", "repoUrl=https://git.invalid/x.git"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("<releaseId>");
    expect(stderr).toContain("<revision>");
    const { stderr: built } = await fake(["-R", "web", "rollback", "--build", "--dry-run"]);
    expect(built).toMatch(/deploy:build-missing.*\n.*hosts that do not have it build it/);
    expect(built).not.toMatch(/deploy:build-missing.*\n.*sends nothing/);
    expect(existsSync(join(root, "a"))).toBe(false);
  });

  it.each([["releases"], ["lock"], ["unlock"]])("are nothing that `%s` knows without the deploy recipe", async (verb) => {
    const root = project({ "deployfile.ts": deployfile('role("web", [local("a")]);') });
    expect(await fake(root, [verb, "-R", "web"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("needs the deploy recipe"),
    });
  });
});
