import { setTimeout as pause } from "node:timers/promises";
import {
  type Command,
  type CommandBodyContext,
  type DoctorCheck,
  parseDuration,
  type Recipe,
  sh,
  type TaskContext,
  TaskError,
  type TaskHandle,
} from "../../index.ts";
import { askOnce } from "./request.ts";
import { type HealthScript, healthScript, toolsOf, trialScript } from "./script.ts";
import { declared, parseTarget } from "./settings.ts";

export type { HealthcheckSettings } from "./settings.ts";

/** Its tasks, in the order in which they run. */
export interface HealthcheckHandles {
  /** Starts the new release beside the live one, and asks it. */
  readonly trial: TaskHandle;
  /** Asks before the next group of hosts. */
  readonly goOn: TaskHandle;
  /** Asks what is live. Hooked behind all others on `deploy:finished`, and so behind restarts. */
  readonly wait: TaskHandle;
}

/**
 * Asks each host whether the release that went live is well, and goes back where it is not.
 * @example
 * use(deploy());
 * use(healthcheck());
 * env.set({ healthcheckUrl: "http://localhost:3000/health" });
 */
export function healthcheck(): Recipe<HealthcheckHandles> {
  return ({ settings, task, before, after, onFailure, doctor }) => {
    settings(declared);
    const check = task("healthcheck:check", {
      desc: "Look whether a host can ask",
      readOnly: true,
      commands: (t) => [toolsCommand(t)],
      receive(t) {
        if (!isSetUp(t)) t.log.warn("Nothing is asked how the release does: set healthcheckUrl or healthcheckCommand.");
      },
      sendAhead: true,
      states: [],
      explain: (_, { stdout }) => missingTools(stdout),
    });
    const trial = task("healthcheck:trial", {
      desc: "Start the new release beside the live one, and ask it",
      commands: (t) => (t.env.healthcheckTrialCommand === "" ? [] : [trialCommand(t)]),
      explain: (t, { stderr }) => unhealthy(t, stderr, "was not well on a port of its own, so nothing was switched"),
    });
    const goOn = task(
      "healthcheck:go-on",
      { desc: "Ask before the next hosts", local: true, repeat: true, hidden: true },
      askToGoOn,
    );
    const wait = task("healthcheck:wait", {
      desc: "Wait until what is live is well",
      commands: (t) => (isSetUp(t) && t.env.healthcheckFrom === "host" ? [waitCommand(t)] : []),
      receive: (t) => (isSetUp(t) && t.env.healthcheckFrom === "here" && !t.dryRun ? waitFromHere(t) : undefined),
      explain: (t, { stderr }) => unhealthy(t, stderr, "is not well"),
    });
    const goBack = task(
      "healthcheck:go-back",
      { desc: "Go back where what is live is not well", local: true, hidden: true },
      goBackAll,
    );
    after("deploy:check", check, { flows: ["deploy"] });
    before("deploy:publishing", trial, { flows: ["deploy"] });
    before("deploy:publishing", goOn, { flows: ["deploy"] });
    // Restarts hang there, too, or on a stage before it.
    after("deploy:finished", wait, { flows: ["deploy"], last: true });
    onFailure(wait, goBack, { flows: ["deploy"] });
    doctor(doctorCheck);
    return { trial, goOn, wait };
  };
}

/** Whole seconds, at least one: shells sleep no less everywhere. */
function seconds(value: string | number): number {
  return Math.max(1, Math.ceil(parseDuration(value, { zero: true }) / 1000));
}

function isSetUp({ env }: Pick<CommandBodyContext, "env">): boolean {
  return env.healthcheckUrl.length > 0 || env.healthcheckCommand !== "";
}

function scriptOf(env: CommandBodyContext["env"], urls: readonly string[]): HealthScript {
  return {
    targets: urls.map(parseTarget),
    command: env.healthcheckCommand,
    status: env.healthcheckStatus,
    body: env.healthcheckBody,
    headers: Object.entries(env.healthcheckHeaders).map(([name, value]) => `${name}: ${value}`),
    interval: seconds(env.healthcheckInterval),
    timeout: seconds(env.healthcheckTimeout),
    requestTimeout: seconds(env.healthcheckRequestTimeout),
    successes: env.healthcheckSuccesses,
    bake: parseDuration(env.healthcheckBake, { zero: true }) === 0 ? 0 : seconds(env.healthcheckBake),
  };
}

function toolsCommand(t: CommandBodyContext): Command {
  const { env } = t;
  const urls = [
    ...(env.healthcheckFrom === "host" ? env.healthcheckUrl : []),
    ...(env.healthcheckTrialCommand === "" ? [] : ["http://127.0.0.1"]),
  ];
  return t.cmd({ title: "look whether this host can ask", quiet: true, contained: true })(sh`
    fake_missing=$(${toolsOf({ targets: urls.map(parseTarget) })}
    )
    [ -z "$fake_missing" ] || { printf '%s\n' "$fake_missing"; exit 1; }
  `);
}

function missingTools(stdout: string): Error | undefined {
  const tools = [...stdout.matchAll(/^tool (\w+)$/gm)].map(([, name]) => name);
  if (tools.length === 0) return undefined;
  return new TaskError(`The health check needs ${tools.join(" and ")}, which this host does not have.`, {
    hint: `Install it there, or let this machine ask: healthcheckFrom: "here".`,
  });
}

function waitCommand(t: CommandBodyContext): Command {
  const { env } = t;
  const check = scriptOf(env, env.healthcheckUrl);
  const title = `wait until ${[...env.healthcheckUrl, env.healthcheckCommand].filter((what) => what !== "").join(", ")} is well`;
  // It changes nothing: ctrl-C may end it.
  return t.within(env.currentPath).cmd({ title, quiet: "output", idle: true, ifLost: "repeat" })(healthScript(check));
}

function trialCommand(t: CommandBodyContext): Command {
  const { env } = t;
  const own = `http://127.0.0.1:${env.healthcheckTrialPort}${pathOf(env.healthcheckUrl[0])}`;
  const check = { ...scriptOf(env, [own]), command: "", bake: 0 };
  const title = `start the new release on port ${env.healthcheckTrialPort}, and ask it`;
  const trial = {
    start: env.healthcheckTrialCommand,
    port: env.healthcheckTrialPort,
    log: `${env.releasePath}/.healthcheck.log`,
  };
  return t.within(env.releasePath).cmd({ title, quiet: "output" })(trialScript(trial, check));
}

/** The path and query of an HTTP address; `/` of none. */
function pathOf(url: string | undefined): string {
  if (url === undefined || !url.startsWith("http")) return "/";
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

function unhealthy(t: CommandBodyContext, stderr: string, what: string): Error {
  const why = stderr.trim();
  return new TaskError(`The release ${what}${why === "" ? "." : `: ${why}`}`, {
    hint: `It was asked for ${t.env.healthcheckTimeout}: healthcheckTimeout gives it longer.`,
  });
}

/** This machine asks in place of the host. */
async function waitFromHere(t: TaskContext): Promise<void> {
  const check = scriptOf(t.env, t.env.healthcheckUrl);
  const expected = {
    status: check.status,
    body: check.body,
    headers: t.env.healthcheckHeaders,
    timeout: check.requestTimeout * 1000,
  };
  const end = Date.now() + check.timeout * 1000;
  let good = 0;
  let baked: number | undefined;
  for (;;) {
    const answers = await Promise.all(check.targets.map((target) => askOnce(target, expected, t.signal)));
    const wrong = answers.find((answer) => answer !== undefined);
    if (wrong !== undefined && baked !== undefined) throw unhealthy(t, `after it was healthy: ${wrong}`, "is not well");
    good = wrong === undefined ? good + 1 : 0;
    if (baked !== undefined && Date.now() >= baked) return;
    if (baked === undefined && good >= check.successes) {
      if (check.bake === 0) return;
      baked = Date.now() + check.bake * 1000;
    }
    if (wrong !== undefined && Date.now() >= end) throw unhealthy(t, wrong, "is not well");
    await pause(check.interval * 1000, undefined, { signal: t.signal });
  }
}

/** In the first group nothing is live yet of which somebody could say how it does. */
async function askToGoOn(t: TaskContext): Promise<void> {
  const isAsked = t.hosts.some((host) => t.on(host).env.healthcheckConfirm);
  if (!isAsked || t.dryRun) return;
  const isFirst = !t.env.has("healthcheckGroup");
  t.env.setForRun("healthcheckGroup", t.hosts.map(({ name }) => name).join(", "));
  if (isFirst) return;
  if (await t.ui.confirm(`Go on with ${t.hosts.map(({ name }) => name).join(", ")}?`, { default: false })) return;
  throw new TaskError("Nobody said to go on: the hosts that are left keep what they have.", {
    hint: "`deploy --resume` goes on with them, `rollback` goes back on all.",
  });
}

/** As `rollbackOnFailure` does, which goes first where it is set. */
async function goBackAll(t: TaskContext): Promise<void> {
  const hosts = t.hosts.map((host) => t.on(host).env);
  if (!hosts.some((env) => env.healthcheckRollback && !env.rollbackOnFailure && env.publishedRelease !== "")) t.skip();
  await t.execute("rollback");
}

const doctorCheck: DoctorCheck = {
  command: (t) => toolsCommand(t),
  judge(_, { host, stdout }) {
    const problem = missingTools(stdout);
    return problem === undefined ? [] : [{ status: "fail", what: `${host}: ${problem.message}`, todo: "Install curl there." }];
  },
};
