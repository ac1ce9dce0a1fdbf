/** A strategy that does not ship with us, as `docs/writing-a-recipe.md` shows it. */
import { mkdirSync, rmSync } from "node:fs";
import { copy } from "../fixtures/docking/strategies/copy.ts";
import { writeFiles } from "../support/git-repo.ts";
import { strategyContract } from "./strategy.ts";

strategyContract({
  name: "copy",
  create: copy,
  createOrigin(directory) {
    mkdirSync(directory);
    return {
      settings: {},
      commit: (files) => writeFiles(directory, files),
      remove: () => rmSync(directory, { recursive: true }),
    };
  },
});
