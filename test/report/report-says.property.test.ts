import { describe, it } from "vitest";
import { fuzzAsync } from "../fuzz/fuzz.ts";
import { check, Oracle } from "./says/oracle.ts";
import { type Played, play, worlds } from "./says/worlds.ts";

/** Random runs through the real runner, held to what their events say. `FUZZ_SCALE=20` tries twenty times as many. */
describe("a run", () => {
  it(
    "tells what happens in the order of causes, and of each host what became of it",
    async () => {
      await fuzzAsync(worlds, async (world) => void checkOrder(await play(world)), { runs: 200 });
    },
    120_000 * Number(process.env["FUZZ_SCALE"] ?? "1"),
  );
});

function checkOrder(played: Played): Oracle {
  const oracle = new Oracle();
  for (const event of played.events) oracle.hear(event);
  check(oracle.over, "the run has not finished");
  for (const { host, status } of played.result.hosts) {
    if (host === "local") continue;
    const right = oracle.statusOf(host, played);
    check(status === right, `${host} is ${right}, not ${status}`);
  }
  return oracle;
}
