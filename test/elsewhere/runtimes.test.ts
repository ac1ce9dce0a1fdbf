import { afterAll, beforeAll, describe, expect } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";
import { outcomesOf } from "./outcome.ts";
import { fromRegistry } from "./registry.ts";

const OLD = ["18", "20.10.0", "20.18.3"];
const NODES = ["20.19.0", "22.0.0", "24", "26"];

/** Minutes on a busy machine: Deno compiles everything when it is first asked for it. */
const timeout = 300_000;

const hasSshd = findSshd() !== undefined;
let story: Story;
beforeAll(async () => {
  if (hasSshd) story = await startStory(2);
});
afterAll(() => story?.end());

describe.each(OLD)("node %s", (wanted) => {
  const node = fromRegistry(`node@${wanted}`);
  const missing = node.missing ?? (hasSshd ? undefined : SSHD_MISSING);
  const on = outcomesOf({ table: "runtimes", name: "Node", version: node.version("node"), missing });

  on("reads a deployfile", { says: "says that it is too old, exit code 2", timeout }, async () => {
    const { exitCode, stdout, stderr } = await story.fake("tasks", { runtime: [node.bin("node")] });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: fake needs Node 20\.19 or newer, and this is Node [\d.]+ \([^\n]*\)\.\n$/);
  });
});

const [bun, deno] = [fromRegistry("bun"), fromRegistry("deno")];
const ALL = [
  ...NODES.map((wanted) => {
    const node = fromRegistry(`node@${wanted}`);
    return { name: "Node", from: node, version: node.version("node"), runtime: [node.bin("node")] as const, keeps: true };
  }),
  { name: "Deno", from: deno, version: deno.version("deno"), runtime: [deno.bin("deno"), "run", "-A"] as const, keeps: true },
  // Its children have sockets, which cannot be opened by name.
  { name: "Bun", from: bun, version: bun.version("bun"), runtime: [bun.bin("bun")] as const, keeps: false },
];

describe.each(ALL)("$name $version", ({ name, version, from, runtime, keeps }) => {
  const missing = from.missing ?? (hasSshd ? undefined : SSHD_MISSING);
  const on = outcomesOf({ table: "runtimes", name, version, missing });

  on("reads a deployfile", { timeout }, async () => {
    story.deployfile('task("hello", { desc: "Says hello", local: true }, () => {});');
    const outcome = await story.fake("tasks", { runtime });
    expect([outcome.exitCode, outcome.stdout], said(outcome)).toEqual([0, expect.stringContaining("Says hello")]);
  });

  on("runs commands here", { timeout }, async () => {
    story.deployfile(`task("here", { local: true }, async (t) => {
      t.log.info("captured " + (await t.capture\`printf out; printf err >&2\`));
      await t.run({ stdin: "from input" })\`cat\`;
      await t.run({ acceptError: true })\`exit 3\`;
      await t.run({ timeout: "1s", acceptError: true })\`sleep 60\`;
    });`);
    const outcome = await story.fake("here", { runtime });
    expect(outcome.exitCode, said(outcome)).toBe(1);
    for (const text of ["captured out", "from input", "timed out"]) expect(said(outcome)).toContain(text);
  });

  on(
    "/dev/stderr in commands here",
    { says: keeps ? "yes" : "no: what a command starts with are sockets", timeout },
    async () => {
      story.deployfile('task("here", { local: true }, async (t) => { await t.run`echo named >/dev/stderr`; });');
      const outcome = await story.fake("here", { runtime });
      expect(outcome.exitCode, said(outcome)).toBe(keeps ? 0 : 1);
    },
  );

  on("deploys to OpenSSH and rolls back", { timeout }, async () => {
    story.deployfile('after(steps.published, task("look", async (t) => { await t.run`cat ${t.env.releasePath}/index.txt`; }));');
    const before = story.current(0);
    for (const text of ["v1", "v2"]) {
      story.repo.commit({ "index.txt": `${text} on ${name} ${version}\n` }, text);
      await story.succeed("-R all deploy", { runtime });
    }
    await story.succeed("-R all rollback", { runtime });
    for (const host of [0, 1]) expect(story.read(host, "current", "index.txt")).toBe(`v1 on ${name} ${version}\n`);
    expect(story.current(0)).not.toBe(before);
  });

  on("ssh's ciphers", { timeout }, async () => {
    story.deployfile();
    const failed: string[] = [];
    for (const cipher of ["aes128-gcm@openssh.com", "aes256-ctr", "chacha20-poly1305@openssh.com"]) {
      story.fleet.configure({ host1: [`Ciphers ${cipher}`] });
      const outcome = await story.fake("exec -H host1 -- true", { runtime });
      // Refused in words, and never in the middle of a login.
      if (outcome.exitCode !== 0 && !said(outcome).includes("allows for 127.0.0.1 only Ciphers that ssh2 does not have"))
        failed.push(`${cipher}: ${said(outcome)}`);
    }
    story.fleet.configure();
    expect(failed).toEqual([]);
  });
});
