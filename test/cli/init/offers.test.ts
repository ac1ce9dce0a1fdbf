import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { chooseOffers, findReason, type Offer, readOffers } from "../../../src/cli/init/offers.ts";
import { entryPoints } from "../../../src/cli/package/entry-points.ts";
import { createUnattendedPrompter } from "../../../src/execution/unattended-prompter.ts";
import { createEntryPoints } from "../../../src/loader/entry-points.ts";
import type { Prompter } from "../../../src/runner/prompter.ts";
import { fake, project } from "../run-cli.ts";

const shipped = readOffers(resolve(import.meta.dirname, "../../../templates/recipes"));

const apples: Offer = {
  name: "apples",
  what: "put apples in",
  found: ["apple.json", "*.seed"],
  code: "  use(apples());\n",
  yaml: "",
};
const pears: Offer = { name: "pears", what: "put pears in", found: ["orchard/pear"], code: "  use(pears());\n", yaml: "" };
const plums: Offer = { name: "plums", what: "put plums in", code: "  use(plums());\n", yaml: "" };
const offers = [apples, pears, plums];

/** Answers with what it is told, and remembers what it was asked. */
function person(answer: string | undefined): Prompter & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    ...createUnattendedPrompter(),
    asked,
    async ask(question, how) {
      asked.push(`${question} [${how?.default}]`);
      return answer ?? how?.default ?? "";
    },
  };
}

const names = (chosen: readonly Offer[]): readonly string[] => chosen.map(({ name }) => name);

describe("what init offers", () => {
  it("names every recipe that ships, and nothing else", () => {
    const { recipes } = createEntryPoints(entryPoints, "0.0.0");
    expect(names(shipped)).toEqual(recipes.filter((name) => name !== "deploy").sort());
  });

  it("is read from files: a line about it, TypeScript, and settings in YAML", () => {
    const folder = mkdtempSync(join(tmpdir(), "offers-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const about = { what: "put apples in", found: ["apple.json"], restarts: true };
    writeFileSync(
      join(folder, "apples.template"),
      `${JSON.stringify(about)}\n  use(apples());\n  // more\n---\n  appleCount: 3\n`,
    );
    writeFileSync(join(folder, "plums.template"), `{"what":"put plums in"}\n  use(plums());\n`);
    expect(readOffers(folder)).toEqual([
      { name: "apples", ...about, code: "  use(apples());\n  // more\n", yaml: "  appleCount: 3\n" },
      { name: "plums", what: "put plums in", code: "  use(plums());\n", yaml: "" },
    ]);
  });

  it("fits a project by its files", () => {
    const found = (files: Readonly<Record<string, string>>): unknown => offers.map((offer) => findReason(offer, project(files)));
    expect(found({ "apple.json": "{}" })).toEqual(["apple.json", undefined, undefined]);
    expect(found({ "old.seed": "", "orchard/pear": "" })).toEqual(["old.seed", "orchard/pear", undefined]);
    expect(found({ "pear/old.seed": "" })).toEqual([undefined, undefined, undefined]);
  });

  it("takes those that the project has files for, where nobody is there to ask", async () => {
    const folder = project({ "apple.json": "{}" });
    expect(names(await chooseOffers(offers, { folder, named: undefined, prompter: undefined }))).toEqual(["apples"]);
  });

  it("asks a person, with those that fit as the answer to begin with", async () => {
    const folder = project({ "apple.json": "{}" });
    const agreeing = person(undefined);
    expect(names(await chooseOffers(offers, { folder, named: undefined, prompter: agreeing }))).toEqual(["apples"]);
    expect(agreeing.asked).toEqual([
      "  apples  put apples in  found apple.json\n  pears   put pears in\n  plums   put plums in\nRecipes to begin with, or none [apples]",
    ]);
    expect(names(await chooseOffers(offers, { folder, named: undefined, prompter: person("plums, pears") }))).toEqual([
      "pears",
      "plums",
    ]);
    expect(names(await chooseOffers(offers, { folder, named: undefined, prompter: person("none") }))).toEqual([]);
  });

  it("takes those that are named, or none", async () => {
    const folder = project({ "apple.json": "{}" });
    const nobody = undefined;
    expect(names(await chooseOffers(offers, { folder, named: ["plums", "apples"], prompter: nobody }))).toEqual([
      "apples",
      "plums",
    ]);
    expect(names(await chooseOffers(offers, { folder, named: ["none"], prompter: nobody }))).toEqual([]);
    await expect(chooseOffers(offers, { folder, named: ["plumbs"], prompter: nobody })).rejects.toMatchObject({
      message: 'No recipe is called "plumbs".',
      hint: 'Did you mean "plums"?',
    });
  });
});

describe("a deployfile of init", () => {
  it("refuses a recipe that there is not, and writes nothing", async () => {
    const folder = project({});
    const { code, stderr } = await fake(folder, ["init", "--with", "apples"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('No recipe is called "apples".')]);
    expect(() => readFileSync(join(folder, "deployfile.ts"))).toThrow();
  });

  it.each([...shipped.map(({ name }) => [name]), names(shipped), []])("loads, with its recipes: %j", async (...chosen) => {
    for (const [file, ...how] of [["deployfile.ts"], ["deployfile.yaml", "--yaml"]]) {
      const folder = project({});
      await fake(folder, ["init", "--with", chosen.join(",") || "none", ...how]);
      const text = readFileSync(join(folder, file ?? ""), "utf8");
      for (const name of chosen) expect(text).toContain(name);
      const { code, stderr } = await fake(folder, ["plan", "deploy", "--all"]);
      expect([code, stderr]).toEqual([0, ""]);
    }
  });
});
