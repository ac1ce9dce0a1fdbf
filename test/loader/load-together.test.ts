import { describe, expect, it } from "vitest";
import { faultOf, type Project, project, ran } from "./project.ts";

const fine = (name: string): string =>
  `await new Promise((resolve) => setTimeout(resolve, 20));\nexport default async (app) => { await 1; app.env.set({ name: "${name}" }); };`;

function deployfile(text: string): Project {
  return project({ "deployfile.js": text });
}

describe("deployfiles that one process loads", () => {
  it("at the same time are compiled and run each by itself", async () => {
    const projects = ["a", "b", "c"].map((name) => deployfile(fine(name)));
    const loaded = await Promise.all(projects.map(({ root }) => ran(root)));
    expect(loaded.map(({ sets }) => sets)).toEqual([[{ name: "a" }], [{ name: "b" }], [{ name: "c" }]]);
  });

  it("at the same time answer each for its own faults", async () => {
    const exits = deployfile("await null;\nprocess.exit(3);");
    const throws = deployfile(
      "setTimeout(() => { throw new Error('in a timer'); }, 1);\nawait new Promise((resolve) => setTimeout(resolve, 60));\nexport default () => {};",
    );
    const rejects = deployfile("export default () => { Promise.reject(new Error('let go')); };");
    const good = deployfile(fine("good"));
    const [exit, timer, rejection, loaded] = await Promise.all([
      faultOf(exits.root),
      faultOf(throws.root),
      faultOf(rejects.root),
      ran(good.root),
    ]);
    expect(exit.message).toContain("deployfile.js:2: called process.exit(3)");
    expect(timer.message).toContain("deployfile.js:1: threw Error: in a timer");
    expect(rejection.message).toContain("deployfile.js:1: threw Error: let go");
    expect(loaded.sets).toEqual([{ name: "good" }]);
  });

  it("one after another, and overlapping, leave the process as it was", async () => {
    const before = { exit: process.exit, code: process.exitCode, listeners: listeners() };
    const bad = deployfile("process.exitCode = 9;\nprocess.exit(1);");
    const slow = deployfile(fine("slow"));
    await faultOf(bad.root);
    await Promise.all([ran(slow.root), faultOf(bad.root), ran(slow.root)]);
    expect({ exit: process.exit, code: process.exitCode, listeners: listeners() }).toEqual(before);
  });

  it("leave alone an exit that others wrapped meanwhile", async () => {
    const { exit } = process;
    const wrapping = deployfile("const { exit } = process;\nprocess.exit = (code) => exit(code);\nexport default () => {};");
    const bad = deployfile("process.exit(4);");
    try {
      await ran(wrapping.root);
      const wrapper = process.exit;
      expect((await faultOf(bad.root)).message).toContain("called process.exit(4)");
      expect((await faultOf(bad.root)).message).toContain("called process.exit(4)");
      expect(process.exit).toBe(wrapper);
    } finally {
      process.exit = exit;
    }
  });
});

function listeners(): readonly number[] {
  return ["beforeExit", "uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name));
}
