import type { ExitCode } from "../../errors.ts";
import { drawTable } from "../../graph/draw-table.ts";
import { createProblemBook } from "../../prepare/problem-book.ts";
import type { Invocation, VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { type PreparedInvocation, prepareInvocation } from "../argv/prepare-invocation.ts";
import { openExecution } from "../open-execution.ts";
import { type ReadDeployfile, readDeployfile } from "../read-deployfile.ts";
import { drawFlights } from "../tables/flights-table.ts";
import type { CliIo } from "../terminal/io.ts";

/** Shows hosts x steps of what would run; with `--flights`, which of these would be sent together. */
export const runPlanTable: VerbFunction = async (invocation, io) => {
  if (invocation.options.flights) return showFlights(invocation, io);
  const { plan } = await prepare(invocation, io);
  io.stdout.write(drawTable(plan, io.stdout.columns));
  return 0;
};

async function showFlights(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  // As in a dry run: what only a host can say reads as a placeholder.
  const { app, asked, target, plan } = await prepare(invocation, io, { dryRun: true });
  const execution = openExecution({ ...invocation.options, dryRun: true }, io);
  try {
    const flights = await execution.flights({ plan, graph: app.sealed.graph, target, args: asked.args });
    io.stdout.write(drawFlights(flights));
    return 0;
  } finally {
    await execution.close();
  }
}

async function prepare(first: Invocation, io: CliIo, more: Partial<Options> = {}): Promise<PreparedInvocation & ReadDeployfile> {
  const book = createProblemBook();
  const { app, invocation } = await readDeployfile(first, io, book);
  const read = { app, invocation: { ...invocation, options: { ...invocation.options, ...more } } };
  return { ...read, ...(await prepareInvocation(read, io, book)) };
}
