import { neutralise } from "../../command/neutralise.ts";
import { type ExitCode, UsageError } from "../../errors.ts";
import { describeLock } from "../../recipes/deploy/listing.ts";
import type { LockOwner } from "../../recipes/deploy/lock-owner.ts";
import type { Ui } from "../../runner/context.ts";
import type { Invocation } from "../argv/invocation.ts";
import { deployTarget } from "../deploy-target.ts";
import { createFailuresReporter } from "../failures-reporter.ts";
import { openExecution } from "../open-execution.ts";
import { exitCodeOfEach, runOnEach } from "../run-on-each.ts";
import type { CliIo } from "../terminal/io.ts";

const LOOK = "deploy:lock-owner";
const BREAK = "deploy:unlock-force";

/** Breaks locks, after saying whose they are. */
export async function runUnlock(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { options } = invocation;
  const { app, target } = await deployTarget(invocation, LOOK, io);
  const { graph } = app.sealed;
  const reporter = createFailuresReporter(io.stderr);
  const execution = openExecution(options, io, reporter);
  try {
    const looked = await runOnEach({ execution, graph, task: LOOK, target });
    const owners = new Map<string, LockOwner>();
    for (const { host, result } of looked) {
      if (!result.ok) continue;
      const owner = (await target.env.forHost(host.host.id).get("lockOwner")) as LockOwner | null;
      io.stdout.write(`${host.host.id}: ${neutralise(describeLock(owner))}\n`);
      if (owner !== null) owners.set(host.host.id, owner);
    }
    if (owners.size === 0) return exitCodeOfEach(looked);
    await confirm(owners.size, options.yes, execution.ui);
    const locked = { ...target, hosts: target.hosts.filter(({ host }) => owners.has(host.id)) };
    // Only the lock that was shown: it may have changed hands meanwhile.
    const argsFor = (host: string): unknown => ({ run: owners.get(host)?.run });
    const broken = await runOnEach({ execution, graph, task: BREAK, target: locked, argsFor });
    for (const { host, result } of broken) if (result.ok) io.stdout.write(`${host.host.id}: unlocked\n`);
    return exitCodeOfEach([...looked, ...broken]);
  } finally {
    await execution.close();
  }
}

async function confirm(count: number, yes: boolean, ui: Ui): Promise<void> {
  const what = count === 1 ? "this lock" : `these ${count} locks`;
  if (yes || (await ui.confirm(`Break ${what}? Whoever holds it may still be at work.`))) return;
  throw new UsageError("NOT_CONFIRMED", "Nothing was done: it was not confirmed.");
}
