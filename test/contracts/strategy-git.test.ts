import { git } from "../../src/recipes/deploy/strategies/git.ts";
import { strategyContract } from "./strategy.ts";

strategyContract({ strategy: git, shortIdsOnHost: "the control machine has no clone of the repository" });
