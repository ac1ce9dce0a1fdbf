import { push } from "../../src/recipes/deploy/strategies/push.ts";
import { strategyContract } from "./strategy.ts";

strategyContract({
  strategy: push,
  mendsNextTime: "what is missing comes from the control machine, which has to be asked first",
});
