import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "./run-cli.ts";

/** What is right everywhere else: so that each case shows one mistake. */
const right = { application: "shop", repoUrl: "/srv/git/shop.git", deployPath: "/srv/fake-bad-input-test/shop" };

const withSettings = (settings: object): string =>
  deployfile(`use(deploy()); env.set(${JSON.stringify({ ...right, ...settings })}); role("web", [local("a")]);`);
const without = (key: keyof typeof right): string => {
  const { [key]: _left, ...rest } = right;
  return deployfile(`use(deploy()); env.set(${JSON.stringify(rest)}); role("web", [local("a")]);`);
};
const plain = deployfile(
  `role("staging", [local("a")]); role("web", [local("b")]); task("restart", "Restart", () => {}); env.set({ branch: "x" });`,
);
const onWeb = ["-R", "web", "deploy"];

interface Case {
  readonly what: string;
  readonly text: string;
  readonly argv: readonly string[];
  readonly says: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "an unknown role",
    text: plain,
    argv: ["-R", "stagin", "restart"],
    says: ['There is no role "stagin".', 'Did you mean "staging"?'],
  },
  { what: "an unknown task", text: plain, argv: ["-R", "web", "restrat"], says: ['"restrat"', 'Did you mean "restart"?'] },
  { what: "a verb mistyped", text: plain, argv: ["relases"], says: ['Did you mean "releases"?'] },
  { what: "an unknown setting", text: plain, argv: ["-R", "web", "-s", "brnch=y", "restart"], says: ["brnch", "branch"] },
  {
    what: "an unknown reporter",
    text: plain,
    argv: ["-R", "web", "--reporter", "tre", "restart"],
    says: ["--reporter", "Did you mean tree?"],
  },
  { what: "no hosts", text: plain, argv: ["restart"], says: ["No hosts were named.", "Roles: staging, web."] },
  { what: "no task", text: plain, argv: ["-R", "web"], says: ["No task was named."] },
  { what: "-P 0", text: plain, argv: ["-P", "0", "-R", "web", "restart"], says: ["--parallel takes a whole number, 1 or more"] },
  {
    what: "--wait-between without groups",
    text: plain,
    argv: ["--wait-between", "5s", "-R", "web", "restart"],
    says: ["--wait-between waits between groups of hosts, and all hosts are at work at once", "-P"],
  },
  { what: "--batch 0", text: plain, argv: ["--batch", "0", "-R", "web", "restart"], says: ["--batch takes a number of hosts"] },
  {
    what: "--lock-wait 5",
    text: plain,
    argv: ["--lock-wait", "5", "-R", "web", "restart"],
    says: ["--lock-wait takes a time with its unit"],
  },
  {
    what: "--lock-wait where nothing is locked",
    text: plain,
    argv: ["--lock-wait", "5m", "-R", "web", "restart"],
    says: ["lockWait"],
  },
  { what: "a host that is an option", text: plain, argv: ["--hosts=-oProxyCommand=x", "restart"], says: ["begins with a dash"] },
  {
    what: "a role's host that is an option",
    text: deployfile('role("web", ["-oProxyCommand=x"]); task("t", () => {});'),
    argv: ["-R", "web", "t"],
    says: ["-oProxyCommand=x", "deployfile.ts:6"],
  },
  { what: "-s without =", text: plain, argv: ["-R", "web", "-s", "branch", "restart"], says: ["--set takes KEY=VALUE"] },
  {
    what: "an ssh config that is not there",
    text: plain,
    argv: ["-R", "web", "--ssh-config", "nope", "restart"],
    says: ["The ssh config nope cannot be read."],
  },
  {
    what: "an unknown transport",
    text: deployfile('role("web", [{ host: "a", transport: "shh" }]); task("t", () => {});'),
    argv: ["-R", "web", "t"],
    says: ['"shh"', 'Did you mean "ssh"?'],
  },
  {
    what: "a release to roll back to that is a path",
    text: withSettings({}),
    argv: ["-R", "web", "rollback", "--to", "../../etc"],
    says: ["must be the id of a release", "../../etc"],
  },
  {
    what: "a dry run that connects, in the words of another tool",
    text: withSettings({}),
    argv: ["-R", "web", "rollback", "--dryrun=connect"],
    says: ["It is --dry-run here", "Write: fake -R web rollback --dry-run=connect"],
  },
  {
    what: "an argument that no task has",
    text: withSettings({}),
    argv: ["-R", "web", "rollback", "--too", "1"],
    says: ["Did you mean --to?"],
  },
  {
    what: "a recipe imported from where it is not",
    text: 'import { deploy } from "fake-deploy";\nexport default ({ use }: any) => { use(deploy()); };',
    argv: ["tasks"],
    says: ["deployfile.ts:1:", 'Write: import { deploy } from "fake-deploy/recipes/deploy";'],
  },
  {
    what: "a name imported from a recipe",
    text: 'import { sh } from "fake-deploy/recipes/deploy";\nexport default () => { sh`ls`; };',
    argv: ["tasks"],
    says: ["deployfile.ts:1:", 'Write: import { sh } from "fake-deploy";'],
  },
  {
    what: "a mistyped import",
    text: 'import { defineDeployfil } from "fake-deploy";\nexport default defineDeployfil(() => {});',
    argv: ["tasks"],
    says: ['Did you mean to import "defineDeployfile" instead?'],
  },
  {
    what: "a recipe that is not used, by its task",
    text: deployfile('role("web", [local("a")]);'),
    argv: onWeb,
    says: ['There is no task and no verb "deploy".', "use(deploy()), with import { deploy } from"],
  },
  {
    what: "a recipe that is not used, by a hook",
    text: deployfile('role("web", [local("a")]); after("deploy:published", task("restart", () => {}));'),
    argv: ["tasks"],
    says: ["deployfile.ts:6", "use(deploy()), with import { deploy } from"],
  },
  ...[["tasks"], ["plan", "deploy", "-R", "web"], ["-R", "web", "deploy"]].map((argv) => ({
    what: `a setting that is mistyped, to ${argv.join(" ")}`,
    text: withSettings({ keepRelases: 3 }),
    argv,
    says: ["`keepRelases`", "deployfile.ts:6", "Did you mean `keepReleases`?"],
  })),
  {
    what: "an assignment to env",
    text: deployfile('env.branch = "main";\nenv.user = "bob";'),
    argv: ["tasks"],
    says: ["deployfile.ts:6", "Write env.set({ branch: ... }).", "deployfile.ts:7", "Write env.set({ user: ... })."],
  },
  {
    what: "a setting that is read from the deployfile's env",
    text: deployfile('env.set({ path: "/srv/" + env.application });'),
    argv: ["tasks"],
    says: ["env.application has no value while the deployfile is read", "(env) => env.application"],
  },
  {
    what: "a task that has the name of a verb which a recipe brings",
    text: deployfile('use(deploy()); task("lock", () => {});'),
    argv: ["tasks"],
    says: ['A task cannot be named "lock"', "deployfile.ts:6", '"app:lock"', "`fake lock --help`"],
  },
  {
    what: "a task for a role that is mistyped",
    text: deployfile('role("staging", [local("a")]); task("t", { roles: "stagin" }, () => {});'),
    argv: ["-R", "staging", "t"],
    says: ["for the role stagin", "deployfile.ts:6", 'Did you mean roles: "staging"?'],
  },
  ...["", "relative/path", "/", "~", "~/app", "/srv/../etc", "/srv/a\nb"].map((deployPath) => ({
    what: `deployPath ${JSON.stringify(deployPath)}`,
    text: withSettings({ deployPath }),
    argv: onWeb,
    says: ["deployPath", "deployfile.ts:6"],
  })),
  ...([["/etc"], ["../x"], ["a", "a"], ["a", "a/b"], [""]] as const).map((linkedDirs) => ({
    what: `linkedDirs ${JSON.stringify(linkedDirs)}`,
    text: withSettings({ linkedDirs }),
    argv: onWeb,
    says: ["linkedDirs"],
  })),
  {
    what: "one path in both lists",
    text: withSettings({ linkedDirs: ["a"], linkedFiles: ["a"], keepReleases: 0 }),
    argv: onWeb,
    says: ['`linkedFiles` and `linkedDirs`: "a" is listed twice', "keepReleases"],
  },
  ...[0, -1, "5x", 1.5].map((keepReleases) => ({
    what: `keepReleases ${JSON.stringify(keepReleases)}`,
    text: withSettings({ keepReleases }),
    argv: onWeb,
    says: ["keepReleases", "deployfile.ts:6"],
  })),
  { what: "keepReleases 0 with -s", text: withSettings({}), argv: ["-s", "keepReleases=0", ...onWeb], says: ["keepReleases"] },
  ...["--upload-pack=x", "a\nb", "a b", ""].map((branch) => ({
    what: `branch ${JSON.stringify(branch)}`,
    text: withSettings({ branch }),
    argv: onWeb,
    says: ["branch"],
  })),
  ...["-oProxyCommand=x", "ext::sh -c id", "a\u0007b", ""].map((repoUrl) => ({
    what: `repoUrl ${JSON.stringify(repoUrl)}`,
    text: withSettings({ repoUrl }),
    argv: onWeb,
    says: ["repoUrl"],
  })),
  { what: "no repoUrl", text: without("repoUrl"), argv: onWeb, says: ["`repoUrl` is not set"] },
  { what: "no deployPath", text: without("deployPath"), argv: onWeb, says: ["`deployPath` is not set"] },
  {
    what: "a hook on an unknown task",
    text: deployfile('role("web", [local("a")]); task("restart", () => {}); after("restrt", "restart");'),
    argv: ["-R", "web", "restart"],
    says: ['"restrt"', 'Did you mean "restart"?', "deployfile.ts:6"],
  },
  {
    what: "a cycle",
    text: deployfile('role("web", [local("a")]); task("a", () => {}); task("b", () => {}); after("a", "b"); after("b", "a");'),
    argv: ["-R", "web", "a"],
    says: ["a", "b", "deployfile.ts:6"],
  },
  {
    what: "a task defined twice",
    text: deployfile('role("web", [local("a")]);\ntask("a", () => {});\ntask("a", () => {});'),
    argv: ["-R", "web", "a"],
    says: ["defined twice", "deployfile.ts:7", "deployfile.ts:8"],
  },
  {
    what: "a task named like a verb",
    text: deployfile('role("web", [local("a")]); task("env", () => {});'),
    argv: ["tasks"],
    says: ['cannot be named "env"'],
  },
  {
    what: "a secret in a command",
    text: deployfile(
      'role("web", [local("a")]); env.set({ token: secret("s3cret-value") }); task("t", async (t: any) => { await t.run`echo ${t.env.token}`; });',
    ),
    argv: ["-R", "web", "t"],
    says: ["secret"],
  },
  {
    what: "a task for roles that no host has",
    text: deployfile('role("db", [local("a")]); role("web", [local("b")]); task("t", { roles: ["web"] }, () => {});'),
    argv: ["-R", "db", "t"],
    says: ['The task "t" is for the role web'],
  },
];

describe("bad input", () => {
  it.each(cases)("ends with exit code 2 and says what is wrong: $what", async ({ text, argv, says }) => {
    const { code, stdout, stderr } = await fake(project({ "deployfile.ts": text }), argv);
    expect(code, stderr).toBe(2);
    for (const each of says) expect(stderr).toContain(each);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(stderr).not.toContain("bug in fake");
    expect(stderr).not.toContain("s3cret-value");
    expect(stdout).toBe("");
    expect(existsSync("/srv/fake-bad-input-test")).toBe(false);
  });

  it("is told all at once: options, tasks, roles, settings and hooks", async () => {
    const text = deployfile(
      `use(deploy());\nenv.set({ keepReleases: 0, deployPath: "/" });\nrole("web", [local("a")]);\nafter("nope", "deploy");`,
    );
    const argv = ["-P", "0", "-R", "wbe", "-s", "nonsense=1", "deplo"];
    const { code, stderr } = await fake(project({ "deployfile.ts": text }), argv);
    expect(code).toBe(2);
    for (const each of ["--parallel", "wbe", "nonsense", "deplo", "keepReleases", "deployPath", "nope"])
      expect(stderr).toContain(each);
    expect(stderr).toMatch(/^error: 7 problems:/);
  });

  it("is a branch that does not exist: found with close names before any host is changed", async () => {
    const root = project({});
    const git = (...args: string[]): void => void execFileSync("git", args, { cwd: join(root, "repo"), stdio: "ignore" });
    mkdirSync(join(root, "repo"));
    git("init", "--initial-branch=main");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "--message", "one");
    git("branch", "release-2");
    const settings = { ...right, repoUrl: join(root, "repo"), branch: "relaese-2", deployPath: join(root, "srv") };
    const text = deployfile(`use(deploy()); env.set(${JSON.stringify(settings)}); role("web", [local("a")]);`);
    const project2 = project({ "deployfile.ts": text });
    const { code, stderr } = await fake(project2, onWeb);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain("relaese-2");
    expect(stderr).toContain("release-2");
    expect(existsSync(join(root, "srv"))).toBe(false);
  });
});
