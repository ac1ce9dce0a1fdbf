import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

interface Look {
  readonly hosts: readonly string[];
  readonly live: { readonly id: string; readonly revision: string } | null;
  readonly next: { readonly id: string | null; readonly revision: string; readonly branch: string } | null;
  readonly skipped: boolean;
  readonly builds: readonly string[] | null;
  readonly linked: readonly { readonly path: string; readonly missing: boolean }[];
  readonly switches: boolean;
  readonly removed: readonly string[];
  readonly bad: string | null;
  readonly lock: { readonly reason: string } | null;
  readonly problems: readonly { readonly message: string }[];
}

interface Told {
  readonly task: string;
  readonly ok: boolean;
  readonly unreachable: readonly { readonly host: string }[];
  readonly look: {
    readonly refused: { readonly message: string } | null;
    readonly hosts: readonly Look[];
  };
}

/** Everything in the home of each host, with all that changes when it is touched: what a look leaves as it is. */
function homes({ fleet }: Story): readonly string[] {
  const lines: string[] = [];
  for (const { home } of fleet.hosts) {
    for (const name of ["", ...readdirSync(home, { recursive: true, encoding: "utf8" }).sort()]) {
      const path = join(home, name);
      const about = lstatSync(path, { bigint: true });
      const content = about.isSymbolicLink() ? readlinkSync(path) : about.isFile() ? digest(path) : "";
      const { ino, mode, size, mtimeNs, ctimeNs } = about;
      lines.push([path, ino, mode, size, mtimeNs, ctimeNs, content].join(" "));
    }
  }
  return lines;
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe.skipIf(!sshd)(`--dry-run=connect${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
  });
  afterAll(() => story?.end());

  /** What it says, having changed nothing on any host. */
  const look = async (words: string, exitCode = 0): Promise<Told> => {
    const before = homes(story);
    const json = await story.fake(`-R all ${words} --dry-run=connect --json`);
    expect(json.exitCode, said(json)).toBe(exitCode);
    expect(homes(story)).toEqual(before);
    return JSON.parse(json.stdout) as Told;
  };
  /** The same for people. */
  const lookText = async (words: string, exitCode = 0): Promise<string> => {
    const before = homes(story);
    const outcome = await story.fake(`-R all ${words} --dry-run=connect`);
    expect(outcome.exitCode, said(outcome)).toBe(exitCode);
    expect(homes(story)).toEqual(before);
    return outcome.stdout;
  };
  const commit = (text: string): string => {
    story.repo.commit({ "index.txt": `${text}\n` }, text);
    return story.repo.git("rev-parse", "HEAD").trim();
  };
  const live = (host: number): string => story.current(host) ?? "";
  const one = ({ look: { hosts } }: Told): Look => {
    expect(hosts.map((group) => group.hosts)).toEqual([["host1", "host2"]]);
    return hosts[0] as Look;
  };

  it("says what a first deploy is about to find, and stops where that is not enough", async () => {
    story.deployfile("", 'linkedFiles: [".env"], linkedDirs: ["log"]');
    const [text, told] = [await lookText("deploy", 1), await look("deploy", 1)];
    expect(text).toContain("host1\n  live    nothing is live: this would be the first deploy\n  then    a new release (main ");
    expect(text).toContain(`  build   clone the repository into ${story.path(0, "repo")}\n`);
    expect(text).toContain("  link    log, .env (missing)\n  switch  current -> the new release\n  lock    free\n");
    expect(text).toContain(`  ! The linked file .env is missing: ${story.path(1, "shared/.env")} does not exist.\n`);
    expect(text).toMatch(/\n\ndeploy would not start\. Nothing was changed\.\n$/);
    expect(told.look.hosts[0]).toMatchObject({ hosts: ["host1"], live: null, next: { id: null, branch: "main" }, removed: [] });
    const stopped = await story.fake("-R all deploy");
    expect(said(stopped)).toContain("The linked file .env is missing");
    story.deployfile();
  });

  it("says of each deploy what that does then", async () => {
    story.deployfile("", "keepReleases: 2");
    for (const [version, words] of [
      ["v1", "-R all deploy"],
      ["v2", "-H host1 deploy"],
      ["v3", "-R all deploy"],
      ["v4", "-R all deploy -s scm=push"],
      ["v5", "-R all deploy -s scm=push"],
    ] as const) {
      const sha = commit(version);
      const json = await story.succeed(`${words} --dry-run=connect --json`);
      const { look: told } = JSON.parse(json.stdout) as Told;
      const before = [0, 1].map((host) => ({ live: live(host), releases: story.releases(host) }));
      await story.succeed(words);
      for (const { hosts, ...group } of told.hosts) {
        for (const host of hosts.map((name) => Number(name.slice(-1)) - 1)) {
          const had = before[host]?.releases ?? [];
          expect(group.live?.id ?? "", words).toBe(before[host]?.live);
          expect([group.next?.id, group.next?.revision]).toEqual([null, sha]);
          expect(story.read(host, "current/REVISION").trim()).toBe(sha);
          expect(group.removed, words).toEqual(had.filter((id) => !story.releases(host).includes(id)));
        }
      }
    }
  });

  it("says how the commit comes to the host, and that nothing has to where it is", async () => {
    const same = one(await look("deploy"));
    expect([same.builds, same.live?.revision === same.next?.revision]).toEqual([[], true]);
    const sha = commit("v6");
    expect((await look("deploy")).look.hosts.map(({ builds }) => builds)).toEqual(
      [0, 1].map((host) => [`update the mirror ${story.path(host, "repo")}`]),
    );
    expect(one(await look("deploy -s scm=push")).builds).toEqual([`receive the commits of ${sha.slice(0, 12)}`]);
    expect(one(await look(`deploy --commit ${same.next?.revision.slice(0, 9)}`)).builds).toEqual([]);
    await story.succeed("-R all deploy -s skipSame=true");
    const [told, text] = [await look("deploy -s skipSame=true"), await lookText("deploy -s skipSame=true")];
    expect(one(told)).toMatchObject({ skipped: true, builds: null, switches: false, removed: [] });
    expect(text).toContain("  then  the same: that is live on all hosts already (skipSame), and --force deploys it again\n");
    expect(one(await look("deploy -s skipSame=true --force"))).toMatchObject({ skipped: false, switches: true });
  });

  it("says of each rollback what that does then, also where a host lacks the release", async () => {
    story.deployfile("", "keepReleases: 5");
    for (const version of ["v7", "v8"]) {
      commit(version);
      await story.succeed("-R all deploy");
    }
    for (const words of ["rollback", "rollback"]) {
      const told = await look(words);
      const { next, bad, live: was } = one(told);
      expect([was?.id, bad]).toEqual([live(0), live(0)]);
      await story.succeed(`-R all ${words}`);
      expect([live(0), live(1)]).toEqual([next?.id, next?.id]);
      expect(
        story
          .read(0, ".fake/journal")
          .split("\n")
          .filter((line) => line.startsWith(`${bad} bad`)),
      ).toHaveLength(1);
    }
    await story.succeed("-R all deploy");
    const [newest = ""] = story.releases(0).slice(-1);
    const [target = ""] = story.releases(0).slice(-4);
    rmSync(story.path(1, "releases", target), { recursive: true });
    const refused = await look(`rollback --to ${target}`, 1);
    expect(refused.look.refused?.message).toContain(`The release ${target} has been removed from host2.`);
    expect(await lookText(`rollback --to ${target}`, 1)).toContain(`The release ${target} has been removed from host2.`);
    expect((await story.fake(`-R all rollback --to ${target}`)).exitCode).toBe(1);
    const { hosts } = (await look(`rollback --to ${target} --build`)).look;
    expect(hosts.map(({ hosts: names, builds, bad }) => [names, builds, bad])).toEqual([
      [["host1"], null, newest],
      [["host2"], [], newest],
    ]);
    await story.succeed(`-R all rollback --to ${target} --build`);
    expect([live(0), live(1)]).toEqual([target, target]);
  });

  it("says who holds the lock, and leaves it", async () => {
    await story.succeed(["lock", "-R", "all", "-m", "db is moving"]);
    for (const flow of ["deploy", "rollback"]) {
      const [text, told] = [await lookText(flow, 1), await look(flow, 1)];
      expect(text).toMatch(/^ {2}lock +locked by hand by .*: db is moving\. The \w+ would end there\.$/m);
      expect(one(told).lock?.reason).toBe("db is moving");
    }
    expect((await story.fake("-R all deploy")).exitCode).toBe(3);
    await story.succeed("unlock -R all -y");
  });

  it("tells the lock of a run that is at work from that of a dead one, and what that has left", async () => {
    story.deployfile(
      'after("deploy:updated", task("nap", async (t) => { t.log.info("asleep"); await t.run("sleep 1000"); }), { flows: ["deploy"] });',
    );
    const run = story.start("-R all deploy");
    await run.seen("asleep");
    story.deployfile();
    const atWork = await story.fake("-R all deploy --dry-run=connect");
    expect([atWork.exitCode, atWork.stdout]).toEqual([1, expect.stringContaining("That run counts as alive")]);
    run.child.kill("SIGKILL");
    await run.outcome;
    await expect.poll(async () => (await story.fake("-R all deploy --dry-run=connect")).exitCode, { timeout: 30_000 }).toBe(0);
    const [text, told] = [await lookText("deploy"), await look("deploy")];
    expect(text).toMatch(/^ {2}lock +locked by .* That run is dead: .*\. The deploy would break it\.$/m);
    const left = story.releases(0).at(-1);
    expect(left).not.toBe(live(0));
    expect(one(told).removed).toContain(left);
    const resumed = one(await look("deploy --resume"));
    expect([resumed.next?.id, resumed.switches]).toEqual([left, true]);
    await story.succeed("-R all deploy --resume");
    expect([live(0), live(1)]).toEqual([left, left]);
    const again = await look("deploy --resume", 1);
    expect(again.look.refused?.message).toContain("The newest deploy came to its end");
  });

  it("asks a host which commit it is where this machine cannot read the repository", async () => {
    const url = "https://git.invalid/shop/app.git";
    for (const { home } of story.fleet.hosts)
      writeFileSync(join(home, ".gitconfig"), `[url "${story.repo.directory}"]\n\tinsteadOf = ${url}\n`);
    story.deployfile("", `repoUrl: ${JSON.stringify(url)}`);
    const sha = commit("v9");
    const nextOf = ({ look: { hosts } }: Told) => hosts.map(({ next }) => next?.revision);
    expect(nextOf(await look("deploy"))).toEqual([sha, sha]);
    const short = `deploy --commit ${sha.slice(0, 9)}`;
    expect(nextOf(await look(short))).toEqual(["", ""]);
    expect(await lookText(short)).toMatch(/ in a new release; which revision that is, only a host says: /);
    story.deployfile();
  });

  it("refuses what is not there as a deploy does", async () => {
    const outcome = await story.fake("-R all deploy --branch mian --dry-run=connect");
    expect([outcome.exitCode, said(outcome)]).toEqual([2, expect.stringContaining('Did you mean "main"?')]);
  });

  it("names a host that cannot be reached, and looks at the others", async () => {
    await story.fleet.hosts[1]?.stop();
    const outcome = await story.fake("-R all deploy --dry-run=connect");
    const real = await story.fake("-R all deploy");
    expect([outcome.exitCode, real.exitCode]).toEqual([1, 1]);
    expect(outcome.stdout).toMatch(/^host1\n {2}live /);
    expect(outcome.stdout).toContain("host2 could not be looked at: ");
  });
});
