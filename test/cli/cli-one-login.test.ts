import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import { type CliResult, deployfile, fake, project } from "./run-cli.ts";

describe.skipIf(findSshd() === undefined)(`a command line${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  beforeAll(async () => {
    fleet = await startSshdFleet(2);
  });
  afterAll(() => fleet?.stop());

  const logins = (): number[] => fleet.hosts.map((host) => (host.log().match(/Accepted publickey/g) ?? []).length);
  const homes = (): string[] => fleet.hosts.map(({ home }) => home);

  async function run(argv: readonly string[]): Promise<CliResult & { readonly logins: number[] }> {
    const settings = 'repoUrl: "https://git.invalid/x.git", branch: "main"';
    const paths = homes().map((home, at) => `host${at + 1}: ${JSON.stringify(join(home, "site"))}`);
    const body = `use(deploy()); const paths: any = { ${paths.join(", ")} };
      env.set({ ${settings}, deployPath: (env: any) => paths[env.host.name] }); role("web", ["host1", "host2"]);`;
    const root = project({ "deployfile.ts": deployfile(body) });
    const before = logins();
    const result = await fake(root, ["--ssh-config", fleet.sshConfig, ...argv]);
    return { ...result, logins: logins().map((count, at) => count - (before[at] ?? 0)) };
  }

  it("logs in once to each host, and `unlock` looks and breaks over that", async () => {
    for (const home of homes()) {
      mkdirSync(join(home, "site", ".fake", "lock"), { recursive: true });
      writeFileSync(join(home, "site", ".fake", "lock", "owner"), "run r1\nuser eve\nsince 2026-01-02T03:04:05Z\n");
    }
    const { code, stdout, stderr, logins } = await run(["-R", "web", "unlock", "-y"]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("host1, host2: unlocked. Whoever holds it may still be at work.\n");
    expect(logins).toEqual([1, 1]);
  }, 30_000);

  it.each([
    ["releases", ["-R", "web", "releases"]],
    ["exec", ["-R", "web", "exec", "--", "true"]],
  ])(
    "logs in once to each host for `%s`",
    async (_, argv) => {
      const { code, stderr, logins } = await run(argv);
      expect(code, stderr).toBe(0);
      expect(logins).toEqual([1, 1]);
    },
    30_000,
  );
});
