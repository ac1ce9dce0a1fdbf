import { describe, expect, it } from "vitest";
import { secret } from "../../../src/env/secret.ts";
import {
  absolutePath,
  byteSize,
  deployPathSchema,
  linkedPaths,
  meetings,
  parseBytes,
  parseWait,
  refSchema,
  repoUrlSchema,
  treePath,
  waitingTime,
} from "../../../src/recipes/deploy/setting-schemas.ts";
import { declareSettings } from "../../../src/recipes/deploy/settings.ts";
import type { Schema } from "../../../src/schema.ts";

const keepSchema = declareSettings({ now: Date.now, cache: "", environment: {} })["keepReleases"]?.schema as Schema;

/** What is wrong with a value, all of it. */
function faults(schema: Schema, value: unknown): string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ message }) => message);
}

describe("deployPath", () => {
  it.each(["/srv/shop", "/srv/my shop", "/srv/it's", "/srv/ünïcode", "/home/ada/app", "/var/www/app", '/srv/"$x"', "/opt/app"])(
    "may be %s",
    (path) => {
      expect(faults(deployPathSchema, path)).toEqual([]);
    },
  );

  it.each([
    ["", "must not be empty"],
    ["srv/shop", "begin with /"],
    ["~", "nothing expands ~"],
    ["~/app", "nothing expands ~"],
    ["$HOME/app", "nothing expands variables"],
    ["/srv/../etc", '".."'],
    ["/srv/./app", '"."'],
    ["/srv/a\nb", "control characters"],
    ["/srv/a\0b", "control characters"],
    ["/", "not a directory for one application"],
    ["//", "not a directory for one application"],
    ["/var", "not a directory for one application"],
    ["/usr/", "not a directory for one application"],
    ["/etc", "not a directory for one application"],
    ["/home/ada", "not a directory for one application"],
    ["/var/www", "not a directory for one application"],
  ])("must not be %j", (path, fault) => {
    expect(faults(deployPathSchema, path).join()).toContain(fault);
  });

  it("loses trailing and doubled slashes", () => {
    expect(["/srv/shop/", "/srv//shop", "/srv/shop///", "/srv/shop/././"].map((path) => deployPathSchema.parse(path))).toEqual(
      Array(4).fill("/srv/shop"),
    );
    expect(absolutePath.parse("/")).toBe("/");
  });

  it("has all that is wrong with it said at once", () => {
    expect(faults(deployPathSchema, "~/../x")).toHaveLength(2);
  });
});

describe("linked paths", () => {
  it("may be files and directories at any depth, with any printable name", () => {
    expect(faults(linkedPaths, [".env", "config/it's a.yml", "log", "public/uploads", "logs"])).toEqual([]);
  });

  it("have all that is wrong with them said at once", () => {
    const wrong = ["/etc/passwd", "../x", "a/../b", "", "c//b", "a/", "./a", "a\nb", "REVISION", "log", "log", "log/nginx"];
    expect(faults(linkedPaths, wrong)).toHaveLength(11);
  });

  it.each([
    [["a"], ["a"], ['"a" is listed twice']],
    [["a"], ["a/b"], ['"a/b" lies inside "a"']],
    [["a/b"], ["a/bc"], []],
  ])("%j and %j overlap as they do", (one, other, expected) => {
    expect(meetings(one, other)).toEqual(expected);
  });
});

describe("branch", () => {
  it.each([
    "main",
    "feature/x",
    "v1.0",
    "HEAD",
    "1.10",
    "user@host",
    "a".repeat(255),
    "refs/heads/main",
    "größe",
    "#12",
    "a;b",
    "$(x)",
  ])("may be %s", (ref) => expect(faults(refSchema, ref)).toEqual([]));

  it.each([
    "",
    "-x",
    "--upload-pack=x",
    "a b",
    "a\nb",
    "a\0b",
    "a..b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
    "a//b",
    "/a",
    "a/",
    ".a",
    "a/.b",
    "a.",
    "a.lock",
    "a@{1}",
    "@",
    "a".repeat(256),
  ])("must not be %j", (ref) => expect(faults(refSchema, ref)).toHaveLength(1));
});

describe("repoUrl", () => {
  it.each([
    "git@example.com:shop/app.git",
    "example.com:app.git",
    "deploy@[::1]:app.git",
    "https://example.com/app.git",
    "https://token:x@example.com/app.git",
    "https://token:p@ss:word@example.com/app.git",
    "https://[::1]:8443/app.git",
    "ssh://git@example.com:2222/app.git",
    "git://example.com/app.git",
    "file:///srv/git/app.git",
    "/srv/git/it's app.git",
  ])("may be %s", (url) => expect(faults(repoUrlSchema, url)).toEqual([]));

  it.each([
    "",
    "-oProxyCommand=x",
    "--upload-pack=touch x",
    "ext::sh -c touch% x",
    "fd::17",
    "::x",
    "app",
    "./app",
    "../app",
    "~/app",
    "ftp://example.com/app",
    "javascript://x",
    "ssh://-oProxyCommand=x/app",
    "ssh://git@-oProxyCommand=x/app",
    "https://token:a/b@example.com/app.git",
    "https://token:a?b@example.com/app.git",
    "ssh://git:password@example.com/app.git",
    "-host:app",
    "git@-host:app",
    "https://example.com/a\nb",
    `https://example.com/${"a".repeat(2048)}`,
  ])("must not be %j", (url) => {
    expect(faults(repoUrlSchema, url)).toHaveLength(1);
    expect(faults(repoUrlSchema, secret(url))).toEqual(faults(repoUrlSchema, url));
  });

  it("may be a secret, and nothing else", () => {
    expect(faults(repoUrlSchema, secret("https://token:x@example.com/app.git"))).toEqual([]);
    expect(faults(repoUrlSchema, 5)).toEqual(["must be text, or secret(...)"]);
  });
});

describe("other settings", () => {
  it("take a directory of the repository that is plain", () => {
    expect(["", "packages/web", "a b"].flatMap((path) => faults(treePath, path))).toEqual([]);
    expect(["/a", "../a", "a/", "-a", "a//b"].map((path) => faults(treePath, path).length)).toEqual([1, 1, 1, 1, 1]);
  });

  it("take sizes with units", () => {
    expect(["50M", "2G", "1.5k", "100", "10MiB", "10 MB", 7].map((size) => parseBytes(byteSize.parse(size)))).toEqual([
      52_428_800, 2_147_483_648, 1536, 100, 10_485_760, 10_485_760, 7,
    ]);
    expect(["", "50X", "-1", "M", -1].map((size) => faults(byteSize, size).length > 0)).toEqual([true, true, true, true, true]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5", null])("keep no %s releases", (keepReleases) => {
    expect(faults(keepSchema, keepReleases)).not.toEqual([]);
  });

  it("keep one release, or many", () => {
    for (const count of [1, 500]) expect(faults(keepSchema, count)).toEqual([]);
  });
});

describe("lockWait", () => {
  it.each([
    [0, 0],
    [1001, 2],
    ["0s", 0],
    ["90s", 90],
    ["1h30m", 5400],
    ["01:30:00", 5400],
    ["00:00:00.5", 1],
    ["30d", 2_592_000],
  ])("%j is %d seconds", (time, seconds) => {
    expect(faults(waitingTime, time)).toEqual([]);
    expect(parseWait(time)).toBe(seconds);
  });

  it.each(["", "90", "5 m", "1:30", "-5s", "5m; reboot"])("must not be %j", (time) => {
    expect(faults(waitingTime, time).join()).toContain('must be like "90s", "5m" or "01:30:00"');
  });
});
