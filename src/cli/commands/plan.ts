import type { ExitCode } from "../../errors.ts";
import { drawTable } from "../../graph/draw-table.ts";
import type { Invocation } from "../invocation.ts";
import type { CliIo } from "../io.ts";
import { prepareInvocation } from "../prepare-invocation.ts";

/** Shows hosts x steps of what would run. */
export async function runPlanTable(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { plan } = await prepareInvocation(invocation, io);
  io.stdout.write(drawTable(plan, { width: io.stdout.columns }));
  return 0;
}
