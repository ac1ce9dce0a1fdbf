import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "./run-cli.ts";

const app = deployfile(`
  use(deploy());
  env.set({ application: "shop", repoUrl: "/srv/git/shop.git", deployPath: "/srv/fake-typed-lines/shop", branch: "main" });
  role("staging", [local("s1")]); role("production", [local("p1"), local("p2")]);
  task("restart", "Restart", () => {});
`);

/** Splits as a shell would, as far as these lines need it. */
const words = (line: string): readonly string[] => line.split(" ").filter((word) => word !== "");

/** What people type who come from elsewhere, or forget: what to write instead. */
const LINES: Readonly<Record<string, string>> = {
  // Capistrano
  "staging deploy": "fake -R staging deploy",
  "production deploy:rollback": "fake -R production rollback",
  "-R staging deploy:rollback": "fake -R staging rollback",
  "-n -R staging deploy": "fake --dry-run -R staging deploy",
  "-R staging deploy --trace": "fake -R staging deploy --debug",
  "BRANCH=topic staging restart": "fake -R staging -s branch=topic restart",
  "ROLES=production restart": "fake -R production restart",
  "-T": "fake tasks",
  // Deployer
  "-R staging restart --branch=topic": "fake -R staging restart -s branch=topic",
  "-R staging restart --tag=v1.2": "fake -R staging restart -s branch=v1.2",
  "-R staging restart --revision 0a1b2c3": "fake -R staging restart -s branch=0a1b2c3",
  "-o branch=topic -R staging restart": "fake -s branch=topic -R staging restart",
  "-l 2 -R production restart": "fake -P 2 -R production restart",
  "-R staging restart --no-interaction": "fake -R staging restart --non-interactive",
  "config -R staging": "fake env -R staging",
  "tree deploy": "fake graph deploy",
  list: "fake tasks",
  // Kamal
  "-d staging deploy": "fake -R staging deploy",
  "-R staging redeploy": "fake -R staging deploy",
  "-R staging rollback 20260101120000": "fake -R staging rollback --to 20260101120000",
  "-R staging audit": "fake -R staging releases",
  "-R staging setup": "fake -R staging doctor",
  // Ansible
  "deploy -l production": "fake deploy -R production",
  "deploy --limit s1": "fake deploy -H s1",
  "deploy --limit production:staging": "fake deploy -R production,staging",
  "-e branch=topic -R staging restart": "fake -s branch=topic -R staging restart",
  "-R staging deploy --check": "fake -R staging deploy --dry-run",
  "-R staging --tags restart": "fake -R staging restart",
  "-u bob -R staging deploy": "fake -s user=bob -R staging deploy",
  "-R production restart --forks 2": "fake -R production restart --parallel 2",
  "-R production deploy --serial 1": "fake -R production deploy --batch 1",
  // Anyone
  "-r staging deploy": "fake -R staging deploy",
  "--env staging deploy": "fake -R staging deploy",
  "--env=staging deploy": "fake -R staging deploy",
  "deploy staging": "fake -R staging deploy",
  "restart p1": "fake -H p1 restart",
  "-R s1 restart": "fake -H s1 restart",
  "-R stagin restart": "fake -R staging restart",
  "stagin restart": "fake -R staging restart",
  "-R staging restrat": "fake -R staging restart",
  "-R staging deploy --dry": "fake -R staging deploy --dry-run",
  "-R staging deploy --dry-run connect": "fake -R staging deploy --dry-run=connect",
  "-R staging --dry-run connect deploy": "fake -R staging --dry-run=connect deploy",
  "-R staging deploy --dry-run=conect": "fake -R staging deploy --dry-run=connect",
  "staging deploy --dry-run=connect": "fake -R staging deploy --dry-run=connect",
  "-R staging --verbos deploy": "fake -R staging --verbose deploy",
  "-R staging restart branch=topic": "fake -R staging restart -s branch=topic",
  "-R staging restart --keep-relases 3": "fake -R staging restart -s keepReleases=3",
  "-R staging --to 20260101120000 rollback": "fake -R staging rollback --to 20260101120000",
  "staging releases": "fake -R staging releases",
  "releases staging": "fake -R staging releases",
  "-R staging relases": "fake -R staging releases",
  "status staging": "fake -R staging releases",
  "unlock production": "fake -R production unlock",
  "-R production freeze": "fake -R production lock",
  "doctor staging": "fake -R staging doctor",
  "plan staging deploy": "fake -R staging plan deploy",
  "plan deploy staging --branch topic": "fake -R staging plan deploy --branch topic",
  "-R staging deploy --ref topic": "fake -R staging deploy --branch topic",
  "--branch topic -R staging deploy": "fake -R staging deploy --branch topic",
  "BRANCH=topic staging deploy": "fake -R staging deploy --branch topic",
  "-R staging deploy --sha 0a1b2c3": "fake -R staging deploy --commit 0a1b2c3",
  "env staging": "fake -R staging env",
  "env staging branch": "fake -R staging env branch",
  "-R staging undo": "fake -R staging rollback",
  "exec staging uptime": "fake -R staging exec -- uptime",
  "staging run uptime -p": "fake -R staging exec -- uptime -p",
  "-V": "fake --version",
};

/** Where only a person knows what was meant, or there is nothing here: what is said. */
const SAID: Readonly<Record<string, string>> = {
  "-i hosts.ini deploy": "Hosts are roles of the deployfile",
  logs: "Make it a task of the deployfile",
  "ssh s1": "There is no shell here",
  "-R staging deploy --quiet": "--reporter quiet",
  "--limit nowhere restart": "Roles are selected with -R, hosts with -H. Roles: staging, production.",
  "-R staging restart --branch": "`branch` is a setting: -s branch=VALUE",
  "-R staging restart production": "It is a role",
  "-R staging rollback --branch topic": "deploy takes it: fake deploy --branch",
  "-R staging deploy --become": 't.as("root")',
};

describe("a line that is not understood", () => {
  it("is answered with the line that was meant", async () => {
    const root = project({ "deployfile.ts": app });
    const answers: Record<string, string> = {};
    for (const line of Object.keys(LINES)) {
      const { code, stderr } = await fake(root, words(line));
      answers[line] = code === 2 ? (/^ +Write: (.*)$/m.exec(stderr)?.[1] ?? stderr) : `exit code ${code}`;
    }
    expect(answers).toEqual(LINES);
  });

  it("is answered with what there is, where nobody can know what was meant", async () => {
    const root = project({ "deployfile.ts": app });
    for (const [line, says] of Object.entries(SAID)) {
      const { code, stderr } = await fake(root, words(line));
      expect({ line, code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
      expect(stderr).not.toContain("Write:");
    }
  });

  it("is never taken for one that only has like letters", async () => {
    const root = project({ "deployfile.ts": deployfile('role("web", [local("a")]); task("go", () => {});') });
    const { stderr } = await fake(root, ["-R", "web", "go", "--branch=main"]);
    expect(stderr).not.toContain("batch");
    expect(stderr).not.toContain("Write:");
  });

  it("is answered without the values of secrets that stand in it", async () => {
    const root = project({ "deployfile.ts": app });
    const line = ["staging", "restart", "-s", "apiToken=hunter2", "-s", "repoUrl=https://me:hunter3@example.com/a.git"];
    const { stderr } = await fake(root, line);
    expect(stderr).toContain("Write: fake -R staging restart -s apiToken=... -s");
    expect(stderr).not.toMatch(/hunter[23]/);
  });

  it("is told together with what is wrong with the deployfile, and without what follows from it", async () => {
    const root = project({ "deployfile.ts": app.replace('"main"', "7") });
    const { stderr } = await fake(root, ["staging", "deploy"]);
    expect(stderr).toContain("2 problems:");
    expect(stderr).toContain("Write: fake -R staging deploy");
    expect(stderr).toContain("branch");
    expect(stderr).not.toContain("No hosts were named.");
  });
});
