import { describe, expect, it } from "vitest";
import { optionsOf, optionTable } from "../../src/cli/argv/options.ts";
import { runVerb, verbs } from "../../src/cli/argv/verbs.ts";
import { readVersion } from "../../src/cli/package/version.ts";
import { deployfile, fake, project } from "./run-cli.ts";

const shown = verbs.filter(({ hidden }) => hidden !== true);

describe("the command line", () => {
  it.each([["--version"], ["--debug", "--version"]])("prints its version: %j", async (...argv) => {
    const { code, stdout } = await fake(project({}), argv);
    expect([code, stdout]).toEqual([0, `${readVersion()}\n`]);
  });

  it.each([[["--help"]], [["-h"]], [["help"]]])("shows help with every verb and option: %j", async (argv) => {
    const { code, stdout } = await fake(project({}), argv);
    expect(code).toBe(0);
    for (const { name, summary } of shown) expect(stdout).toMatch(new RegExp(`fake ${name} +${summary.slice(0, 20)}`));
    for (const name of optionsOf(runVerb, optionTable)) expect(stdout).toMatch(new RegExp(`--${name}\\b`));
    expect(stdout).not.toContain("__complete");
    expect(stdout.split("\n").length).toBeLessThanOrEqual(70);
  });

  it("shows the same without arguments, and does not take it for a result", async () => {
    const { code, stdout, stderr } = await fake(project({}), []);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("fake -R staging deploy");
  });

  it.each(shown.map(({ name }) => name))("shows help for %s that fits a screen, with an example", async (name) => {
    for (const argv of [
      [name, "--help"],
      ["help", name],
    ]) {
      const { code, stdout, stderr } = await fake(project({}), argv);
      expect(code, stderr).toBe(0);
      const lines = stdout.split("\n");
      expect(lines.length).toBeLessThanOrEqual(50);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(stdout).toMatch(new RegExp(`Examples:\n  fake ${name}`));
    }
  });

  it("shows help for a task, with its arguments", async () => {
    const text = deployfile("use(deploy());");
    const { code, stdout } = await fake(project({ "deployfile.ts": text }), ["rollback", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("fake [options] rollback [to=...]");
    expect(stdout).toMatch(/^ {2}to +Release to go to/m);
  });

  it("says what to do when there is no deployfile", async () => {
    const { code, stderr } = await fake(project({}), ["tasks"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: No deployfile was found\./);
    expect(stderr).toContain("fake init");
  });

  it("tells what user code printed apart from results", async () => {
    const text = `console.log("stray");\n${deployfile('task("a", "A", () => {});')}`;
    const { code, stdout } = await fake(project({ "deployfile.ts": text }), ["tasks", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ name: "a", desc: "A" }]);
  });

  it("reads settings-only deployfiles, where an unknown setting is a mistake", async () => {
    const yaml = (key: string): string =>
      `use: [deploy]\nenv:\n  repoUrl: /srv/a.git\n  deployPath: /srv/a\n  ${key}: 3\nroles:\n  web: [a]\n`;
    const right = await fake(project({ "deployfile.yaml": yaml("keepReleases") }), ["env", "-R", "web", "keepReleases"]);
    expect([right.code, right.stdout]).toEqual([0, "3\n"]);
    const wrong = await fake(project({ "deployfile.yaml": yaml("keepRelease") }), ["plan", "-R", "web", "deploy"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("keepReleases");
    expect(wrong.stderr).toContain("deployfile.yaml:5");
    const strange = await fake(project({ "deployfile.yaml": yaml("colour") }), ["plan", "-R", "web", "deploy"]);
    expect([strange.code, strange.stderr.split("\n")[0]]).toEqual([2, expect.stringContaining("colour")]);
  });
});
