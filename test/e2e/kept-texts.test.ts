/** What hosts keep of the text that they are sent (decision 059): what it saves, and that no run is lost when it is not there. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { startRelay, type TurnRelay } from "../support/turn-relay.ts";

const sshd = findSshd() !== undefined;
const CANARY = "canary-of-a-secret";

describe.skipIf(!sshd)(`what a host keeps of the text that it is sent${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let relay: TurnRelay;
  const home = (): string => story.fleet.hosts[0]?.home ?? "";
  const folder = (): string => join(home(), ".cache/fake-deploy");
  const files = (): readonly string[] => (existsSync(folder()) ? readdirSync(folder()).sort() : []);
  const texts = (): string =>
    files()
      .map((name) => readFileSync(join(folder(), name), "utf8"))
      .join("");

  beforeAll(async () => {
    story = await startStory(1);
    relay = await startRelay({ port: story.fleet.hosts[0]?.port ?? 0, delay: 10 });
    story.fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${story.fleet.hosts[0]?.port}`] });
    story.deployfile("", "keepReleases: 2");
  });
  afterAll(async () => {
    await relay?.stop();
    await story?.end();
  });

  /** Turns and bytes of one deploy, which must be well. */
  async function deploy(words = "--all deploy"): Promise<{ readonly turns: number; readonly bytes: number }> {
    const outcome = await story.succeed(words);
    await relay.ended();
    expect(said(outcome)).not.toMatch(/_fake|not found|syntax/i);
    return { turns: relay.turns().at(-1) ?? Number.NaN, bytes: relay.bytes().at(-1) ?? Number.NaN };
  }

  it("makes the next deploy small, and is asked for again where it is gone", async () => {
    // Until each removes one of the releases of before.
    const first = await deploy();
    for (let count = 0; count < 3; count++) await deploy();
    const warm = await deploy();
    expect(warm.bytes).toBeLessThan(20_000);
    expect(warm.bytes).toBeLessThan(first.bytes / 2 + 20_000);
    const known = files();
    expect(known.length).toBeGreaterThanOrEqual(2);
    rmSync(folder(), { recursive: true });
    const missed = await deploy();
    // Each of the two flights once more.
    expect(missed.turns - warm.turns).toBeLessThanOrEqual(2);
    await deploy();
    expect((await deploy()).bytes).toBeLessThan(20_000);
    expect(known).toEqual(expect.arrayContaining([...files()]));
  });

  it("loses no run where a power cut has left half of it", async () => {
    for (const size of [0, 300]) {
      for (const name of files()) truncateSync(join(folder(), name), size);
      await deploy();
      await deploy();
      expect((await deploy()).bytes, `cut at ${size}`).toBeLessThan(20_000);
    }
  });

  it("is nothing where others may write, and nobody tries again", async () => {
    rmSync(folder(), { recursive: true, force: true });
    chmodSync(join(home(), ".cache"), 0o777);
    await deploy();
    const refused = await deploy();
    expect(files()).toEqual([]);
    await deploy();
    expect((await deploy()).turns).toBeLessThanOrEqual(refused.turns);
    chmodSync(join(home(), ".cache"), 0o700);
    expect(files()).toEqual([]);
  });

  it("is shared by runs at the same time", async () => {
    rmSync(join(home(), ".cache"), { recursive: true, force: true });
    const runs = await Promise.all([story.fake("--all deploy"), story.fake("--all deploy")]);
    expect(runs.map(({ exitCode }) => exitCode).sort()[0]).toBe(0);
    await deploy();
    await deploy();
    for (const name of files()) expect(name).toMatch(/^[0-9a-f]{24}$/);
  });

  it("is no secret, and nothing of other commands", async () => {
    const cache = join(story.directory, "cache of another user");
    const env = { XDG_CACHE_HOME: cache, TOKEN: CANARY };
    rmSync(join(home(), ".cache"), { recursive: true, force: true });
    // Secret as a whole: a token in place of a user's name is in it, and git has to know it.
    const repository = join(story.directory, CANARY);
    symlinkSync(story.repo.directory, repository);
    story.deployfile(`
      env.set({ token: secret(() => process.env.TOKEN), repoUrl: secret(${JSON.stringify(repository)}) });
      after("deploy:updated", task("mine", { commands: (t) => [t.vars({ TOKEN: t.env.token }).cmd\`echo "of my own" "$TOKEN" >mine\`] }));
    `);
    const file = join(story.directory, "deployfile.ts");
    writeFileSync(file, `import { secret } from "fake-deploy";\n${readFileSync(file, "utf8")}`);
    for (let time = 0; time < 3; time++) await story.succeed("--all deploy", { env });
    expect(readFileSync(join(home(), "mine"), "utf8")).toBe(`of my own ${CANARY}\n`);
    expect(texts()).not.toContain(CANARY);
    // Where there are flights without a secret, those are kept. Another command sees nothing of it.
    writeFileSync(
      file,
      readFileSync(file, "utf8")
        .replace(/, repoUrl: secret\(.*?\) \}/, " }")
        .replace('"$TOKEN" >mine`', '"$TOKEN" >mine`, t.cmd`set >all`'),
    );
    for (let time = 0; time < 3; time++) await story.succeed("--all deploy", { env });
    expect(readFileSync(join(home(), "all"), "utf8")).not.toContain(CANARY);
    expect(texts()).toContain("_fake_text=");
    expect(texts()).not.toContain(CANARY);
    expect(texts()).not.toContain("of my own");
    // Nor is it in what this machine remembers.
    const notes = readdirSync(join(cache, "fake/hosts"));
    expect(notes.length).toBe(1);
    expect(readFileSync(join(cache, "fake/hosts", notes[0] ?? ""), "utf8")).toMatch(/^\{"kept":\["[0-9a-f]{24}"/);
    // What it remembers may be anything.
    writeFileSync(join(cache, "fake/hosts", notes[0] ?? ""), '{"kept": 5');
    await story.succeed("--all deploy", { env });
    story.deployfile("", "keepReleases: 2");
  });

  it("is nothing of a strategy of the deployfile's own", async () => {
    rmSync(join(home(), ".cache"), { recursive: true, force: true });
    story.deployfile(`
      const own = (where: string) => ({ script: ": of my own " + where });
      env.set({
        scm: {
          name: "own",
          resolveRevision: async () => ({ id: "v1", label: "v1" }),
          check: () => own("check"),
          probe: () => own("probe"),
          createRelease: ({ paths }, id) => ({ title: "write", text: "echo of my own source >'" + paths.releases + "/" + id + "/index.txt'" }),
        },
      });
    `);
    for (let time = 0; time < 2; time++) await story.succeed("--all deploy");
    expect(story.read(0, "current/index.txt")).toBe("of my own source\n");
    expect(texts()).not.toContain("of my own");
    story.deployfile("", "keepReleases: 2");
  });

  it("is nothing of a run that changes nothing", async () => {
    rmSync(join(home(), ".cache"), { recursive: true, force: true });
    for (const words of ["--all --dry-run=connect deploy", "doctor --all", "releases --all", "exec --all -- true"])
      await story.fake(words);
    expect(existsSync(join(home(), ".cache"))).toBe(false);
  });
});
