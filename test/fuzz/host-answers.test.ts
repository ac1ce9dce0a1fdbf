import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findingsError } from "../../src/recipes/deploy/check-findings.ts";
import { escapeField, type JournalStatus, parseJournal, unescapeField } from "../../src/recipes/deploy/journal.ts";
import { listReleases } from "../../src/recipes/deploy/listing.ts";
import { describeOwner, parseOwner } from "../../src/recipes/deploy/lock-owner.ts";
import { deployedLine } from "../../src/recipes/deploy/log-revision.ts";
import { formatReleaseId, isReleaseId, nextReleaseId } from "../../src/recipes/deploy/release-id.ts";
import { isCommitId } from "../../src/recipes/deploy/revision.ts";
import { pickTarget } from "../../src/recipes/deploy/rollback.ts";
import { repoUrlSchema } from "../../src/recipes/deploy/setting-schemas.ts";
import { parseState } from "../../src/recipes/deploy/state.ts";
import { findRevision, parseRemoteRefs, pickCommit, unknownRevision } from "../../src/recipes/deploy/strategies/git-refs.ts";
import { gitReason } from "../../src/recipes/deploy/strategies/remote-refs.ts";
import { parseRepository } from "../../src/recipes/deploy/strategies/repository.ts";
import { readTagged } from "../../src/recipes/deploy/tagged-lines.ts";
import { pathsBelow } from "../recipes/deploy/paths-below.ts";
import { endsSoon, fuzz, HUGE, mutated, orRefused, soup } from "./fuzz.ts";

const SHA = "1234567890abcdef1234567890abcdef12345678";
const ID = "20261120101500";
const paths = pathsBelow("/srv/app");

/** Any text of whole characters: what is left of bytes once they were decoded. */
const field = fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
const statuses: readonly JournalStatus[] = ["building", "complete", "live", "failed", "bad"];
const id = fc.nat(4_000_000_000).map((seconds) => formatReleaseId(seconds * 1000));
const journalLine = fc
  .tuple(id, fc.constantFrom(...statuses), field, field, field, field)
  .map(([release, status, ...fields]) => `${release} ${status} 2026-11-20T10:00:00Z ${fields.map(escapeField).join(" ")} ;`);
const stateText = fc
  .array(
    fc.oneof(
      journalLine.map((line) => `journal ${line}`),
      fc.tuple(id, field).map(([release, user]) => `log ${deployedLine({ branch: "main", sha: SHA, id: release, user })}`),
      id.map((release) => `release ${release} ${SHA}`),
      fc.constantFrom(
        "clock 20261120101500",
        "current directory",
        "current other",
        "current dangling",
        "parent /srv/app/releases",
        "source x",
      ),
      id.map((release) => `link /srv/app/releases/${release}`),
      field.map((name) => `foreign ${name}`),
      fc.constantFrom(`taken ${ID}`, "releases /srv/app/releases", "taken 20261399999999"),
    ),
    { maxLength: 8 },
  )
  .map((lines) => lines.join("\n"));
const hostText = fc.oneof(
  stateText,
  mutated(stateText),
  soup(
    "\n",
    " ",
    "journal ",
    "log ",
    "release ",
    "link ",
    ID,
    SHA,
    ";",
    "live",
    "Branch ",
    " (at ",
    ") deployed as release ",
    " by ",
  ),
);

describe("what a host says of its releases", () => {
  it("is read, whatever it is", () => {
    fuzz(hostText, (text) => {
      const state = parseState(text, paths);
      for (const release of state.releases) expect(isReleaseId(release.id)).toBe(true);
      expect(state.releases.map((release) => release.id)).toEqual(
        [...new Set(state.releases.map((release) => release.id))].sort(),
      );
      expect(state.releases.filter((release) => release.current).length).toBeLessThanOrEqual(1);
      for (const release of listReleases(state)) expect(Number.isNaN(Date.parse(release.at))).toBe(false);
      expect(isReleaseId(nextReleaseId(Date.UTC(2026, 10, 20), [...state.taken, ...state.releases.map((each) => each.id)]))).toBe(
        true,
      );
      orRefused(() => pickTarget([{ host: "app1", state }]));
    });
  });

  it("is read as it was written", () => {
    fuzz(fc.tuple(id, fc.constantFrom(...statuses), field, field, field, field), ([release, status, sha, branch, user, run]) => {
      const line = `${release} ${status} 2026-11-20T10:00:00Z ${[sha, branch, user, run].map(escapeField).join(" ")} ;`;
      expect(parseJournal(line)).toEqual([{ id: release, status, time: "2026-11-20T10:00:00Z", sha, branch, user, run }]);
      expect(parseState(`journal ${line}`, paths).releases).toMatchObject([{ id: release, entry: { sha, branch, user, run } }]);
    });
  });

  it("is read from revisions.log as it was written there", () => {
    const word = field.map((text) => text.replaceAll(/[\p{C}\s]+/gu, " ").trim());
    const user = word.filter((text) => text !== "");
    fuzz(fc.tuple(id, word, user), ([release, branch, by]) => {
      const line = deployedLine({ branch, sha: SHA, id: release, user: by });
      expect(parseState(`log ${line}`, paths).releases).toMatchObject([{ id: release, logged: { branch, user: by } }]);
    });
  });

  it("has fields that are one word each, and come back", () => {
    fuzz(field, (text) => {
      expect(escapeField(text)).toMatch(/^[^\s\p{C}]+$/u);
      expect(unescapeField(escapeField(text))).toBe(text);
    });
    fuzz(soup("%", "%2", "%25", "%E9", "%FF", "-", "%2D"), (text) => expect(typeof unescapeField(text)).toBe("string"));
  });
});

describe("the rest that a host says", () => {
  const lines = soup(
    "\n",
    "locked",
    "run ",
    "host ",
    "user ",
    "since ",
    "missing ",
    "kind file ",
    "space ",
    "inodes ",
    "tool ",
    "problem ",
    "9",
  );

  it("of its lock, is read whatever it is", () => {
    fuzz(lines, (text) => {
      const owner = parseOwner(text);
      if (owner !== undefined) expect(describeOwner(owner)).not.toBe("");
    });
    fuzz(fc.array(field, { minLength: 7, maxLength: 7 }), (fields) => {
      const names = ["run", "host", "user", "control", "since", "command", "reason"] as const;
      const text = `locked\n${names.map((name, index) => `${name} ${escapeField(fields[index] ?? "")}`).join("\n")}`;
      const owner = parseOwner(text);
      expect(names.map((name) => owner?.[name])).toEqual(fields);
    });
  });

  it("of what is wrong and what was removed, is read whatever it is", () => {
    fuzz(lines, (text) => {
      findingsError(text, { paths, login: "app1", minFreeSpace: 1000 });
      readTagged(text)("kept");
    });
  });
});

describe("what a repository says of its refs", () => {
  const ref = soup(SHA, "\t", "\n", "refs/heads/", "refs/tags/", "main", "HEAD", "^{}", "ref: ", SHA.slice(0, 7));

  it("is read whatever it is, and gives commits only", () => {
    fuzz(fc.tuple(ref, fc.constantFrom("main", "HEAD", "refs/heads/main", "1234567", SHA, "__proto__")), ([text, name]) => {
      const refs = parseRemoteRefs(text);
      const request = { url: "https://example.com/app.git", password: undefined, ref: name };
      const found = orRefused(() => findRevision(request, refs));
      if (typeof found === "object") expect(isCommitId(found.id)).toBe(true);
      expect(unknownRevision(request, refs).exitCode).toBe(2);
      orRefused(() => pickCommit(request, text.split("\n"), refs));
      gitReason(new Error(text));
    });
  });

  it("never shows the password of its URL", () => {
    const part = fc.string({ unit: fc.constantFrom(..."ab:@/%?#[] "), maxLength: 10 });
    // Behind an @ and a slash, nobody can tell a password from a path.
    const start = part.filter((text) => !/@.*[/?#]/.test(text));
    fuzz(
      fc.tuple(fc.constantFrom("http", "https", "ssh", "git", "HTTPS", "Http"), part, start, part),
      ([scheme, user, more, rest]) => {
        // Found once: a host that is none, and all behind it a fragment.
        const given = `${scheme}://${user.replaceAll(/[/?#]/g, "")}:${more}s3cr3t-word@example.com/${rest}`;
        const url = repoUrlSchema.safeParse(given).success ? parseRepository(given).url : "refused";
        expect(url).not.toContain("s3cr3t-word");
      },
    );
  });
});

describe("a host that says one huge line", () => {
  it.each([
    ["journal", `${ID} live `.repeat(HUGE / 20)],
    ["journal", "9".repeat(HUGE)],
    ["journal", `${ID} a ${"x ".repeat(HUGE / 2)};`],
    ["log", `Branch ${" (at ".repeat(HUGE / 5)}`],
    ["log", `Branch ${" (at x) deployed as release 2026".repeat(HUGE / 32)}`],
    ["link", `${"/".repeat(HUGE)}x`],
    ["foreign", `${"x".repeat(HUGE)}\r`],
    ["x".repeat(HUGE), "\r"],
  ])("of %.10s is not waited for", (tag, text) => {
    expect(endsSoon(() => parseState(`${tag} ${text}`, paths)).releases).toEqual([]);
  });

  it.each([`${SHA}\t${"^{}".repeat(HUGE / 3)}`, `ref: refs/heads/${"x".repeat(HUGE)}`, "\t".repeat(HUGE)])(
    "of refs is not waited for: %.20s",
    (text) => {
      endsSoon(() => parseRemoteRefs(text));
      endsSoon(() => gitReason(new Error(text)));
      endsSoon(() => parseOwner(`locked\n${text}`));
      endsSoon(() => findingsError(text, { paths, login: "a", minFreeSpace: 1 }));
    },
  );
});
