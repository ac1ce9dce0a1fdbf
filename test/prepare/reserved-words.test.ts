import { expect, it } from "vitest";
import { verbs } from "../../src/cli/argv/verbs.ts";
import { RESERVED_WORDS } from "../../src/prepare/reserved-words.ts";

it("the words that no task may have are those of the command line", () => {
  expect([...RESERVED_WORDS].sort()).toEqual(["help", ...verbs.map(({ name }) => name)].sort());
});
