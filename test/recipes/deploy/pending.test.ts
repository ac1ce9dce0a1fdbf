import { describe, expect, it } from "vitest";
import type { ReleaseInfo } from "../../../src/recipes/deploy/listing.ts";
import { drawPending, type PendingDeploy } from "../../../src/recipes/deploy/pending.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)] as const;
const live: ReleaseInfo = {
  id: "20261120101500",
  at: "2026-11-20T10:15:00.000Z",
  current: true,
  status: "live",
  revision: A,
  branch: "main",
  user: "ada",
};
const commit = (subject: string) => ({ id: B, author: "Ada", date: "2026-11-20T10:00:00Z", subject });
const pending = (more: Partial<PendingDeploy>): string =>
  drawPending({
    hosts: ["app1", "app2"],
    live,
    next: { id: B, label: "main" },
    relation: "behind",
    commits: [],
    gone: [],
    files: [],
    ...more,
  });

describe("what is pending, in words", () => {
  it("lists commits and files", () => {
    const files = [
      { path: "src/a.ts", added: 10, removed: 2 },
      { path: "logo.png", added: null, removed: null },
    ];
    expect(pending({ commits: [commit("Add a"), commit("Add b")], files })).toBe(
      `app1, app2: 20261120101500 (main aaaaaaa) is live, main bbbbbbb would be deployed.
  2 commits to deploy:
    bbbbbbb  2026-11-20  Ada  Add a
    bbbbbbb  2026-11-20  Ada  Add b
  2 files changed, +10 -2 lines:
    +10  -2  src/a.ts
    -    -   logo.png
`,
    );
  });

  it.each<[Partial<PendingDeploy>, string]>([
    [{ relation: "same" }, "which is what would be deployed: nothing is pending."],
    [{ relation: "ahead", gone: [commit("Add a")] }, "which goes back.\n  1 commit that is live and would go:"],
    [{ relation: "diverged" }, "main bbbbbbb would be deployed, which has another history."],
    [{ relation: "unknown" }, "which is not in the repository any more; main bbbbbbb would be deployed."],
    [{ relation: "nothing-live", live: null }, "nothing is live, all of main bbbbbbb would be deployed."],
    [{ relation: "incomparable", next: { id: "v2", label: "v2" } }, "v2 would be deployed; only commits can be compared."],
  ])("says how what is live stands to it: %j", (more, text) => {
    expect(pending(more)).toContain(text);
  });

  it("names a commit once that was asked for by the beginning of its id", () => {
    expect(pending({ next: { id: B, label: "bbbbbbbbb" } })).toContain("is live, bbbbbbbbb would be deployed.");
  });

  it("counts what is too long to be read", () => {
    const text = pending({ commits: Array.from({ length: 45 }, (_, at) => commit(`Change ${at}`)) });
    expect(text).toContain("45 commits to deploy");
    expect(text).toContain("and 5 more: --json has all");
    expect(text).not.toContain("Change 40");
  });
});
