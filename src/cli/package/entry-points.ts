import type { ModuleTable } from "../../loader/entry-points.ts";
import { findRecipes } from "./recipes.ts";

/** What a deployfile may import from `fake-deploy`: one line for each entry of `exports` in package.json. */
export const entryPoints: ModuleTable = {
  "fake-deploy": () => import("../../index.ts"),
  "fake-deploy/testing": () => import("../../testing.ts"),
  "fake-deploy/process": () => import("../../process.ts"),
  ...findRecipes(),
};
