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
    expect([find("abcd"), find("ABCD")]).toEqual(["short", "short"]);
    expect([find("abc"), find("ABC"), find("nope")]).toEqual(Array(3).fill("missing"));
  });

  it("refuses a name that means two commits", () => {
    expect(() => find("both")).toThrow(/"both" is ambiguous/);
  });
});

describe("a kind", () => {
  type Kind = "branch" | "tag" | "commit";
  const as = (kind: Kind, ref: string): unknown => findRevision({ ...request(ref), kind }, remote);

  it.each<[Kind, string, unknown]>([
    ["branch", "trunk", { id: A, label: "trunk" }],
    ["branch", "both", { id: B, label: "both" }],
    ["branch", "refs/heads/both", { id: B, label: "both" }],
    ["branch", "refs/tags/both", "missing"],
    ["branch", "v1", "missing"],
    ["branch", "abcdef0", { id: C, label: "abcdef0" }],
    ["branch", "HEAD", "missing"],
    ["branch", C, "missing"],
    ["tag", "both", { id: C, label: "both" }],
    ["tag", "refs/tags/v1", { id: A, label: "v1" }],
    ["tag", "trunk", "missing"],
    ["tag", "abcd", "missing"],
    ["commit", "abcdef0", "short"],
    ["commit", C, "short"],
    ["commit", "trunk", "missing"],
  ])("is all that is looked for: %s %s", (kind, ref, found) => {
    expect(as(kind, ref)).toEqual(found);
  });

  it.each<[Kind, string, string | undefined]>([
    ["branch", "trnk", 'Did you mean "trunk"?'],
    ["branch", "v1", "It is a tag: --tag v1"],
    ["branch", "c".repeat(40), `For a commit, write --commit ${"c".repeat(40)}`],
    ["tag", "trunk", "It is a branch: --branch trunk"],
    ["tag", "v11", 'Did you mean "v1"?'],
    ["tag", "something-else-entirely", "Its tags are: same, both, v1."],
    ["commit", "abcdef0", "It is a branch: --branch abcdef0"],
    ["commit", "dddd", undefined],
  ])("says of %s %s what it is, or what was meant", (kind, ref, hint) => {
    const error = unknownRevision({ ...request(ref), kind }, remote);
    expect(error).toMatchObject({ exitCode: 2, hint, message: expect.stringContaining(`is not a ${kind} of`) });
  });

  it("is what the repository is asked for", () => {
    expect(refPatterns({ ref: "x", kind: "branch" })).toEqual(["refs/heads/x"]);
    expect(refPatterns({ ref: "x", kind: "tag" })).toEqual(["refs/tags/x", "refs/tags/x^{}"]);
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
    expect(["HEAD", "x", "refs/tags/x"].map((ref) => refPatterns({ ref }))).toEqual([
      ["HEAD"],
      ["refs/heads/x", "refs/tags/x", "refs/tags/x^{}"],
      ["refs/tags/x", "refs/tags/x^{}"],
    ]);
  });
});
