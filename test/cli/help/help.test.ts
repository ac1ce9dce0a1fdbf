import { expect, it } from "vitest";
import { vocabulary } from "../../../src/cli/argv/verbs.ts";
import { helpFor } from "../../../src/cli/help/help.ts";

const widths = [40, 72, 76, 80, 84, 100];

it.each(widths)("leaves no gap inside a group on a screen of %i columns", async (columns) => {
  for (const verb of [vocabulary.runVerb, ...vocabulary.verbs]) {
    const text = await helpFor(verb, vocabulary, columns);
    expect(text, verb.name).not.toMatch(/\n\n\n|\[boolean\]/);
  }
});
