import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const hosts = [0, 1];

describe.skipIf(!sshd)(`a deploy that was killed${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    story.repo.commit({ "index.txt": "v1\n" }, "v1");
    await story.succeed("-R all deploy");
  });
  afterAll(() => story?.end());

  /** Deploys, and kills the client where the hook stands, in a function that runs on host1. */
  async function killAt(hook: string, args = "-R all deploy"): Promise<void> {
    story.deployfile(`
      ${hook};
      task("nap", "Nap", async ({ run, host }) => { if (host.name === "host1") await run("echo as''leep; sleep 600"); });
    `);
    const run = story.start(args);
    await run.seen("[host1] asleep");
    run.child.kill("SIGKILL");
    await run.outcome;
    story.deployfile();
  }

  /** Until what the client left has ended, its lock is held. */
  const resume = () => vi.waitFor(() => story.succeed("-R all deploy --resume"), { timeout: 20_000, interval: 200 });
  const text = (host: number): string => story.read(host, "current/index.txt");
  const count = (host: number, id: string): number => story.read(host, "revisions.log").split(`release ${id} `).length - 1;

  it("is finished with the same release and the same commit, whatever the branch is by then", async () => {
    story.repo.commit({ "index.txt": "v2\n" }, "v2");
    await killAt('after("deploy:create-release", "nap")');
    expect(hosts.map(text)).toEqual(["v1\n", "v1\n"]);
    // The other host may not have come so far.
    const begun = story.releases(0).at(-1);
    story.repo.commit({ "index.txt": "v3\n" }, "v3");
    const outcome = await resume();
    expect(said(outcome)).toContain(`Going on with ${begun}`);
    expect(hosts.map((host) => story.current(host))).toEqual([begun, begun]);
    expect(hosts.map(text)).toEqual(["v2\n", "v2\n"]);
  });

  it("is finished on those hosts that it had not reached", async () => {
    const before = story.current(1);
    await killAt('after("deploy:published", "nap")', "-R all --batch 1 deploy");
    const begun = story.current(0) ?? "";
    expect([begun === before, story.current(1)]).toEqual([false, before]);
    const outcome = await resume();
    expect(hosts.map((host) => story.current(host))).toEqual([begun, begun]);
    expect(hosts.map(text)).toEqual(["v3\n", "v3\n"]);
    expect(hosts.map((host) => count(host, begun))).toEqual([1, 1]);
    // It was live there already: nothing is built again.
    expect(said(outcome)).not.toContain("[host1] make releases/");
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
    await story.succeed("-R all rollback");
    expect(hosts.map(text)).toEqual(["v2\n", "v2\n"]);
  });

  it("is not, when there is nothing to finish", async () => {
    const before = hosts.map((host) => story.current(host));
    const bad = await story.fake("-R all deploy --resume");
    expect([bad.exitCode, said(bad)]).toEqual([1, expect.stringContaining("was rolled back from: it is not to be finished")]);
    await story.succeed("-R all deploy");
    const done = await story.fake("-R all deploy --resume");
    expect([done.exitCode, said(done)]).toEqual([1, expect.stringContaining("The newest deploy came to its end")]);
    expect(hosts.map((host) => story.locked(host))).toEqual([false, false]);
    expect(hosts.map((host) => story.current(host))).not.toEqual(before);
  });
});
