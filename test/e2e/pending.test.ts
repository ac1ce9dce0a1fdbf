import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

interface Told {
  readonly hosts: readonly string[];
  readonly relation: string;
  readonly live: { readonly id: string } | null;
  readonly next: { readonly id: string; readonly label: string };
  readonly commits: readonly { readonly subject: string }[];
  readonly gone: readonly { readonly subject: string }[];
  readonly files: readonly { readonly path: string; readonly added: number; readonly removed: number }[];
}

describe.skipIf(!sshd)(`fake pending${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    // So that this machine has no clone of its own but the one it makes.
    const url = "https://git.invalid/shop/app.git";
    story.deployfile("", `repoUrl: ${JSON.stringify(url)}, scm: "push"`);
    writeFileSync(`${story.directory}/.gitconfig`, `[url "${story.repo.directory}"]\n\tinsteadOf = ${url}\n`);
  });
  afterAll(() => story?.end());

  const told = async (words = ""): Promise<readonly Told[]> =>
    JSON.parse((await story.succeed(`pending -R all --json${words}`)).stdout);
  const subjects = (commits: Told["commits"]): readonly string[] => commits.map(({ subject }) => subject);
  const trees = (): readonly unknown[] => [story.tree(0), story.tree(1)];

  it("says that all would be deployed where nothing is live, and writes nothing there", async () => {
    expect(await told()).toMatchObject([{ hosts: ["host1", "host2"], relation: "nothing-live", live: null }]);
    expect(trees()).toEqual([[], []]);
  });

  it("lists commits and files beside what is live, for each group of equal hosts", async () => {
    await story.succeed("-R all deploy");
    expect(await told()).toMatchObject([{ relation: "same", commits: [], files: [] }]);
    story.repo.commit({ "index.txt": "v2\n", "new.txt": "a\nb\n" }, "Second");
    await story.succeed("-H host2 deploy");
    story.repo.commit({ "index.txt": "v3\n" }, "Third \u001b[31mred");
    const before = trees();
    const [first, second] = await told();
    expect(first).toMatchObject({ hosts: ["host1"], relation: "behind", next: { label: "main" } });
    expect(subjects(first?.commits ?? [])).toEqual(["Third \u001b[31mred", "Second"]);
    expect(first?.files).toEqual([
      { path: "index.txt", added: 1, removed: 1 },
      { path: "new.txt", added: 2, removed: 0 },
    ]);
    expect(second).toMatchObject({ hosts: ["host2"], relation: "behind" });
    expect(subjects(second?.commits ?? [])).toEqual(["Third \u001b[31mred"]);
    const text = said(await story.succeed("pending -R all"));
    expect(text).toContain("2 commits to deploy");
    expect(text).not.toContain("\u001b[31m");
    expect(trees()).toEqual(before);
  });

  it("says when a deploy would go back, or another way", async () => {
    const [, second, third] = story.repo.git("log", "--format=%H", "--reverse").trim().split("\n");
    await story.succeed("-R all deploy");
    expect(await told(` --commit ${second?.slice(0, 10)}`)).toMatchObject([
      { relation: "ahead", commits: [], gone: [{ subject: "Third \u001b[31mred" }] },
    ]);
    story.repo.git("checkout", "--quiet", "-b", "side", second ?? "");
    story.repo.commit({ "side.txt": "x\n" }, "Aside");
    story.repo.git("checkout", "--quiet", "main");
    expect(await told(" --branch side")).toMatchObject([
      { relation: "diverged", commits: [{ subject: "Aside" }], gone: [{ subject: "Third \u001b[31mred" }] },
    ]);
    expect(third).toBeDefined();
  });

  it("says when what is live is not in the repository any more", async () => {
    writeFileSync(story.path(0, "current/REVISION"), `${"0123456789".repeat(4)}\n`);
    expect(await told()).toMatchObject([
      { hosts: ["host1"], relation: "unknown" },
      { hosts: ["host2"], relation: "same" },
    ]);
  });

  it("refuses what is not there, and tells of hosts that do not answer", async () => {
    const outcome = await story.fake("pending -R all --branch mian");
    expect(outcome.exitCode, said(outcome)).toBe(2);
    expect(said(outcome)).toContain('Did you mean "main"?');
    const both = await story.fake("pending -R all --branch main --tag v1");
    expect(both.exitCode).toBe(2);
    expect(said(both)).toContain("--branch and --tag exclude each other");
    await story.fleet.hosts[1]?.stop();
    const one = await story.fake("pending -R all --json");
    expect(one.exitCode).toBe(1);
    expect(JSON.parse(one.stdout)).toMatchObject([{ hosts: ["host1"] }]);
    expect(one.stderr).toContain("host2");
  });
});
