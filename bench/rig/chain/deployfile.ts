// One command on a connection that is open, watched by V8's function coverage; the figures go to the file that CHAIN_OUTPUT names.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { env as process } from "node:process";
import { defineDeployfile } from "fake-deploy";

export default defineDeployfile(({ role, task }) => {
  role("chain", { hosts: ["host1"] });
  task("chain", async (t) => {
    // What happens once - the session's shell, what is loaded late - is over before the watch begins.
    for (let warmUp = 0; warmUp < 3; warmUp++) await t.run`true`;
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    await session.post("Profiler.takePreciseCoverage");
    await t.run`true`;
    const coverage = await session.post("Profiler.takePreciseCoverage");
    session.disconnect();
    writeFileSync(process.CHAIN_OUTPUT ?? "chain.json", JSON.stringify(coverage));
  });
});
