import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../../src/errors.ts";
import { type AdoptingHost, planAdoption } from "../../../src/recipes/deploy/adopt.ts";
import { formatReleaseId } from "../../../src/recipes/deploy/release-id.ts";
import { type HostState, parseState } from "../../../src/recipes/deploy/state.ts";
import { parseSurvey, type Survey } from "../../../src/recipes/deploy/survey.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 10);

/** A host with releases `NAME:COMMIT`, a day apart, the newest of them live. */
function host(name: string, releases: string): AdoptingHost {
  const names = releases.split(" ").map((each) => each.split(":") as [string, string]);
  const found = names.map(([release, sha], at): Survey["found"][number] => {
    return { name: release, time: NOW - (names.length - at) * DAY, state: "good", revision: sha, branch: "", user: "" };
  });
  const current = { kind: "link", target: "x", id: undefined, dangling: false } as const;
  const state = { current, releases: [], history: [], taken: [], removing: [], foreign: [], clock: "", source: [], finished: "" };
  const survey = { maker: "Deployer", busy: [], found, others: [], misdated: [], live: names.at(-1)?.[0] };
  return { host: name, paths: {} as AdoptingHost["paths"], state, survey, problems: [] };
}

describe("what keeps a host from being adopted", () => {
  const link = (target: string, dangling = false): HostState["current"] => ({ kind: "link", target, id: undefined, dangling });

  it.each<[string, RegExp, Partial<HostState>, Partial<Survey>]>([
    ["a directory", /is a directory, and no link/, { current: { ...link(""), kind: "directory" } }, {}],
    ["nothing live", /Nothing is live/, { current: { ...link(""), kind: "missing" } }, {}],
    ["a link that dangles", /points to releases\/7, which does not exist/, { current: link("releases/7", true) }, {}],
    ["a link to elsewhere", /points to \/usr, which is not one of the releases/, { current: link("/usr") }, { live: undefined }],
    ["a deploy under way", /Deployer is deploying, or has left its lock: \/x\/deploy.lock/, {}, { busy: ["/x/deploy.lock"] }],
    ["a release that is not finished", /is live, and not finished/, {}, { live: "3" }],
  ])("is %s, of which it is told with what does no harm", (_, said, state, survey) => {
    const good = host("app1", "1:a 2:b 3:c");
    const found = good.survey.found.map((each) => (each.name === "3" ? { ...each, state: "unfinished" as const } : each));
    const other = {
      ...good,
      host: "app2",
      state: { ...good.state, ...state },
      survey: { ...good.survey, ...(survey.live === "3" ? { found } : {}), ...survey },
    };
    const error = attempt(() => planAdoption([good, other], NOW));
    expect(error).toBeInstanceOf(ProblemsError);
    const { problems } = error as ProblemsError;
    expect(problems).toEqual([{ message: expect.stringMatching(said), hint: expect.any(String) }]);
    // What may serve a site is nobody's to remove.
    expect(problems[0]?.hint).not.toMatch(/\b(?:remove|delete|move)\b/);
    if (problems[0]?.message.includes("no link")) expect(problems[0].hint).not.toContain("link");
  });

  it("is what cannot be written to, on any of them", () => {
    const problems = [{ message: "Cannot write to /x/releases.", hint: "Let it." }];
    const error = attempt(() => planAdoption([host("app1", "1:a"), { ...host("app2", "1:a"), problems }], NOW));
    expect((error as ProblemsError).problems).toEqual([{ message: "app2: Cannot write to /x/releases.", hint: "Let it." }]);
  });

  function attempt(act: () => unknown): unknown {
    try {
      return act();
    } catch (error) {
      return error;
    }
  }
});

describe("what is said of an adoption", () => {
  const warnings = (maker: string): readonly string[] => {
    const one = host("app1", "1:a");
    return planAdoption([{ ...one, survey: { ...one.survey, maker } }], NOW)[0]?.left ?? [];
  };

  it.each(["Mina", "Ansistrano"])("warns of the cleanup of %s, which counts all names", (maker) => {
    expect(warnings(maker)).toEqual([expect.stringMatching(`^deploy with ${maker} no more: its cleanup`)]);
    expect(warnings("Deployer")).toEqual([]);
  });

  it("is one line for each kind, however many there are and whatever is in a name", () => {
    const one = host("app1", "1:a");
    const others = ["a\u001b[2Jb", ...Array.from({ length: 11 }, (_, at) => `d${at}`)];
    const [plan] = planAdoption([{ ...one, survey: { ...one.survey, others } }], NOW);
    expect(plan?.left).toEqual([
      "a [2Jb, d0, d1, d2, d3, d4, d5, d6, d7, d8, and 2 more: nothing says that this is a release: left alone",
    ]);
  });
});

describe("ids of what is adopted", () => {
  const idsOf = (...hosts: readonly AdoptingHost[]): readonly Readonly<Record<string, string>>[] =>
    planAdoption(hosts, NOW).map(({ links }) => Object.fromEntries(links.map(({ id, name }) => [name, id])));

  it("are the same for the same commit on a host that came late and counts from 1", () => {
    const [early, late] = idsOf(host("app1", "1:a 2:b 3:c"), host("app2", "1:b 2:c"));
    expect([late?.["1"], late?.["2"]]).toEqual([early?.["2"], early?.["3"]]);
  });

  it("are different for different commits under one name, and in the order of each host", () => {
    const [one, other] = idsOf(host("app1", "1:a 2:b"), host("app2", "1:a 2:c"));
    expect(one?.["2"]).not.toBe(other?.["2"]);
    for (const ids of [one, other]) expect((ids?.["1"] ?? "") < (ids?.["2"] ?? "")).toBe(true);
  });

  it("tell deploys of the same commit apart, and go by the name where no commit is known", () => {
    const [ids] = idsOf(host("app1", "1:a 2:a 3:a"));
    expect(new Set(Object.values(ids ?? {})).size).toBe(3);
    const [one, other] = idsOf(host("app1", "8: 9:"), host("app2", "9:"));
    expect(other?.["9"]).toBe(one?.["9"]);
  });

  const DATES = [
    ["is in the future", "20991231235959"],
    ["is in the future in a year of five digits", "99991231235959"],
    ["is of the year 1", "00010101000000"],
    ["is of the day that clocks begin with", "19700101000000"],
  ] as const;

  it.each(DATES)("that an earlier adoption has given count on their host alone where their date %s", (_, odd) => {
    const before = host("app1", "1:a 2:b 3:c");
    const releases = parseState(`release ${odd} \nadopted ${odd} 3`, {} as AdoptingHost["paths"]).releases;
    const [one, other] = idsOf({ ...before, state: { ...before.state, releases, taken: [odd] } }, host("app2", "1:a 2:b 3:c"));
    expect([one?.["1"], one?.["2"], one?.["3"]]).toEqual([other?.["1"], other?.["2"], undefined]);
    expect(Object.values(other ?? {})).toEqual(["20260107000000", "20260108000000", "20260109000000"]);
  });

  it.each(DATES)("are not taken from a name or a log whose date %s, and that is said", (_, odd) => {
    const day = `${odd.slice(0, 4)}-${odd.slice(4, 6)}-${odd.slice(6, 8)}T00:00:00+0000`;
    const of = (maker: string, name: string, more = ""): AdoptingHost => {
      const text = `maker ${maker}\nfound 20260105000000 - - ${name}\nlive ${name}\n${more}`;
      return { ...host("app1", "1:a"), survey: parseSurvey(text, NOW) };
    };
    const logged = `dep ${JSON.stringify({ release_name: "1", created_at: day })}`;
    for (const each of [of("Ansistrano", `${odd}Z`), of("Deployer", "1", logged), of("Deployer", "1", `dep ${odd},1`)]) {
      const [plan] = planAdoption([each], NOW);
      expect(plan?.links.map(({ id }) => id)).toEqual(["20260105000000"]);
      expect(plan?.left.join("\n")).toMatch(/^(1|\d+Z): a date that cannot be meant|\n\d+Z: a date that cannot be meant/);
    }
  });

  it("are chosen for many releases among many ids that are taken", () => {
    const many = 20_000;
    const names = Array.from({ length: many }, (_, at) => `${at + 1}:`).join(" ");
    const one = host("app1", names);
    const found = one.survey.found.map((release) => ({ ...release, time: NOW }));
    const taken = Array.from({ length: many }, (_, at) => formatReleaseId(NOW - at * 1000));
    const [ids = {}] = idsOf({ ...one, survey: { ...one.survey, found }, state: { ...one.state, taken } });
    expect(new Set(Object.values(ids)).size).toBe(many);
    expect([ids[String(many)], ids["1"]]).toEqual([
      formatReleaseId(NOW - many * 1000),
      formatReleaseId(NOW - (2 * many - 1) * 1000),
    ]);
  });

  it("are others where the one that another host has is taken by something else", () => {
    const [before, after] = [host("app1", "1:a"), host("app2", "1:a")];
    const id = "20260105000000";
    const releases = parseState(`release ${id} \nadopted ${id} 1`, {} as AdoptingHost["paths"]).releases;
    const [, other] = idsOf(
      { ...before, state: { ...before.state, releases, taken: [id] } },
      { ...after, state: { ...after.state, taken: [id] } },
    );
    expect(other?.["1"]).toBe("20260109000000");
  });
});
