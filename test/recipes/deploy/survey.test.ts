import { describe, expect, it } from "vitest";
import { parseSurvey } from "../../../src/recipes/deploy/survey.ts";

const NOW = Date.UTC(2026, 0, 10);
const SHA = "1234567890abcdef1234567890abcdef12345678";

/** @param found lines without the time */
const survey = (maker: string, found: readonly string[], more: readonly string[] = []) =>
  parseSurvey([`maker ${maker}`, ...found.map((line) => `found 20260101000000 ${line}`), ...more].join("\n"), NOW);

describe("what is found in a tree", () => {
  const NAMES = [
    "1",
    "12",
    "20250101120000",
    "20250101120000Z",
    "db-dumps",
    "1.bak",
    "v1.2",
    "20250101120000-copy",
    "a b",
    "20250101",
  ];

  it.each([
    ["Deployer", "good by its log", ["1", "v1.2"], "unknown", ["12", "20250101120000", "20250101"]],
    ["Mina", "good", ["1", "12", "20250101120000", "20250101"], "unknown", []],
    ["Ansistrano", "good", [], "unknown", ["20250101120000", "20250101120000Z"]],
    ["Shipit", "good", [], "unknown", ["20250101120000"]],
    ["another tool", "good", [], "unknown", ["20250101120000"]],
    ["__proto__", "good", [], "unknown", ["20250101120000"]],
  ])("of %s are releases by the names that it gives, and %s by what it vouches for", (maker, _, good, __, unknown) => {
    const log = ["1", "v1.2", "gone"].map(
      (name) => `dep ${JSON.stringify({ release_name: name, created_at: "2025-01-01T12:00:00+0000" })}`,
    );
    const { found, others } = survey(
      maker,
      NAMES.map((name) => `- - ${name}`),
      maker === "Deployer" ? log : [],
    );
    const of = (wanted: string): readonly string[] => found.flatMap(({ name, state }) => (state === wanted ? [name] : []));
    expect([of("good"), of("unknown")].map((names) => [...names].sort())).toEqual([[...good].sort(), [...unknown].sort()]);
    expect([...others, ...good, ...unknown].sort()).toEqual([...NAMES].sort());
  });

  it("has what is live, whatever that is called, and what is bad or not finished", () => {
    const { found, live } = survey("Deployer", ["- - blue", "- bad 7", "- unfinished 8"], ["live blue"]);
    expect([live, found.map(({ name, state }) => [name, state])]).toEqual([
      "blue",
      [
        ["blue", "unknown"],
        ["7", "bad"],
        ["8", "unfinished"],
      ],
    ]);
  });

  it.each([
    [SHA, SHA],
    ["hello", ""],
    ["20260101000000Z", ""],
    ["-", ""],
    ["v1.2.3", ""],
  ])("is the commit %j only where that is one", (said, revision) => {
    expect(survey("Mina", [`${said} - 1`]).found[0]?.revision).toBe(revision);
  });

  it("has the time, branch and user of Deployer's log, of version 6 as well", () => {
    const line = { created_at: "2025-01-02T12:00:00+0100", release_name: 7, user: "anton", target: "main" };
    const { found } = survey(
      "Deployer",
      ["- - 7", "- - 6"],
      [`dep ${JSON.stringify(line)}`, "dep 20250101120000,6", "dep {torn"],
    );
    expect(found.map(({ time, branch, user, state }) => [time, branch, user, state])).toEqual([
      [Date.UTC(2025, 0, 2, 11), "main", "anton", "good"],
      [Date.UTC(2025, 0, 1, 12), "", "", "good"],
    ]);
  });
});
