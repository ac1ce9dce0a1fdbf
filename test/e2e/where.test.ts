import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nowhere } from "../support/nowhere.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

/** Types that leave nothing behind move every line that follows. */
const HELPER = `import type { Command, TaskContext } from "fake-deploy";

interface Site {
  readonly name: string;
}

const site: Site = { name: "shop" };

export async function warmUp(t: TaskContext): Promise<void> {
  await t.run\`echo warming up; exit 3; echo \${site.name}\`; // failing in a helper
}

export const body = (t: TaskContext): readonly Command[] => [
  t.cmd\`true\`,
  t.within("/").cmd\`exit 4\`, // failing in a body
];
`;

const TASKS = `
  task("inline", (t) => t.within("/").run\`exit 5\`); // inline
  task("together", async (t) => {
    await Promise.all([
      t.run\`true\`,
      t.capture\`exit 6\`, // together
    ]);
  });
  task("helper", warmUp);
  task("body", { commands: body });
  task("option", async (t) => {
    await t.run\`true\`;
    await t.run({ timeuot: "5s" } as never)\`true\`; // option
  });
  task("template", async (t) => {
    await t.within("").run\`true\`; // template
  });
  task("upload", async (t) => {
    await t.upload("no/such/file", "file"); // upload
  });
  task("write", async (t) => {
    await t.writeFile("no/such/folder/file", "text"); // write
  });
  task("setting", { commands: (t) => [
    t.cmd\`echo \${(t.env as never as { noSuch: string }).noSuch}\`, // setting
  ] });
  env.set({ token: secret("hunter2") });
  task("text", async (t) => {
    const token = await t.env.get("token");
    await t.run\`true\`;
    await t.writeFile(".env", \`TOKEN=\${token}\`); // text
  });
  task("json", async (t) => {
    await t.writeFile("settings.json", JSON.stringify({ token: await t.env.get("token") })); // json
  });
  task("own", async (t) => {
    await t.run\`true\`;
    throw new Error("It is Friday."); // own
  });
  task("fine", (t) => t.run\`true\`);
  after("fine", task("hook", async (t) => {
    await t.run\`exit 7\`; // hook
  }));
`;

describe.skipIf(!sshd)(`the line of the deployfile that a failure names${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  /** By the comment at their end. */
  const lines = new Map<string, string>();

  const note = (file: string, text: string): void => {
    for (const [at, line] of text.split("\n").entries()) {
      const mark = / \/\/ ([a-z ]+)$/.exec(line)?.[1];
      if (mark !== undefined) lines.set(mark, `${file}:${at + 1}`);
    }
  };
  const writeDeployfile = (imports: string, body: string): void => {
    const file = join(story.directory, "deployfile.ts");
    story.deployfile(body);
    const text = `${imports}\n${readFileSync(file, "utf8")}`;
    writeFileSync(file, text);
    note("deployfile.ts", text);
  };

  beforeAll(async () => {
    story = await startStory(2);
    mkdirSync(join(story.directory, "lib"));
    writeFileSync(join(story.directory, "lib/helper.ts"), HELPER);
    note("lib/helper.ts", HELPER);
    writeDeployfile(`import { secret } from "fake-deploy";\nimport { body, warmUp } from "./lib/helper.ts";`, TASKS);
  });
  afterAll(() => story?.end());

  it.each([
    ["inline", "inline"],
    ["together", "together"],
    ["helper", "failing in a helper"],
    ["body", "failing in a body"],
    ["option", "option"],
    ["template", "template"],
    ["upload", "upload"],
    ["write", "write"],
    ["setting", "setting"],
    ["text", "text"],
    ["json", "json"],
    ["own", "own"],
    ["fine", "hook"],
  ])("is there for the task %s", async (task, mark) => {
    const outcome = await story.fake(`-R all ${task}`);
    expect(outcome.exitCode, said(outcome)).not.toBe(0);
    expect(new Set(said(outcome).match(/(?<= \()\S+:\d+(?=\))/g))).toEqual(new Set([lines.get(mark)]));
  });

  it("is a field of the error in JSON events", async () => {
    const { stdout } = await story.fake("-H host1 helper --reporter json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.at(-1).result.failures[0].error.where).toBe(lines.get("failing in a helper"));
  });

  it("is not there for a command of a recipe that ships with us", async () => {
    const outcome = await story.fake(`-R all deploy -s repoUrl=${nowhere}`);
    expect(outcome.exitCode, said(outcome)).not.toBe(0);
    expect(said(outcome)).not.toContain("deployfile.ts");
  });

  it("is there for a secret in plain text, with what to write", async () => {
    const outcome = await story.fake("-H host1 text");
    expect(said(outcome)).toMatch(/A secret cannot be put into plain text.*secret`KEY=.*value\.reveal\(\)/s);
    writeDeployfile(`import { secret } from "fake-deploy";`, 'env.set({ url: `https://${secret("hunter2")}` }); // plain');
    const { stderr } = await story.fake("tasks");
    expect(stderr).toMatch(/^error: A secret cannot be put into plain text/m);
    expect(stderr).toContain(`(${lines.get("plain")})\n`);
  });

  it("is there for what a deployfile throws while it is read", async () => {
    writeDeployfile(`import { secret } from "fake-deploy";`, "env.set({ token: secret(undefined as never) }); // reading");
    const outcome = await story.fake("tasks");
    expect(outcome.stderr).toMatch(/^error: A secret is text .*\((.*)\)$/m);
    expect(outcome.stderr).toContain(`(${lines.get("reading")})\n`);
  });
});
