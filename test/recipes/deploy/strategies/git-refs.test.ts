import { describe, expect, it } from "vitest";
import {
  findRevision,
  parseRemoteRefs,
  pickCommit,
  refPatterns,
  unknownRevision,
} from "../../../../src/recipes/deploy/strategies/git-refs.ts";

const [A, B, C] = ["a".repeat(40), "b".repeat(40), "c".repeat(40)] as const;
const OUTPUT = [
  "ref: refs/heads/trunk\tHEAD",
  `${A}\tHEAD`,
  `${A}\trefs/heads/trunk`,
  `${B}\trefs/heads/same`,
  `${B}\trefs/tags/same`,
  `${B}\trefs/heads/both`,
  `${C}\trefs/tags/both`,
  `${C}\trefs/tags/v1`,
  `${A}\trefs/tags/v1^{}`,
  `${C}\trefs/heads/abcdef0`,
  "not a ref",
].join("\n");
const remote = parseRemoteRefs(OUTPUT);
const request = (ref: string): { url: string; password: undefined; ref: string } => ({
  url: "git@example.com:app.git",
  password: undefined,
  ref,
});
const find = (ref: string): unknown => findRevision(request(ref), remote);

describe("findRevision", () => {
  it.each([
    ["HEAD", A, "trunk"],
    ["trunk", A, "trunk"],
    ["v1", A, "v1"],
    ["refs/tags/v1", A, "refs/tags/v1"],
    ["refs/heads/both", B, "refs/heads/both"],
    ["same", B, "same"],
    ["abcdef0", C, "abcdef0"],
    [C, C, C],
  ])("finds %s", (ref, sha, name) => {
    expect(find(ref)).toEqual({ id: sha, label: name });
  });

  it("takes what looks like a short commit id for one", () => {
    expect(find("abcd")).toEqual("short");
    expect([find("abc"), find("ABCD"), find("nope")]).toEqual(Array(3).fill("missing"));
  });

  it("refuses a name that means two commits", () => {
    expect(() => find("both")).toThrow(/"both" is ambiguous/);
  });
});

describe("pickCommit", () => {
  it("wants exactly one commit", () => {
    expect(pickCommit(request("aaaa"), [A, A, "junk"], remote)).toEqual({ id: A, label: "aaaa" });
    expect(() => pickCommit(request("aaaa"), [], remote)).toThrow("is not a branch, tag or commit");
    expect(() => pickCommit(request("aaaa"), [A, B], remote)).toThrow("2 commits begin with it");
  });
});

describe("unknownRevision", () => {
  it.each([
    ["trnk", 'Did you mean "trunk"?'],
    ["origin/trunk", 'Did you mean "trunk"?'],
    ["something-else-entirely", "Its branches are: trunk, same, both, abcdef0."],
  ])("says for %s what was meant, or what there is", (ref, hint) => {
    expect(unknownRevision(request(ref), remote)).toMatchObject({ exitCode: 2, hint });
  });
});

describe("refPatterns", () => {
  it("asks only for what a name can be", () => {
    expect([refPatterns("HEAD"), refPatterns("x"), refPatterns("refs/tags/x")]).toEqual([
      ["HEAD"],
      ["refs/heads/x", "refs/tags/x", "refs/tags/x^{}"],
      ["refs/tags/x", "refs/tags/x^{}"],
    ]);
  });
});
