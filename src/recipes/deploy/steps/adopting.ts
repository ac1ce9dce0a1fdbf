import type { TaskContext, VerbHost } from "../../../index.ts";
import { script } from "../../../index.ts";
import { type AdoptingHost, type Adoption, planAdoption, writeAdoption } from "../adopt.ts";
import { surveyTree } from "../adopted.ts";
import { checkForNotes } from "../check.ts";
import { checkedOf } from "../check-command.ts";
import { findProblems } from "../check-findings.ts";
import { command, describeRelease, pathsOf, stateCommand } from "../context.ts";
import { oneLine } from "../log-revision.ts";
import { deployPaths } from "../paths.ts";
import { type HostState, parseState } from "../state.ts";
import type { Control } from "../strategies/strategy.ts";
import { parseSurvey } from "../survey.ts";
import type { Steps } from "./step.ts";

export function adoptingSteps(control: Control) {
  return {
    /** All hosts are read before anything is written on one: they are adopted together, or none is. */
    "deploy:adopt": {
      desc: "Take over the releases that another tool has made; what is live stays as it is",
      inDryRun: true,
      notAlone: "It is a part of a flow, which takes the lock: fake adopt, with the same -R.",
      local: true,
      async run(t) {
        const hosts = await Promise.all(t.hosts.map((host) => readTree(t.on(host), control)));
        const plans = planAdoption(hosts, control.now());
        const written = await Promise.allSettled(hosts.map((host, at) => write(t.on(host.host), host, plans[at])));
        for (const outcome of written) if (outcome.status === "rejected") throw outcome.reason;
      },
    },
  } satisfies Steps;
}

export function surveyCommand(t: Parameters<typeof command>[0]) {
  const paths = pathsOf(t);
  const text = script(surveyTree(paths), checkForNotes(paths).script).script;
  return command(t, "look what another tool has made", text, { captureAll: true, quiet: true, vars: { LC_ALL: "C" } });
}

/** What a host says to that command. */
export function surveyed({ host, env }: VerbHost, state: HostState, stdout: string, control: Control): AdoptingHost {
  const problems = findProblems(stdout, checkedOf({ host, env }));
  return { host: host.id, paths: deployPaths(env), state, survey: parseSurvey(stdout, control.now()), problems };
}

async function readTree(t: TaskContext, control: Control): Promise<AdoptingHost> {
  const state = parseState((await t.run(stateCommand(t))).stdout, pathsOf(t));
  const { stdout } = await t.run(surveyCommand(t));
  return surveyed(t, state, stdout, control);
}

async function write(t: TaskContext, { paths, state, survey }: AdoptingHost, plan: Adoption | undefined): Promise<void> {
  const { links = [], entries = [], left = [] } = plan ?? {};
  for (const text of left) t.log.warn(`${text}.`);
  if (plan === undefined || (links.length === 0 && entries.length === 0)) {
    t.log.info("There is nothing to adopt: all that could be is known already.");
    return;
  }
  await t.run(command(t, "note the releases of the other tool", writeAdoption(paths, t.runId, plan, state.current.target)));
  const names = links.map(({ id, name }) => `${id} is ${oneLine(name)}`).join(", ");
  t.log.changed(
    names === "" ? `noted ${entries.map(({ id }) => id).join(", ")} as releases` : `adopted from ${survey.maker}: ${names}`,
  );
  const live = entries.find(({ id }) => id === plan.live);
  if (live !== undefined) t.log.standing(`live: ${describeRelease(live)}, as before`);
}
