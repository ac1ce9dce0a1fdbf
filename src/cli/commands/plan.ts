import { drawGroups, drawTable } from "../../graph/draw-table.ts";
import { describeSharedHooks } from "../../graph/shared-hooks.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import { toGroups } from "../../runner/order/groups.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { prepareInvocation } from "../argv/prepare-invocation.ts";
import { openExecution } from "../open-execution.ts";
import { printWarnings } from "../print-problems.ts";
import { readDeployfile } from "../read-deployfile.ts";
import { drawFlights } from "../tables/flights-table.ts";

/** Shows hosts x steps of what would run; with `--flights`, which of these would be sent together. */
export const runPlanTable: VerbFunction = async (first, io) => {
  const book = createProblemBook();
  const { app, invocation } = await readDeployfile(first, io, book);
  // To write commands is as in a dry run: what only a host can say reads as a placeholder.
  const options = { ...invocation.options, dryRun: invocation.options.flights };
  const { asked, target, plan } = await prepareInvocation({ app, invocation: { ...invocation, options } }, io, book);
  printWarnings(app.sealed.warnings(), io.stderr);
  const ids = plan.hosts.map(({ id }) => id);
  const groups = options.batch === undefined ? [] : toGroups(ids, options.batch);
  if (!options.flights) {
    const hooks = describeSharedHooks(app.sealed.graph, plan);
    io.stdout.write(`${drawTable(plan, io.stdout.columns, groups)}${hooks === "" ? "" : `\n${hooks}`}`);
    return 0;
  }
  const execution = openExecution(options, io);
  try {
    const flights = await execution.flights({ plan, graph: app.sealed.graph, target, args: asked.args });
    io.stdout.write(drawFlights(flights) + drawGroups(groups));
    return 0;
  } finally {
    await execution.close();
  }
};
