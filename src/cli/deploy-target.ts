import { ProblemsError, UsageError } from "../errors.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import { selectTarget, type Target } from "../prepare/target.ts";
import type { Invocation } from "./argv/invocation.ts";
import { openApp } from "./open-app.ts";
import type { CliIo } from "./terminal/io.ts";

export interface DeployTarget {
  readonly app: LoadedApp;
  readonly target: Target;
}

/** Hosts for a verb that looks at deployments through a task of the deploy recipe. @throws UsageError without that recipe */
export async function deployTarget(invocation: Invocation, task: string, io: CliIo): Promise<DeployTarget> {
  const { verb, options } = invocation;
  const app = await openApp(invocation, io);
  const target = await selectTarget(app, { ...options, redactor: io.redactor });
  if (app.sealed.graph.find(task) === undefined) {
    throw new UsageError("NO_DEPLOY", `\`fake ${verb.name}\` needs the deploy recipe, which this deployfile does not use.`, {
      hint: 'Add use(deploy()) to it, from "fake-deploy/recipes/deploy".',
    });
  }
  const missing = target.env.missing(["deployPath"]);
  if (missing.length > 0) throw new ProblemsError("MISSING", missing);
  return { app, target };
}
