import { push } from "../../src/recipes/deploy/strategies/push.ts";
import { gitStrategyContract } from "./git-strategy.ts";

gitStrategyContract({
  strategy: push,
  mendsNextTime: "what is missing comes from the control machine, which has to be asked first",
});
