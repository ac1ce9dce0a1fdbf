import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { Secret } from "../command/secret.ts";
import type { Plan } from "../graph/plan.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import { isSshTransport } from "../hosts/host.ts";
import type { Target } from "../prepare/target.ts";
import type { Reporter } from "../report/reporter.ts";
import type { TaskBody, Ui } from "../runner/context.ts";
import type { RunDeps } from "../runner/deps.ts";
import { type PlannedLeg, planFlights } from "../runner/plan-flights.ts";
import type { RunResult } from "../runner/result.ts";
import { runPlan } from "../runner/run.ts";
import { createTransports, type Transports } from "../transport/pick.ts";
import type { Options } from "./argv/option-values.ts";
import { createInterrupts, type Interrupts } from "./terminal/interrupts.ts";
import { type CliIo, isInteractive } from "./terminal/io.ts";
import { createUi } from "./terminal/ui.ts";

/** What a run needs of the process, from the first question to the last connection. */
export interface Execution {
  /** Id for a run whose local commands may call `fake` again: these are told it. */
  readonly runId: string;
  readonly ui: Ui;
  readonly interrupts: Interrupts;
  readonly transports: Transports;
  /** Runs a plan and tells the reporter, which the caller ends. Never throws for what tasks do. */
  run(work: Work): Promise<RunResult>;
  /** What would be sent together; connects nowhere. @throws FakeError */
  flights(work: Omit<Work, "reporter">): Promise<readonly PlannedLeg[]>;
  /** Gives everything back. Never throws. */
  close(): Promise<void>;
}

export interface Work {
  readonly plan: Plan<TaskBody>;
  readonly graph: TaskGraph<TaskBody>;
  readonly target: Target;
  readonly reporter: Reporter;
  /** @default a fresh one */
  readonly runId?: string | undefined;
  /** Validated arguments by name of the task. */
  readonly args?: ReadonlyMap<string, unknown>;
}

/** In the environment of local commands: the runs that they are part of, the outermost first. */
const RUNS = "FAKE_RUN";

export function createExecution(options: Options, io: CliIo): Execution {
  let reporter: Reporter | undefined;
  const interrupts = createInterrupts(io);
  const runId = createRunId();
  const { wrapTransport = (transport) => transport } = io;
  const interactive = isInteractive(io) && !options.nonInteractive;
  const ui = createUi({
    stdin: io.stdin,
    screen: io.stderr,
    interactive,
    onInterrupt: () => interrupts.raise("SIGINT"),
    onPrompt: (state) => reporter?.on({ kind: "prompt", state }),
  });
  const askSecret = interactive ? (question: string) => ui.ask(question, { secret: true }) : undefined;
  const onWarning = (text: string): void =>
    reporter?.on({ kind: "message", level: "warn", host: undefined, task: undefined, text });
  const transports = createTransports({
    ssh: {
      env: io.env,
      sshConfig: options.sshConfig === undefined ? undefined : resolve(io.cwd, options.sshConfig),
      hostKeys: options.hostKeys,
      askSecret,
      onWarning,
      onDebug: (text) => reporter?.on({ kind: "message", level: "debug", host: undefined, task: undefined, text }),
    },
    local: { cwd: io.cwd, env: { ...io.env, [RUNS]: [io.env[RUNS] ?? "", runId].join(" ").trim() }, onWarning },
  });
  const depsOf = ({ target, graph, args = new Map(), ...work }: Omit<Work, "reporter">): RunDeps => ({
    graph,
    env: target.env,
    hosts: target.hosts,
    transportFor: ({ transport }, wanted) =>
      wrapTransport(transports.get(transport === undefined || isSshTransport(transport) ? wanted : transport)),
    localTransport: transports.get("local"),
    emit: (event) => reporter?.on(event),
    redactor: target.redactor,
    ui,
    runId: work.runId ?? createRunId(),
    now: io.now,
    args,
    interrupts,
    options: {
      parallel: options.parallel,
      batch: options.batch,
      fuse: !options.noFuse,
      dryRun: options.dryRun,
      skipUnreachable: options.skipUnreachable,
      sudoPassword: askOnce(askSecret),
    },
  });
  return {
    runId,
    ui,
    interrupts,
    transports,
    async run(work) {
      reporter = work.reporter;
      return await runPlan(work.plan, depsOf(work));
    },
    flights: (work) => planFlights(work.plan, depsOf(work)),
    async close() {
      interrupts.dispose();
      await transports.close();
    },
  };
}

function createRunId(): string {
  return randomBytes(8).toString("hex");
}

/** One password for all hosts: asked when the first of them wants it. */
function askOnce(
  askSecret: ((question: string) => Promise<string>) | undefined,
): (() => Promise<Secret | undefined>) | undefined {
  if (askSecret === undefined) return undefined;
  let answer: Promise<Secret> | undefined;
  return async () => {
    answer ??= askSecret("Password for sudo").then((text) => new Secret(text));
    return await answer;
  };
}
