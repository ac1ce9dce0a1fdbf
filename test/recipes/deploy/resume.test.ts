import { describe, expect, it } from "vitest";
import type { JournalStatus } from "../../../src/recipes/deploy/journal.ts";
import { isBuilt, pickUnfinished } from "../../../src/recipes/deploy/resume.ts";
import type { HostState, ReleaseState } from "../../../src/recipes/deploy/state.ts";

const [OLD, NEW, NEWER] = ["20261120101500", "20261120111500", "20261120121500"] as const;
const SHA = "a".repeat(40);

function release(
  id: string,
  status: JournalStatus,
  options: { sha?: string; current?: boolean; present?: boolean } = {},
): ReleaseState {
  const { sha = SHA, current = false, present = true } = options;
  const entry = { id, status, time: "2026-11-20T10:15:00Z", sha, branch: "main", user: "ada", run: "run1" };
  return { id, status, current, present, revision: sha, branch: "main", user: "ada", entry, logged: undefined };
}

function host(name: string, ...releases: readonly ReleaseState[]): { host: string; state: HostState } {
  const current = releases.find((each) => each.current);
  const link = {
    kind: current === undefined ? "missing" : "link",
    target: current?.id ?? "",
    id: current?.id,
    dangling: false,
  } as const;
  return {
    host: name,
    state: { current: link, releases, history: [], taken: [], foreign: [], removing: [], clock: NEWER, source: [], finished: "" },
  };
}

const old = release(OLD, "live", { current: true });

describe("the deploy to finish", () => {
  it.each<[string, ReturnType<typeof host>[]]>([
    ["was being built", [host("app1", old, release(NEW, "building")), host("app2", old, release(NEW, "building"))]],
    [
      "is live on some",
      [host("app1", old, release(NEW, "live", { current: true })), host("app2", old, release(NEW, "complete"))],
    ],
    ["has not reached a host", [host("app1", old, release(NEW, "building")), host("app2")]],
    [
      "has failed on a host",
      [host("app1", release(NEW, "live", { current: true })), host("app2", old, release(NEW, "failed", { present: false }))],
    ],
  ])("is the newest that %s", (_, hosts) => {
    expect(pickUnfinished(hosts)).toEqual({ id: NEW, sha: SHA, branch: "main" });
  });

  it.each<[string, string, ReturnType<typeof host>[]]>([
    ["NOTHING_TO_RESUME", "no journal", [host("app1"), host("app2")]],
    ["NOTHING_TO_RESUME", "all are on it", [host("app1", release(NEW, "live", { current: true }))]],
    [
      "NOTHING_TO_RESUME",
      "it failed everywhere",
      [host("app1", old, release(NEW, "failed", { present: false })), host("app2", old)],
    ],
    [
      "RELEASE_BAD",
      "it was rolled back from",
      [host("app1", old, release(NEW, "bad")), host("app2", old, release(NEW, "building"))],
    ],
    [
      "RELEASE_OVERTAKEN",
      "a host is ahead",
      [
        host("app1", release(NEW, "building")),
        host("app2", {
          ...release(NEWER, "live", { current: true }),
          entry: undefined,
          logged: { branch: "main", user: "cap", revision: "", leftFor: "", rollbacks: 0 },
        }),
      ],
    ],
    ["REVISION_UNKNOWN", "nobody knows the commit", [host("app1", old, release(NEW, "building", { sha: "" }))]],
    [
      "REVISIONS_DIFFER",
      "two commits have its name",
      [host("app1", release(NEW, "building")), host("app2", release(NEW, "building", { sha: "b".repeat(40) }))],
    ],
  ])("is refused with %s when %s", (code, _, hosts) => {
    expect(() => pickUnfinished(hosts)).toThrow(expect.objectContaining({ code }));
  });

  it("is built again unless it was complete", () => {
    const states = (["building", "complete", "live", "failed"] as const).map((status) => isBuilt(release(NEW, status)));
    expect(states).toEqual([false, true, true, false]);
    expect([isBuilt(undefined), isBuilt(release(NEW, "live", { present: false }))]).toEqual([false, false]);
  });
});
