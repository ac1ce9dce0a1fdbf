import { expect, test } from "vitest";
import { toExclusion } from "../../../src/process/transfer/exclude.ts";

test.each([
  ["node_modules", "node_modules", "deep/node_modules"],
  ["*.log", "a.log", "deep/down/.log"],
  ["build/", "build/", "deep/build/"],
  ["/build", "build", "build/"],
  ["./a/b", "a/b", "a/b/"],
  ["cache/*.tmp", "cache/x.tmp", "cache/.tmp"],
  ["v[0-9]?", "v1x", "deep/v22"],
])("%s leaves out %s and %s", (pattern, ...paths) => {
  const isExcluded = toExclusion([pattern]);
  for (const path of paths) expect(isExcluded(path.replace(/\/$/, ""), path.endsWith("/"))).toBe(true);
});

test.each([
  ["node_modules", "node_modules2", "old_node_modules"],
  ["build/", "build", "deep/build"],
  ["/build", "deep/build", "deep/build/"],
  ["cache/*.tmp", "deep/cache/x.tmp", "cache/deep/x.tmp"],
])("%s leaves %s and %s as they are", (pattern, ...paths) => {
  const isExcluded = toExclusion([pattern]);
  for (const path of paths) expect(isExcluded(path.replace(/\/$/, ""), path.endsWith("/"))).toBe(false);
});
