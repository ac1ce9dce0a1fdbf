import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { healthcheck } from "../../../src/recipes/healthcheck/index.ts";
import { createDeployRig, type DeployRig, type Run } from "../deploy/deploy-rig.ts";

let rig: DeployRig;

beforeEach(() => {
  rig = createDeployRig(["app1", "app2", "app3"]);
  rig.repo.commit({ "index.txt": "v1" }, "v1");
});
afterEach(() => rig.remove());

/** One host after another, with a person who answers. */
async function deploy(settings: object, answer = true): Promise<Run & { readonly asked: readonly string[] }> {
  rig.clock.now += 60_000;
  const asked: string[] = [];
  const prompter = {
    ask: async () => "",
    choice: async <T>(_: string, choices: readonly T[]) => choices[0] as T,
    confirm: async (question: string) => {
      asked.push(question);
      return answer;
    },
  };
  const run = await rig.run("deploy", {
    deployfile: (app: App) => void app.use(healthcheck()),
    settings: { healthcheckTimeout: "1s", ...settings },
    options: { batch: 1, prompter } as never,
  });
  return { ...run, asked };
}
const live = (): readonly (string | undefined)[] => ["app1", "app2", "app3"].map((host) => rig.current(host));

describe("a canary", () => {
  it("asks before each further group, and ends where nobody says yes", async () => {
    const all = await deploy({ healthcheckCommand: "true", healthcheckConfirm: true });
    expect([all.failures, all.asked]).toEqual([[], ["Go on with app2?", "Go on with app3?"]]);
    const before = live();
    const some = await deploy({ healthcheckCommand: "true", healthcheckConfirm: true }, false);
    expect(some.asked).toEqual(["Go on with app2?"]);
    expect(some.failures.join()).toContain("Nobody said to go on");
    expect(live().slice(1)).toEqual(before.slice(1));
    expect(live()[0]).not.toBe(before[0]);
  });

  it("goes back on the first group, and never gets to the others", async () => {
    await deploy({ healthcheckCommand: "test ! -e broken" });
    const before = live();
    rig.repo.commit({ broken: "" }, "v2");
    const { failures } = await deploy({ healthcheckCommand: "test ! -e broken" });
    expect(failures).toHaveLength(1);
    expect(failures.join()).toContain("app1 healthcheck:wait: The release is not well: `test ! -e broken` ended with 1");
    expect(live()).toEqual(before);
  });
});
