import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FileContent } from "../../../support/git-repo.ts";
import { unless } from "../../../support/unless.ts";
import { build, configure, POINTER, putProgram, putTar, release, world } from "./tree-world.ts";

describe("files with a filter", { timeout: 60_000 }, () => {
  it.each<[string, Readonly<Record<string, FileContent>>, Readonly<Record<string, unknown>>?]>([
    ["speak of it behind a comment with blanks in front", { ".gitattributes": "   # *.psd filter=lfs\n" }],
    ["mean others", { ".gitattributes": "*.ai filter=lfs\n" }],
    ["take it back", { ".gitattributes": "*.psd filter=lfs\na.psd -filter\n" }],
    [
      "take it back further down",
      { ".gitattributes": "*.psd filter=lfs\n", "web/.gitattributes": "*.psd !filter\n" },
      { repoTree: "web" },
    ],
    ["give it no name", { ".gitattributes": "*.psd filter\n" }],
    ["leave them out", { ".gitattributes": "*.psd filter=lfs export-ignore\n" }],
    ["leave their directory out", { ".gitattributes": "design/*.psd filter=lfs\ndesign export-ignore\n", "design/b.psd": "b" }],
    ["speak of another directory", { "design/.gitattributes": "*.psd filter=lfs\n", "design/b.psd": "b" }, { repoTree: "web" }],
    ["mean a link", { ".gitattributes": "*.ln filter=lfs\n", "a.ln": { link: "a.psd" } }],
  ])("are none where attributes %s", async (_, files, settings) => {
    world.origin.repo.commit({ "a.psd": "a", "web/a.psd": "a", "index.html": "v1", ...files });
    expect(await build(settings)).toMatchObject({ code: 0, stderr: "" });
  });

  it.each<[string, Readonly<Record<string, FileContent>>, string, Readonly<Record<string, unknown>>?]>([
    ["at the top", { ".gitattributes": "*.psd filter=lfs\n" }, "a.psd is kept in Git LFS"],
    ["in a macro", { ".gitattributes": "[attr]big filter=lfs\nweb/*.psd big\n" }, "web/my a.psd is kept in Git LFS"],
    ["in its directory", { "web/.gitattributes": "*.psd filter=lfs\n" }, "web/my a.psd is kept in Git LFS"],
    ["above repoTree", { ".gitattributes": "*.psd filter=lfs\n" }, "my a.psd is kept in Git LFS", { repoTree: "web" }],
    ["of any name", { ".gitattributes": "*.psd filter=git-crypt-k\n" }, "a.psd goes through the filter git-crypt-k "],
    [
      "of a name that is a command",
      { ".gitattributes": "*.psd filter=x;touch${IFS}canary\n" },
      "a.psd goes through the filter x;touch${IFS}canary (.gitattributes), which git on this host does not have. Install it there; or, to deploy what is stored, run there: git config --global filter.NAME.smudge cat",
    ],
  ])("are refused by file and filter, where it is given %s", async (_, files, message, settings) => {
    world.origin.repo.commit({ "a.psd": "a", "web/my a.psd": "a", ...files });
    const ran = await build(settings);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it("are all told at once, a filter once", async () => {
    world.origin.repo.commit({
      ".gitattributes": "*.psd filter=lfs\n*.key filter=crypt\n",
      "a.psd": "",
      "b.psd": "",
      "a.key": "",
      "b.key": "",
    });
    expect((await build()).stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^a\.key goes through the filter crypt .* filter\.crypt\.smudge cat$/),
      expect.stringMatching(/^a\.psd is kept in Git LFS/),
    ]);
  });

  it("go through it where the host has it, and as they are stored where it has only the other half of it, or cat", async () => {
    world.origin.repo.commit({ ".gitattributes": "*.txt filter=rot\n", "a.txt": "abc" });
    configure('[filter "rot"]\n\tsmudge = tr a-c n-p\n\trequired = true\n');
    expect([await build(), readFileSync(release("a.txt"), "utf8")]).toMatchObject([{ code: 0 }, "nop"]);
    for (const half of ["clean = tr n-p a-c", "smudge = cat"]) {
      configure(`[filter "rot"]\n\t${half}\n`);
      expect([await build(), readFileSync(release("a.txt"), "utf8")]).toMatchObject([{ code: 0 }, "abc"]);
    }
  });

  it.each(["smudge = false", "process = false"])(
    "that fails on the host (%s) are no damage, and fail the release",
    async (line) => {
      world.origin.repo.commit({ ".gitattributes": "*.txt filter=rot\n", "a.txt": "abc" });
      configure(`[filter "rot"]\n\t${line}\n\trequired = true\n`);
      const ran = await build();
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("A filter of this revision (.gitattributes) failed")]);
      expect(ran.stderr).not.toContain("damaged");
    },
  );

  it("are pointers with lfsPointers, whatever the host has set up for LFS", async () => {
    world.origin.repo.commit({ ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "big.bin": POINTER });
    configure('[filter "lfs"]\n\tsmudge = false\n\tprocess = false\n\tclean = cat\n\trequired = true\n');
    expect(await build({ lfsPointers: true })).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(release("big.bin"), "utf8")).toBe(POINTER);
  });
});

describe("a tree", { timeout: 60_000 }, () => {
  /** Whether names had to be compared one by one. */
  const isLookedInto = async (settings?: Readonly<Record<string, unknown>>): Promise<boolean> => {
    putProgram("comm", 'echo "looked into" >&2; exec /usr/bin/comm "$@"');
    const { stderr, code } = await build(settings);
    expect(code).toBe(0);
    return stderr.includes("looked into");
  };
  const attributes = { ".gitattributes": "*.txt text eol=crlf export-subst\n", "sub/.gitattributes": "* ident\n" };

  it.each<[string, Readonly<Record<string, FileContent>>, Readonly<Record<string, unknown>>?]>([
    ["of files", { "a b/c.txt": "c", "ä.txt": "a", "-x": "x", "*": "star", "a -> b": "arrow", " lead": "", "a=b": "" }],
    ["with links", { "a b/c.txt": "c", to: { link: "a b/c.txt" }, "a b/gone": { link: "no where" }, ä: { link: "ä -> ö" } }],
    ["with attributes", { ...attributes, "a.txt": "a" }],
    ["below another", { "sub/a.txt": "a", "sub/to": { link: "../a.txt" }, "b.txt": "b" }, { repoTree: "sub" }],
  ])("%s is proven to be there with few programs", async (_, files, settings) => {
    world.origin.repo.commit(files);
    expect(await isLookedInto(settings)).toBe(false);
  });

  it.each<[string, Readonly<Record<string, FileContent>>, Readonly<Record<string, unknown>>?]>([
    ["with a name that git quotes", { 'a"b': "" }],
    ["with a link over lines", { to: { link: "a\nb" } }],
    ["of which something is not for releases", { ".gitattributes": "docs export-ignore\n", "docs/a": "", b: "" }],
    ["with filters", { ".gitattributes": "*.x filter=none\n", b: "" }],
    ["below filters", { ".gitattributes": "*.x filter=none\n", "sub/b": "" }, { repoTree: "sub" }],
  ])("%s is looked into", async (_, files, settings) => {
    world.origin.repo.commit(files);
    expect(await isLookedInto(settings)).toBe(true);
  });

  it("is looked into where the repository on the host has attributes of its own", async () => {
    world.origin.repo.commit({ a: "" });
    await build();
    mkdirSync(join(world.host.paths.repo, "info"), { recursive: true });
    writeFileSync(join(world.host.paths.repo, "info/attributes"), "*.x filter=none\n");
    expect(await isLookedInto()).toBe(true);
  });

  it("is looked into where awk fails", async () => {
    world.origin.repo.commit({ a: "" });
    putProgram("awk", "exit 1");
    expect(await isLookedInto()).toBe(true);
  });
});

describe("a release is what the commit says", { timeout: 60_000 }, () => {
  it("and no filter is blamed where not even the status of git could be written: the disk is full", async () => {
    world.origin.repo.commit({ a: "a" });
    const fake = join(world.host.paths.root, ".fake");
    putTar(
      `cat >/dev/null; sleep 0.5; find '${fake.replaceAll("'", "'\\''")}' -name status -exec sh -c ': >"$1"' sh {} ';'; echo 'no space' >&2; exit 2`,
    );
    const ran = await build();
    expect([ran.code, ran.stderr]).toEqual([1, "no space\n"]);
  });

  const files = {
    ".gitattributes": "*.test.js export-ignore\n*.txt export-subst\n*.bat text eol=crlf\n*.id ident\n",
    "packages/web [1]/app.js": "app",
    "packages/web [1]/app.test.js": "test",
    "packages/web [1]/version.txt": "$Format:%H$\n",
    "packages/web [1]/run.bat": "a\nb\n",
    "packages/web [1]/my.id": "$Id$\n",
    "packages/web [1]/lib/.gitattributes": "*.md export-ignore\n",
    "packages/web [1]/lib/notes.md": "notes",
    "packages/web [1]/lib/a b.js": { executable: "#!/bin/sh\n" },
    "packages/web 1/other.js": "other",
  } as const;
  const tree = "packages/web [1]";
  const list = (directory: string): string =>
    execFileSync(
      "sh",
      [
        "-c",
        'cd "$1" && find . -type f | sort | while read -r f; do ls -l "$f" | cut -c1-10; echo "$f"; cat "$f"; done',
        "sh",
        directory,
      ],
      {
        encoding: "utf8",
      },
    );

  it("in one of its directories, too: by the attributes above it", async () => {
    const { repo } = world.origin;
    repo.commit(files);
    const right = join(repo.directory, "../right");
    mkdirSync(right);
    execFileSync(
      "sh",
      [
        "-c",
        'git --literal-pathspecs archive HEAD "$1" | tar -xf - --no-same-permissions --strip-components=2 -C "$2"',
        "sh",
        tree,
        right,
      ],
      {
        cwd: repo.directory,
      },
    );
    expect(await build({ repoTree: tree })).toMatchObject({ code: 0, stderr: "" });
    expect(list(release())).toBe(list(right));
    expect(list(right)).toContain(repo.sha());
  });

  it("whatever attributes, line ends and modes the host's user has chosen", async () => {
    world.origin.repo.commit({ "app.js": "a\nb\n", "notes.md": "notes", "run.sh": { executable: "run\n" } });
    await build();
    const before = list(release());
    configure("[core]\n\tautocrlf = true\n\teol = crlf\n\tattributesFile = ~/attributes\n[tar]\n\tumask = 0\n");
    writeFileSync(join(world.host.paths.root, "../attributes"), "*.md export-ignore\n*.js text eol=crlf\n");
    mkdirSync(join(world.host.paths.root, "../.config/git"), { recursive: true });
    writeFileSync(join(world.host.paths.root, "../.config/git/attributes"), "*.sh export-ignore\n");
    await build();
    expect(list(release())).toBe(before);
  });

  it("and not what somebody has put in its place", async () => {
    const { repo } = world.origin;
    const first = repo.commit({ "app.js": "other" });
    const second = repo.commit({ "app.js": "v1" });
    repo.git("replace", second, first);
    await build();
    expect(readFileSync(release("app.js"), "utf8")).toBe("v1");
  });

  it("or is refused before anything is made, where the tree has a name twice", async () => {
    const { repo } = world.origin;
    repo.commit({ "web/lib/a": "a", "app.js": "v1" });
    const [tree, file] = [repo.sha("HEAD:web/lib"), repo.sha("HEAD:app.js")];
    const makeTree = (...entries: readonly string[]): string =>
      execFileSync("git", ["mktree"], { cwd: repo.directory, input: entries.join("\n"), encoding: "utf8" }).trim();
    const web = makeTree(`100644 blob ${file}\tlib`, `040000 tree ${tree}\tlib`);
    repo.git("reset", "--quiet", "--soft", repo.git("commit-tree", "-m", "Twice", makeTree(`040000 tree ${web}\tweb`)));
    for (const settings of [{}, { repoTree: "web" }]) {
      const ran = await build(settings);
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/it has this twice:\n(?:web\/)?lib\n$/)]);
      expect(readdirSync(release())).toEqual([]);
    }
  });

  it("or is refused, where nothing of it is for releases", async () => {
    world.origin.repo.commit({ ".gitattributes": "web export-ignore\n", "web/app.js": "v1", "app.js": "v1" });
    expect(await build({ repoTree: "web" })).toMatchObject({ code: 1, stderr: expect.stringContaining("export-ignore") });
  });

  const refused = async (body: string, message: string): Promise<void> => {
    world.origin.repo.commit({
      ".gitattributes": "*.md export-ignore\n",
      "dir/link": { link: "x".repeat(120) },
      "dir/b c": "b",
      "dir/a.md": "",
    });
    expect(await build()).toMatchObject({ code: 0 });
    putTar(body);
    const ran = await build();
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(message)]);
  };
  const cut = "made a link dir/link that does not";

  it.each([
    ["leaves a file out", '/bin/tar "$@" --exclude="b c"', "did not make dir/b c of"],
    ["leaves a directory out", '/bin/tar "$@" --exclude=dir', "did not make dir of"],
    ["cuts targets of links", '/bin/tar "$@" && cd "$4" && ln -sf "see x.paxheader" dir/link', cut],
    ["makes files of links", '/bin/tar "$@" && cd "$4" && rm dir/link && echo >dir/link', cut],
  ])("or is refused, where the host's tar %s", (_, body, message) => refused(body, message));

  const toybox = spawnSync("toybox", ["true"]).error === undefined;
  it.skipIf(!toybox)(`or is refused, where tar is toybox${unless(toybox, "no toybox")}`, () =>
    refused('exec toybox tar "$@"', cut),
  );
});
