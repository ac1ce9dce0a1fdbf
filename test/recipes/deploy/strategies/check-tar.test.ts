import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { git } from "../../../../src/recipes/deploy/strategies/git.ts";
import { push } from "../../../../src/recipes/deploy/strategies/push.ts";
import { unless } from "../../../support/unless.ts";
import { buildContext } from "../build-context.ts";
import { createShellHost, type ShellHost, shells } from "../shell-host.ts";

const SAY = 'say() { printf "$@"; }';
let host: ShellHost;
afterEach(() => host.remove());

const check = (tar: string, repoTree = "", strategy = git): string => {
  const context = buildContext({ paths: host.paths, revision: "" }, { repoUrl: "/srv/app.git", repoTree });
  return host.run(`${SAY}\n${tar}\n${strategy.check?.(context, false).script ?? ""}`, { vars: { LC_ALL: "C" } }).stdout;
};
const isHere = (program: string): boolean => spawnSync(program, ["true"]).error === undefined;
const tars = ["env", "busybox"];
const uses = (program: string): string => `tar() { ${program} tar "$@"; }`;
/** GNU tar that does not say so: what it does is tried. */
const unnamed = 'tar() { case $* in --version) return 1 ;; esac; command tar "$@"; }';

describe.each(shells)("what the check finds of tar in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  it.each(tars.filter(isHere))("is nothing, with %s tar", (program) => {
    for (const strategy of [git, push]) expect(check(uses(program), "packages/web", strategy)).toBe("");
    expect(check(unnamed, "packages/web")).toBe("");
  });

  const toybox = isHere("toybox");
  it.skipIf(!toybox)(`is that toybox tar loses long targets of links${unless(toybox, "no toybox")}`, () => {
    expect(check(uses("toybox"), "packages/web")).toMatch(/^remark tar loses targets of links .*\n$/);
  });

  it("is that it does not know an option that repoTree needs", () => {
    const old =
      'tar() { case $* in --version) echo tar 1; return ;; *--strip*) cat >/dev/null; return 1 ;; esac; command tar "$@"; }';
    expect([check(old), check(old, "packages/web")]).toEqual([
      "",
      expect.stringMatching(/^problem tar does not know --strip-components/),
    ]);
  });

  it("is asked for where it may refuse a deploy, or by itself", () => {
    const text = (repoTree: string, alone: boolean, strategy = git): string =>
      strategy.check?.(buildContext({ paths: host.paths, revision: "" }, { repoUrl: "/srv/app.git", repoTree }), alone).script ??
      "";
    for (const strategy of [git, push])
      expect([text("", false, strategy), text("web", false, strategy), text("", true, strategy)]).toEqual([
        expect.not.stringContaining("tar --version"),
        expect.stringContaining("tar --version"),
        expect.stringContaining("tar --version"),
      ]);
  });

  it("is nothing where there is none: that is told already", () => {
    expect(check("command() { return 1; }")).toBe("");
  });
});
