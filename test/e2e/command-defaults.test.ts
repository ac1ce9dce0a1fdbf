import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`environment and commandTimeout${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory(2);
    story.deployfile(
      `
  env.set({ token: secret(() => "hunter2-" + "token"), environment: (env) => ({ TOKEN: env.token, GREETING: "it's \${HOME}", PART: 1 }) });
  host("host2", { environment: { GREETING: "other" } });
  task("look", async (t) => {
    t.log.info(await t.capture\`printf '%s|%s|%s' "$GREETING" "$PART" "$(printf %s "$TOKEN" | wc -c)"\`);
    t.log.info("listed: " + (await t.capture\`ps -eww -o args | grep -c '[h]unter2-token' || true\`));
  });
  task("lined", { commands: (t) => [t.cmd\`echo "lined $GREETING"\`, t.vars({ GREETING: "own" }).cmd\`echo "lined $GREETING"\`] });
  task("slow", async (t) => void (await t.run\`sleep 20\`));
  task("allowed", async (t) => void (await t.run({ timeout: 0 })\`sleep 2\`));
`,
    );
    const file = `${story.directory}/deployfile.ts`;
    const { readFileSync, writeFileSync } = await import("node:fs");
    writeFileSync(file, readFileSync(file, "utf8").replace("import { defineDeployfile }", "import { defineDeployfile, secret }"));
  });
  afterAll(() => story?.end());

  it("gives each host its variables, not expanded, and no secret in a process list or in output", async () => {
    const outcome = await story.succeed("-R all look");
    const text = said(outcome);
    expect(text).toContain(`it's ${"$"}{HOME}|1|13`);
    expect(text).toContain("other||0");
    expect(text).not.toContain("hunter2");
    expect([...text.matchAll(/listed: (\d+)/g)].map(([, count]) => count)).toEqual(["0", "0"]);
  });

  it("is there in commands that travel together, those of exec, and a whole deploy", async () => {
    const lined = said(await story.succeed("-H host2 lined -v"));
    expect(lined).toContain("lined other");
    expect(lined).toContain("lined own");
    expect(said(await story.succeed(["exec", "-R", "all", "--", "echo said $GREETING"]))).toContain("said other");
    await story.succeed("-R all deploy");
    await story.succeed("-R all deploy");
    await story.succeed("-R all rollback");
  });

  it("ends a command that takes too long, and says which limit that was", async () => {
    const outcome = await story.fake("-H host1 slow -s commandTimeout=1s");
    expect(outcome.exitCode).toBe(1);
    expect(said(outcome)).toContain("timed out");
    expect(said(outcome)).toContain("It may take 1s, which is its `timeout`, or else the setting `commandTimeout`.");
    await story.succeed("-H host1 allowed -s commandTimeout=1s");
    await story.succeed("-R all deploy -s commandTimeout=60s");
  });

  it("are refused before anything is contacted when they cannot be", async () => {
    const outcome = await story.fake([
      "-R",
      "all",
      "look",
      "-s",
      'environment={"A-B":"x","C":["y"]}',
      "-s",
      "commandTimeout=soon",
      "-s",
      "becomeMethod=dosa",
    ]);
    expect(outcome.exitCode, said(outcome)).toBe(2);
    expect(said(outcome)).toContain('"A-B" cannot be the name of a variable');
    expect(said(outcome)).toContain("C must be text, a number, true, false or secret");
    expect(said(outcome)).toContain('must be a time such as "5m"');
    expect(said(outcome)).toContain('expected one of "sudo"|"doas"|"su"');
    const doas = await story.fake("-R all look -s becomeMethod=doas -s sudoPassword=true");
    expect([doas.exitCode, said(doas)]).toEqual([2, expect.stringContaining("doas asks for a password on a terminal only")]);
  });

  it("are shown without what is secret", async () => {
    const outcome = await story.succeed("env -R all environment");
    expect(said(outcome)).toContain('"TOKEN":"[redacted]"');
    expect(said(outcome)).not.toContain("hunter2");
  });
});
