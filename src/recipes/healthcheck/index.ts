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
import { type HealthScript, healthScript, isFreeScript, toolsOf } from "./script.ts";
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
    const trial = task("healthcheck:trial", { desc: "Start the new release beside the live one, and ask it" }, tryOut);
    const goOn = task(
      "healthcheck:go-on",
      { desc: "Ask before the next hosts", local: true, repeat: true, hidden: true },
      askToGoOn,
    );
    const wait = task(WAIT, {
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
    after("deploy:check", check, { flows: BOTH });
    before("deploy:publishing", trial, { flows: ["deploy"] });
    before("deploy:publishing", goOn, { flows: ["deploy"] });
    // Restarts hang there, too, or on a stage before it.
    after("deploy:finished", wait, { flows: BOTH, last: true });
    onFailure(wait, goBack, { flows: ["deploy"] });
    doctor(doctorCheck);
    return { trial, goOn, wait };
  };
}

/** What a rollback brings back has to be well, too. Only a deploy has something to go back from. */
const BOTH = ["deploy", "rollback"];

/** Whole seconds, at least one: shells sleep no less everywhere. */
function seconds(value: string | number): number {
  return Math.max(1, Math.ceil(parseDuration(value, { zero: true }) / 1000));
}

function urlsOf({ healthcheckUrl }: CommandBodyContext["env"]): readonly string[] {
  return [healthcheckUrl].flat();
}

function isSetUp({ env }: Pick<CommandBodyContext, "env">): boolean {
  return urlsOf(env).length > 0 || env.healthcheckCommand !== "";
}

function scriptOf(env: CommandBodyContext["env"], urls: readonly string[]): HealthScript {
  return {
    targets: urls.map(parseTarget),
    command: env.healthcheckCommand,
    status: String(env.healthcheckStatus),
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
    ...(env.healthcheckFrom === "host" ? urlsOf(env) : []),
    ...(env.healthcheckTrialCommand === "" ? [] : ["http://127.0.0.1"]),
  ];
  return t.cmd({ title: "look whether this host can ask", quiet: true, contained: true })(sh`
    fake_missing=$(${toolsOf({ targets: urls.map(parseTarget) })}
    )
    [ -z "$fake_missing" ] || { printf '%s\n' "$fake_missing"; exit 1; }
  `);
}

function missingTools(stdout: string): TaskError | undefined {
  const tools = [...stdout.matchAll(/^tool (\w+)$/gm)].map(([, name]) => name);
  if (tools.length === 0) return undefined;
  return new TaskError(`The health check needs ${tools.join(" and ")}, which this host does not have.`, {
    hint: `Install it there, or let this machine ask: healthcheckFrom: "here".`,
  });
}

function waitCommand(t: CommandBodyContext): Command {
  const { env } = t;
  const check = scriptOf(env, urlsOf(env));
  const title = `wait until ${[...urlsOf(env), env.healthcheckCommand].filter((what) => what !== "").join(", ")} is well`;
  // It changes nothing: ctrl-C may end it.
  const options = { title, quiet: "output", idle: true, ifLost: "repeat", timeout: longest(check) } as const;
  return t.within(env.currentPath).cmd(options)(healthScript(check));
}

/** As a process of the task: it ends with it, also when this program or the link is gone. */
async function tryOut(t: TaskContext): Promise<void> {
  const { healthcheckTrialCommand: start, healthcheckTrialPort: port, releasePath } = t.env;
  if (start === "") return;
  const isFree = await t.run({ title: `look whether port ${port} is free`, quiet: true, acceptError: true })(isFreeScript(port));
  const before = "so nothing was switched";
  if (isFree.exitCode !== 0) throw unhealthy(t, `something else listens on port ${port}`, `was not tried, ${before}`);
  const app = t.spawn(
    t
      .within(releasePath)
      .vars({ PORT: String(port) })
      .cmd(start),
    { accept: { exitCodes: "any" } },
  );
  const printed: string[] = [];
  app.onLine(({ text }) => {
    printed.push(text);
    if (printed.length > SHOWN_LINES) printed.shift();
  });
  await app.waitForStart();
  const own = `http://127.0.0.1:${port}${pathOf(urlsOf(t.env)[0])}`;
  const check = { ...scriptOf(t.env, [own]), command: "", bake: 0, pid: app.pid };
  const title = `wait until ${own} is well`;
  const asked = await t.run({ title, quiet: "output", idle: true, acceptError: true, timeout: longest(check) })(
    healthScript(check),
  );
  await app.kill("SIGTERM", { grace: "5s" }).wait();
  if (asked.exitCode === 0) return;
  throw unhealthy(t, [asked.stderr.trim(), ...printed].join("\n"), `was not well on a port of its own, ${before}`);
}

/** Of what a trial has printed. */
const SHOWN_LINES = 20;

/** Milliseconds that a check may take by what it was told: a limit for commands is no limit for it. */
function longest({ timeout, bake, requestTimeout, interval, targets }: HealthScript): number {
  return (timeout + bake + (requestTimeout + interval) * (targets.length + 1) + 30) * 1000;
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
  const check = scriptOf(t.env, urlsOf(t.env));
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

/**
 * As `rollbackOnFailure` does, which goes by itself where it is set. Only for a release that is not well: nobody knows how one does of which the check was
 * stopped or whose host was lost, and whoever broke the lock is to find the hosts as they are.
 */
async function goBackAll(t: TaskContext): Promise<void> {
  const isUnwell = t.failures.some(
    ({ task, error, stopped }) => task === WAIT && error.code === "TASK_FAILED" && stopped !== true,
  );
  const hosts = t.hosts.map((host) => t.on(host).env);
  const goes = hosts.some((env) => env.healthcheckRollback && !env.rollbackOnFailure && env.publishedRelease !== "");
  if (!isUnwell || !goes) t.skip();
  await t.execute("rollback");
}

const WAIT = "healthcheck:wait";

const doctorCheck: DoctorCheck = {
  command: (t) => toolsCommand(t),
  judge(_, { host, stdout }) {
    const problem = missingTools(stdout);
    return problem === undefined ? [] : [{ status: "fail", what: `${host}: ${problem.message}`, todo: problem.hint }];
  },
};
