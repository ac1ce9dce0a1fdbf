import type { ExitCode } from "../../errors.ts";
import type { ReleaseInfo } from "../../recipes/deploy/listing.ts";
import type { Invocation } from "../argv/invocation.ts";
import { deployTarget } from "../deploy-target.ts";
import { createFailuresReporter } from "../failures-reporter.ts";
import { openExecution } from "../open-execution.ts";
import { exitCodeOfEach, runOnEach } from "../run-on-each.ts";
import { drawReleases, type HostReleases } from "../tables/releases-table.ts";
import type { CliIo } from "../terminal/io.ts";

const TASK = "deploy:releases";

/** Lists the releases on each host. */
export async function runReleases(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { options } = invocation;
  const { app, target } = await deployTarget(invocation, TASK, io);
  const reporter = createFailuresReporter(io.stderr);
  const execution = openExecution(options, io, reporter);
  try {
    const results = await runOnEach({ execution, graph: app.sealed.graph, task: TASK, target });
    const listed: HostReleases[] = [];
    for (const { host, result } of results) {
      if (!result.ok) continue;
      const releases = (await target.env.forHost(host.host.id).get("releases")) as readonly ReleaseInfo[];
      listed.push({ host: host.host.id, releases });
    }
    io.stdout.write(options.json ? `${JSON.stringify(listed, null, 2)}\n` : drawReleases(listed));
    return exitCodeOfEach(results);
  } finally {
    await execution.close();
  }
}
