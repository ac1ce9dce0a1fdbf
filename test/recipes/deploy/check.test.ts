import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { script } from "../../../src/command/sh.ts";
import { quote } from "../../../src/index.ts";
import { planAdoption, writeAdoption } from "../../../src/recipes/deploy/adopt.ts";
import { surveyTree } from "../../../src/recipes/deploy/adopted.ts";
import { type CheckRequest, checkHost } from "../../../src/recipes/deploy/check.ts";
import { type CheckSubject, findingsError, findProblems } from "../../../src/recipes/deploy/check-findings.ts";
import { parseState } from "../../../src/recipes/deploy/state.ts";
import { parseSurvey } from "../../../src/recipes/deploy/survey.ts";
import { isOurs } from "../../../src/recipes/deploy/writable.ts";
import { allShells } from "../../command/shells.ts";
import { nowhere } from "../../support/nowhere.ts";
import { foreignTrees } from "./foreign-trees.ts";
import { createShellHost, type ShellHost, shells } from "./shell-host.ts";

let host: ShellHost;

afterEach(() => host.remove());

const REQUEST: CheckRequest = {
  run: "run1",
  kind: "deploy",
  linkedDirs: [],
  linkedFiles: [],
  tools: ["git", "tar"],
  source: script(),
  minFreeSpace: 0,
};

const checked = (minFreeSpace = 0): CheckSubject => ({ paths: host.paths, login: "ada@app1", minFreeSpace });

/** What it says that only looks: it leaves everything as it is. */
function look(request: Partial<CheckRequest> = {}): string {
  const tree = (): string => host.run(`find ${quote(host.paths.root)}/.. -exec ls -ld --time-style=full-iso {} +`).stdout;
  const before = tree();
  const ran = host.run(checkHost(host.paths, { ...REQUEST, ...request, looksOnly: true }), { vars: { LC_ALL: "C" } });
  expect([ran.stderr, tree()]).toEqual(["", before]);
  return ran.stdout;
}

function check(request: Partial<CheckRequest> = {}): {
  code: number | null;
  problems: readonly string[];
  hints: readonly string[];
} {
  const looked = look(request);
  const ran = host.run(checkHost(host.paths, { ...REQUEST, ...request }), { vars: { LC_ALL: "C" } });
  expect(ran.stderr).toBe("");
  // Whoever only looks finds the same; why a directory cannot be made is said by another program.
  const short = (text: string): string => text.replace(/^(Cannot \w+(?: to)? [^:]*): .*/s, "$1");
  const found = (output: string): readonly string[] => findProblems(output, checked()).map(({ message }) => short(message));
  expect(found(looked)).toEqual(found(ran.stdout));
  const error = findingsError(ran.stdout, checked(request.minFreeSpace));
  return { code: ran.code, problems: error?.message.split("\n") ?? [], hints: error?.hint?.split("\n") ?? [] };
}

const fine = { code: 0, problems: [], hints: [] };

describe.each(shells)("the check in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  it("makes the directories of the layout and finds nothing wrong with an empty host", () => {
    const links = { linkedDirs: ["log", "a b/c"], linkedFiles: [] };
    expect(check(links)).toEqual(fine);
    for (const path of ["releases", "shared/log", "shared/a b/c"]) expect(host.exists(path)).toBe(true);
    expect(check(links)).toEqual(fine);
    expect(host.exists(".fake/probe-run1")).toBe(false);
  });

  it("finds all linked files that are missing, makes their directories, and says how to put them there", () => {
    const links = { linkedDirs: [], linkedFiles: [".env", "config/it's.yml"] };
    const { code, problems, hints } = check(links);
    expect([code, problems.length]).toEqual([1, 2]);
    expect(problems[1]).toBe(`The linked file config/it's.yml is missing: ${host.paths.shared}/config/it's.yml does not exist.`);
    expect(hints[0]).toBe(`Put it there once: scp .env ada@app1:${quote(`${host.paths.shared}/.env`)}`);
    host.write("shared/.env", "");
    host.write("shared/config/it's.yml", "");
    expect(check(links)).toEqual(fine);
  });

  it("finds files where directories belong, and the other way round", () => {
    host.write("shared/uploads", "a file");
    mkdirSync(join(host.paths.shared, ".env"));
    const { problems } = check({ linkedDirs: ["uploads"], linkedFiles: [".env"] });
    expect(problems).toEqual([
      `${host.paths.shared}/uploads is a file, but linkedDirs needs a directory.`,
      `${host.paths.shared}/.env is a directory, but linkedFiles needs a file.`,
    ]);
  });

  it.each([
    [
      "directory",
      "current/index.html",
      "is a directory, not a link to a release.",
      [expect.stringContaining("set currentPath to")],
    ],
    ["file", "current", "is a file, not a link to a release: move it away.", []],
  ])("finds that current is a %s", (_, path, problem, hints) => {
    host.write(path, "");
    for (const kind of ["deploy", "rollback"] as const)
      expect(check({ kind })).toEqual({ code: 1, problems: [`${host.paths.current} ${problem}`], hints });
  });

  it.each(["revisions.log", ".fake/journal"])("finds that %s is no file", (name) => {
    mkdirSync(join(host.paths.root, name), { recursive: true });
    expect(check().problems).toEqual([`${host.paths.root}/${name} is a directory, and has to be a file.`]);
  });

  it.each(foreignTrees.filter(({ tool }) => !["Mina", "pm2 deploy"].includes(tool)))(
    "names $tool, and finds its releases",
    (tree) => {
      tree.make(host.paths.root, "", ["a1", "b2", "c3", "d4"]);
      const said = look();
      expect(said).toContain(`${tree.tool} deploys here`);
      expect(said).toContain("fake adopt, with the same -R,");
      if (tree.tool === "Shipit") return;
      const survey = parseSurvey(host.run(surveyTree(host.paths), { vars: { LC_ALL: "C" } }).stdout, Date.now());
      expect(survey.maker).toBe(tree.tool);
      const found = survey.found.filter(({ state }) => state !== "unfinished").map(({ name }) => name);
      expect(found.sort()).toEqual(tree.releases.map(([name]) => name).sort());
      const current = { kind: "link", target: tree.current(host.paths.root), id: undefined, dangling: false } as const;
      const state = { ...parseState("", host.paths), current };
      mkdirSync(host.paths.fake);
      const [plan] = planAdoption([{ host: "h", paths: host.paths, state, survey, problems: [] }], Date.now());
      for (const round of ["first", "again"]) {
        const ran = host.run(writeAdoption(host.paths, "run1", plan!, current.target));
        expect([round, ran.code, ran.stderr]).toEqual([round, 0, ""]);
      }
      expect([look({ kind: "rollback" }), host.target("current")]).toEqual(["", current.target]);
      expect(host.run(writeAdoption(host.paths, "run1", plan!, "elsewhere")).stderr).toContain(
        "has changed since it was looked at",
      );
    },
  );

  it("has nothing against a link that dangles", () => {
    host.link("current", nowhere);
    expect(check()).toEqual(fine);
  });

  it("finds programs that are missing", () => {
    const { problems, hints } = check({ tools: ["git", "no-such-tool"] });
    expect(problems).toEqual(["The program no-such-tool is not installed, or not in the PATH."]);
    expect(hints).toEqual(["Install on the host: no-such-tool."]);
  });

  it("finds that tar cannot pack, where that is needed", () => {
    expect(check({ packs: true })).toEqual(fine);
    const gzipless = 'tar() { case $1 in -c*) : ;; *) command tar "$@" 2>/dev/null ;; esac; }';
    const ran = host.run(`${gzipless}\n${checkHost(host.paths, { ...REQUEST, packs: true })}`);
    expect([ran.code, findingsError(ran.stdout, checked())?.message]).toEqual([1, expect.stringContaining("is gzip installed?")]);
  });

  it("finds that the disk is too full", () => {
    const { problems } = check({ minFreeSpace: 2 ** 60 });
    expect(problems).toEqual([
      expect.stringMatching(/^Only [\d.]+ [KMGT]iB are free at .*: minFreeSpace asks for 1048576 TiB\.$/),
    ]);
  });

  it("finds that it cannot make directories, and says how to get them", () => {
    host.write("releases", "a file");
    const { problems, hints } = check();
    expect(problems[0]).toContain(`Cannot make ${host.paths.releases}`);
    expect(hints[0]).toContain("sudo mkdir -p");
  });

  it("asks for neither files nor programs before a rollback", () => {
    const links = { linkedDirs: [], linkedFiles: [".env"] };
    expect(check({ kind: "rollback", ...links, tools: ["no-such-tool"], minFreeSpace: 2 ** 60 })).toEqual(fine);
  });

  it("says, where it makes no directories, how to make that of a linked file", () => {
    const links = { linkedFiles: ["config/it's.yml"] };
    const hints = (port?: number): unknown => findProblems(look(links), { ...checked(), port }).map(({ hint }) => hint);
    const { shared } = host.paths;
    const make = quote(`mkdir -p ${quote(`${shared}/config`)}`);
    const copy = `${quote("it's.yml")} ada@app1:${quote(`${shared}/config/it's.yml`)}`;
    expect(hints()).toEqual([`Put it there once: ssh ada@app1 ${make} && scp ${copy}`]);
    expect(hints(2222)).toEqual([`Put it there once: ssh -p 2222 ada@app1 ${make} && scp -P 2222 ${copy}`]);
    expect(host.exists("shared")).toBe(false);
  });

  it("passes on what the strategy has to say", () => {
    expect(check({ source: script("say 'problem No way.\\n'") }).problems).toEqual(["No way."]);
  });
});

describe("findingsError", () => {
  it("is one error with all problems, and short on one line", () => {
    host = createShellHost();
    const error = findingsError("problem One.\ntool tar\n", checked());
    const missing = "The program tar is not installed, or not in the PATH.";
    const hint = "Install on the host: tar.";
    expect(error).toMatchObject({ message: `One.\n${missing}`, shortMessage: "One. (and 1 more)", hint });
    expect(findingsError("", checked())).toBeUndefined();
  });
});

// mksh counts in 32 bits, posh has no `[ -O`.
describe.each(allShells.filter(({ missing }) => missing === undefined))("the check, in $name,", (shell) => {
  it("knows a disk of many terabytes from one that is full", () => {
    host = createShellHost(shell);
    const room = (free: string, minFreeSpace: number): string =>
      host.run(
        `df() { echo 'Of 1024-blocks Used Available Capacity On'; echo '/dev/a 9000000000 1 ${free} 1% /'; }
        ${checkHost(host.paths, { ...REQUEST, minFreeSpace })}`,
      ).stdout;
    const terabyte = 2 ** 40;
    expect([room("3221225472", terabyte), room("5000000000", 3 * terabyte)]).toEqual(["", ""]);
    expect(room("3221225472", 4 * terabyte)).toContain("space 3221225472");
    expect([room("99999", terabyte), room("9", 0)].map((text) => text.match(/^(space|inodes) /gm))).toEqual([
      ["space "],
      ["inodes "],
    ]);
  });

  it("knows what is the user's own", () => {
    host = createShellHost(shell);
    const whose = (path: string): string => host.run(`if ${isOurs(path).script}; then echo ours; fi`).stdout;
    expect([whose(host.paths.root), whose(join(host.paths.root, "none"))]).toEqual(["ours\n", ""]);
  });
});
