import { describe, expect, it } from "vitest";
import type { LockOwner } from "../../../src/recipes/deploy/lock-owner.ts";
import { drawLooks, foldLooks, type HostLook, isStopped } from "../../../src/recipes/deploy/look-text.ts";

const sha = "0123456789".repeat(4);
const live = {
  id: "20261120101500",
  at: "2026-11-20T10:15:00.000Z",
  current: true,
  status: "live",
  revision: sha,
  branch: "main",
  user: "ada",
} as const;
const lock: LockOwner = {
  run: "0a1b",
  host: "app1",
  user: "bob",
  control: "laptop",
  since: "2026-11-20T10:00:00Z",
  command: "fake deploy",
  reason: "",
  now: "2026-11-20T10:05:00Z",
  life: "alive connected",
};
const bare: HostLook = {
  hosts: ["app1"],
  live,
  foreign: null,
  next: { id: null, revision: "f".repeat(40), branch: "main" },
  skipped: false,
  builds: ["update the mirror /srv/shop/repo"],
  linked: [],
  switches: true,
  removed: [],
  bad: null,
  packed: null,
  lock: null,
  waits: "",
  problems: [],
  remarks: [],
};

/** A row of the answer; undefined when it has none of this name. */
function rowOf(name: string, look: Partial<HostLook>, flow = "deploy"): string | undefined {
  const lines = drawLooks(flow, [{ ...bare, ...look }], null).split("\n");
  return lines
    .find((line) => line.startsWith(`  ${name}  `))
    ?.slice(name.length + 2)
    .trim();
}

const older = { id: "20261119101500", revision: sha, branch: "main" };

describe("what a dry run says of a host", () => {
  it.each<[row: string, look: Partial<HostLook>, flow: string, text: string | undefined]>([
    ["live", {}, "deploy", "20261120101500 (main 0123456)"],
    ["live", { live: null }, "deploy", "nothing is live: this would be the first deploy"],
    ["live", { live: null }, "rollback", "nothing"],
    ["then", {}, "deploy", "a new release (main fffffff)"],
    ["then", { skipped: true }, "deploy", "the same: that is live on all hosts already (skipSame), and --force deploys it again"],
    [
      "then",
      { next: { id: null, revision: "", branch: "main", reason: "no route to host" } },
      "deploy",
      "main, in a new release; which revision that is, only a host says: no route to host",
    ],
    ["then", { next: older, builds: null }, "rollback", "20261119101500 (main 0123456), which is there"],
    ["then", { next: older, builds: [] }, "rollback", "20261119101500 (main 0123456)"],
    ["then", { next: older, builds: null, switches: false }, "rollback", "20261119101500 (main 0123456): it stays"],
    ["then", { next: null }, "rollback", undefined],
    ["build", {}, "deploy", "update the mirror /srv/shop/repo"],
    ["build", { builds: [] }, "deploy", "nothing has to be brought there"],
    ["build", { builds: null }, "deploy", undefined],
    ["link", {}, "deploy", undefined],
    [
      "link",
      {
        linked: [
          { path: "log", missing: false },
          { path: ".env", missing: true },
        ],
      },
      "deploy",
      "log, .env (missing)",
    ],
    ["link", { linked: [{ path: "log", missing: false }], builds: null }, "rollback", undefined],
    ["live", { live: null }, "deploy", "nothing is live: this would be the first deploy"],
    ["live", { live: null, foreign: "releases/12" }, "deploy", "releases/12, which is no release of ours"],
    ["live", { live: null, foreign: "releases/12" }, "rollback", "releases/12, which is no release of ours"],
    ["live", { live: null }, "rollback", "nothing"],
    ["switch", {}, "deploy", "current -> the new release"],
    ["switch", { next: older }, "rollback", "current -> 20261119101500"],
    ["switch", { switches: false }, "deploy", undefined],
    ["remove", { removed: ["20261101000000", "20261102000000"] }, "deploy", "20261101000000, 20261102000000"],
    ["remove", {}, "deploy", undefined],
    ["mark bad", { bad: live.id }, "rollback", live.id],
    [
      "pack",
      { packed: "20261120101500" },
      "rollback",
      "20261120101500 into rolled-back-release-20261120101500.tar.gz, and remove it",
    ],
    ["lock", {}, "deploy", "free"],
    [
      "lock",
      { lock },
      "deploy",
      "locked by bob@laptop since 2026-11-20 10:00 UTC (5 min ago), for fake deploy. That run counts as alive: its connection is there. The deploy would end there.",
    ],
    [
      "lock",
      { lock: { ...lock, life: "dead gone" } },
      "deploy",
      "locked by bob@laptop since 2026-11-20 10:00 UTC (5 min ago), for fake deploy. That run is dead: its connection is gone, and nothing of it runs any more. The deploy would break it.",
    ],
    [
      "lock",
      { lock: { ...lock, life: "alive by-hand", reason: "db" }, waits: "5m" },
      "rollback",
      "locked by hand by bob@laptop since 2026-11-20 10:00 UTC (5 min ago): db. The rollback would wait for it, 5m at most.",
    ],
  ])("%s: %j, in a %s", (row, look, flow, text) => {
    expect(rowOf(row, look, flow)).toBe(text);
  });

  it.each<[boolean, Partial<HostLook>]>([
    [false, {}],
    [false, { lock: { ...lock, life: "dead restarted" } }],
    [false, { remarks: ["Its clock is 5 min ahead."] }],
    [true, { lock }],
    [false, { lock, waits: "5m" }],
    [true, { lock: { ...lock, life: undefined } }],
    [true, { problems: [{ message: "The program git is not installed, or not in the PATH." }] }],
  ])("would it not start: %s with %j", (stopped, look) => {
    expect(isStopped({ ...bare, ...look })).toBe(stopped);
  });

  it("says what is wrong, with what to do, and what is odd", () => {
    const problems = [{ message: "The linked file .env is missing.", hint: "Put it there once: scp .env app1:" }];
    const text = drawLooks("deploy", [{ ...bare, problems, remarks: ["Its clock is 5 min ahead."] }], null);
    expect(text).toContain(
      "  ! The linked file .env is missing.\n  !   Put it there once: scp .env app1:\n  ? Its clock is 5 min ahead.\n",
    );
  });

  it("says why nothing is done anywhere", () => {
    const text = drawLooks("rollback", [{ ...bare, next: null }], { message: "There is no release x.", hint: "Choose one." });
    expect(text).toMatch(/There is no release x\.\nChoose one\.\n$/);
  });
});

describe("hosts of one look", () => {
  const on = (host: string, look: Partial<HostLook> = {}): HostLook => ({ ...bare, ...look, hosts: [host] });
  const folded = (...looks: HostLook[]): string =>
    foldLooks(looks)
      .map(({ hosts }) => hosts.join("+"))
      .join(" ");

  it.each<[string, readonly HostLook[]]>([
    ["app1+app2", [on("app1"), on("app2")]],
    ["app1+app3 app2", [on("app1"), on("app2", { removed: ["20261101000000"] }), on("app3")]],
    ["app1 app2", [on("app1"), on("app2", { live: null })]],
    ["app1 app2", [on("app1"), on("app2", { lock })]],
    [
      "app1+app2",
      [on("app1", { lock }), on("app2", { lock: { ...lock, run: "9f", host: "app2", now: "2026-11-20T10:05:01Z" } })],
    ],
    ["app1 app2", [on("app1", { lock }), on("app2", { lock: { ...lock, user: "eve" } })]],
  ])("are folded where all is the same: %s", (names, looks) => {
    expect(folded(...looks)).toBe(names);
  });
});
