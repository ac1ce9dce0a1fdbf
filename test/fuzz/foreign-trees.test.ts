import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planAdoption } from "../../src/recipes/deploy/adopt.ts";
import { deployPaths } from "../../src/recipes/deploy/paths.ts";
import { formatReleaseId, isReleaseId } from "../../src/recipes/deploy/release-id.ts";
import { parseState } from "../../src/recipes/deploy/state.ts";
import { parseSurvey } from "../../src/recipes/deploy/survey.ts";
import { fuzz, mutated, orRefused } from "./fuzz.ts";

const SHA = "1234567890abcdef1234567890abcdef12345678";
const ID = "20261120101500";
const root = "/srv/app";
const paths = deployPaths({
  deployPath: root,
  releasesPath: `${root}/releases`,
  sharedPath: `${root}/shared`,
  repoPath: `${root}/repo`,
  currentPath: `${root}/current`,
});
const id = fc.nat(4_000_000_000).map((seconds) => formatReleaseId(seconds * 1000));
const field = fc.string({ unit: "binary", maxLength: 12 });

describe("what hosts say of another tool", () => {
  const name = fc.constantFrom("1", "2", "10", "007", "20260101000000Z", "20991231235959Z", "00010101000000Z", ID, "blue", "a b");
  const said = fc.oneof(
    fc
      .tuple(id, fc.constantFrom(SHA, "-", "x"), fc.constantFrom("-", "bad", "unfinished"), name)
      .map((all) => `found ${all.join(" ")}`),
    fc.tuple(name, id).map(([release, at]) => `dep ${JSON.stringify({ release_name: release, created_at: at, user: 7 })}`),
    fc.tuple(id, name).map(([at, release]) => `dep ${at},${release}`),
    fc.tuple(id, name).map(([release, to]) => `release ${release} ${SHA}\nadopted ${release} ${to}`),
    id.map((release) => `taken ${release}`),
    field.map((text) => `dep ${text}`),
  );
  const maker = fc.constantFrom("Deployer", "Mina", "Ansistrano", "Shipit", "pm2 deploy", "another tool");
  const text = fc.tuple(maker, fc.array(said, { maxLength: 12 })).map(([tool, lines]) => [`maker ${tool}`, ...lines].join("\n"));

  it("comes to one id for each release, which is free, whatever it is", () => {
    const now = Date.UTC(2026, 10, 20);
    const read = (output: string, at: number) => {
      const found = parseSurvey(output, now);
      const survey = { ...found, live: found.found.find(({ state }) => state !== "unfinished")?.name };
      const current = { kind: "link", target: "x", id: undefined, dangling: false } as const;
      return { host: `app${at}`, paths, state: { ...parseState(output, paths), current }, survey, problems: [] };
    };
    fuzz(fc.array(fc.oneof(text, mutated(text)), { minLength: 1, maxLength: 3 }), (outputs) => {
      const hosts = outputs.map(read).filter(({ survey }) => survey.live !== undefined);
      const plans = orRefused(() => planAdoption(hosts, now)) ?? [];
      for (const [at, { links, entries }] of plans.entries()) {
        const ids = links.map((link) => link.id);
        expect(ids.every(isReleaseId)).toBe(true);
        for (const all of [ids, links.map((link) => link.name), entries.map((entry) => entry.id)])
          expect(new Set(all).size).toBe(all.length);
        expect(hosts[at]?.state.taken.filter((taken) => ids.includes(taken))).toEqual([]);
      }
    });
  });
});
