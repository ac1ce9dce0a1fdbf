import { spawn, spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { quote } from "../../src/command/quote.ts";
import { binary } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";
import { unless } from "../support/unless.ts";

const sshd = findSshd() !== undefined;
const hasScript = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const missing = unless(sshd, SSHD_MISSING) + unless(hasScript, "no script(1)");
const TOKEN = "it's a $(token) of the shop";

/** Types each answer into a terminal, when its question is there. */
async function atTerminal(story: Story, words: readonly string[], answers: readonly (readonly [string, string])[]) {
  const line = [binary(inject("installed")), "--ssh-config", story.fleet.sshConfig, ...words]
    .map((word) => quote(word))
    .join(" ");
  const env = { PATH: process.env["PATH"] ?? "", HOME: story.directory, TERM: "xterm", NO_COLOR: "1" };
  const child = spawn("script", ["-qec", line, "/dev/null"], { cwd: story.directory, env, stdio: ["pipe", "pipe", "inherit"] });
  const left = [...answers];
  let seen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text;
    const [question, answer] = left[0] ?? [];
    if (question === undefined || !seen.includes(question)) return;
    left.shift();
    child.stdin.write(`${answer}\r`);
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, seen };
}

describe.skipIf(missing !== "")(`a question at a terminal${missing}`, () => {
  let story: Story;
  const written = (host: number): string => join(story.fleet.hosts[host]?.home ?? "", "token");

  beforeAll(async () => {
    story = await startStory(2);
    story.deployfile(`
      task("configure", "Write the token", async (t) => {
        const token = await t.ui.ask("Token", { secret: true });
        await t.writeFile("token", secret\`TOKEN=\${token}\\n\`);
        await t.run\`cat token\`;
        t.log.info("it is " + token.reveal());
      });
      task("restart", "Restart", async (t) => {
        if (await t.ui.confirm("Restart now?", { each: true })) await t.run\`touch restarted\`;
      });
    `);
    const file = join(story.directory, "deployfile.ts");
    writeFileSync(file, `import { secret } from "fake-deploy";\n${readFileSync(file, "utf8")}`);
  });
  afterAll(() => story?.end());

  it("that is secret is asked once, arrives whole on all hosts, and is in nothing that is shown or kept here", async () => {
    const words = ["-H", "host1,host2", "configure", "-v", "--log-file", "run.log"];
    const { code, seen } = await atTerminal(story, words, [["[host1, host2] Token: ", TOKEN]]);
    expect(code, seen).toBe(0);
    for (const host of [0, 1]) {
      expect(readFileSync(written(host), "utf8")).toBe(`TOKEN=${TOKEN}\n`);
      expect(statSync(written(host)).mode & 0o777).toBe(0o600);
    }
    const kept = readFileSync(join(story.directory, "run.log"), "utf8");
    for (const text of [seen, kept]) {
      expect(text).not.toContain("of the shop");
      expect(text).toContain("it is [redacted]");
    }
  });

  it("names each host that asks for itself, and the run does on each what was answered for it", async () => {
    const { code, seen } = await atTerminal(
      story,
      ["-H", "host1,host2", "restart"],
      [
        ["[host1] Restart now? (y/n) ", "y"],
        ["[host2] Restart now? (y/n) ", "n"],
      ],
    );
    expect(code, seen).toBe(0);
    const isThere = (host: number): boolean =>
      statSync(join(story.fleet.hosts[host]?.home ?? "", "restarted"), { throwIfNoEntry: false }) !== undefined;
    expect([isThere(0), isThere(1)]).toEqual([true, false]);
  });
});
