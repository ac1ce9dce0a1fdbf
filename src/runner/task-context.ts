import type { CommandContext } from "../command/command.ts";
import type { HostView } from "../env/settings.ts";
import { InterruptedError, UsageError } from "../errors.ts";
import { suggest } from "../suggest.ts";
import type { CommandBodyContext, Logger, TaskContext, Ui } from "./context.ts";
import type { Item } from "./item.ts";
import type { Pass } from "./pass.ts";
import type { Running, TaskRun } from "./running.ts";
import type { Session } from "./session.ts";
import { createPort } from "./shell/port.ts";
import { createShell, shellMembers } from "./shell/shell.ts";
import { builderMembers } from "./shell/verbs.ts";
import { skip } from "./skip.ts";

/** What a command body sees: it writes text and does nothing. */
export function createBodyContext(running: Running, pass: Pass, item: Item, context: CommandContext = {}): CommandBodyContext {
  return Object.freeze({
    ...builderMembers(context, (next): CommandBodyContext => createBodyContext(running, pass, item, next)),
    ...facts(running, pass, item, item.session),
  });
}

/** What a function body sees, on the machine of `taskRun.session`. Immutable; wrappers return new ones. */
export function createTaskContext(running: Running, taskRun: TaskRun, context: CommandContext = {}): TaskContext {
  const { pass, item, session, signal } = taskRun;
  const port = createPort(running, taskRun, session);
  return Object.freeze({
    ...builderMembers(context, (next): TaskContext => createTaskContext(running, taskRun, next)),
    ...shellMembers(port, session.env, context),
    ...facts(running, pass, item, session),
    log: createLogger(running, session, item.step.task.name),
    signal,
    skip,
    get failures() {
      return pass.ledger.all();
    },
    execute: (task) => port.track(() => running.execute(task, taskRun)),
    on: (host) => createTaskContext(running, { ...taskRun, session: sessionOf(running, host) }),
    get ui() {
      return interruptible(running.deps.ui, signal);
    },
    get local() {
      return createShell(createPort(running, taskRun, running.control), session.env);
    },
  } satisfies TaskContext);
}

function facts(running: Running, pass: Pass, item: Item, session: Session) {
  const { deps } = running;
  return {
    host: session.view,
    env: session.env.reader as TaskContext["env"],
    hosts: pass.hosts,
    flow: item.flow,
    effectiveRoles: session.effectiveRoles,
    // What is given to a flow is there for the steps that hang on its stages.
    args: deps.args.get(item.step.task.name) ?? deps.args.get(item.flow ?? "") ?? {},
    failure: pass.failure,
    runId: deps.runId,
    dryRun: deps.options.dryRun,
  };
}

function createLogger(running: Running, session: Session, task: string): Logger {
  const say = (level: "debug" | "info" | "warn") => (text: string) =>
    running.emit({ kind: "message", level, host: session.id, task, text: running.redact(String(text)) });
  return Object.freeze({
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    changed(text: string) {
      const shown = running.redact(String(text));
      session.changed.push(shown);
      running.emit({ kind: "changed", host: session.id, text: shown });
    },
    standing(text: string) {
      session.standing = running.redact(String(text));
    },
  });
}

function sessionOf(running: Running, host: HostView | string): Session {
  const wanted = typeof host === "string" ? host : host.id;
  const sessions = [...running.sessions.values()];
  const found = running.sessions.get(wanted) ?? sessions.find(({ view }) => view.name === wanted);
  if (found !== undefined) return found;
  const close = suggest(wanted, running.sessions.keys());
  throw new UsageError("UNKNOWN_HOST", `The run has no host "${wanted}".`, {
    hint: close === undefined ? "`t.hosts` lists them." : `Did you mean "${close}"?`,
  });
}

/** A question that is open when the run is interrupted is not waited for. */
function interruptible(ui: Ui, signal: AbortSignal): Ui {
  const until = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new InterruptedError("SIGINT"));
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  return Object.freeze({
    ask: (...question: Parameters<Ui["ask"]>) => until(ui.ask(...question)),
    confirm: (...question: Parameters<Ui["confirm"]>) => until(ui.confirm(...question)),
    choice: ((...question: Parameters<Ui["choice"]>) => until(ui.choice(...question))) as Ui["choice"],
  });
}
