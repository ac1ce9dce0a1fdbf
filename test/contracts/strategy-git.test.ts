import { git } from "../../src/recipes/deploy/strategies/git.ts";
import { gitStrategyContract } from "./git-strategy.ts";

gitStrategyContract({ strategy: git, shortIdsOnHost: "the control machine has no clone of the repository" });
