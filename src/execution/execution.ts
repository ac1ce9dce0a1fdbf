import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { Redactor } from "../command/redact.ts";
import { TaskError } from "../errors.ts";
import { watchExits } from "../exit-guard.ts";
import type { Plan } from "../graph/plan.ts";
import { questionsOf } from "../graph/questions.ts";
import { type Host, isSshTransport } from "../hosts/host.ts";
import type { RunTarget } from "../prepare/target.ts";
import type { Launcher, ReachHost } from "../process/launcher.ts";
import type { RunOptions } from "../runner/context/run.ts";
import { createUi } from "../runner/context/ui.ts";
import type { TaskBody, Ui } from "../runner/context.ts";
import type { Emit } from "../runner/events.ts";
import { Fleet } from "../runner/machine/fleet.ts";
import { loginFor } from "../runner/machine/login.ts";
import { type PlannedFlights, planFlights } from "../runner/order/plan-flights.ts";
import { runPlan } from "../runner/order/run-plan.ts";
import type { Prompter } from "../runner/prompter.ts";
import type { RunResult } from "../runner/result.ts";
import type { InterruptSource } from "../runner/stop.ts";
import { createTransports, type Transports } from "../transport/pick.ts";
import type { Transport } from "../transport/transport.ts";
import { askOnce } from "./ask-once.ts";
import { type Confirm, createConfirm } from "./confirm.ts";
import { createUnattendedPrompter } from "./unattended-prompter.ts";

/** What runs need of the surroundings: nothing of it is the process's or a terminal's. */
export interface ExecutionOptions {
  /** Working folder of local commands, and what paths are relative to: absolute. */
  readonly cwd: string;
  /** Variables of local commands, and where SSH looks for its agent and its files. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read in place of `~/.ssh/config`. */
  readonly sshConfig?: string | undefined;
  /** What happens to keys of hosts that nobody knows. @default as the ssh config says */
  readonly hostKeys?: "strict" | "accept-new" | undefined;
  /** How runs go, if not by the defaults. */
  readonly run?:
    | Partial<Pick<RunOptions, "parallel" | "batch" | "waitBetween" | "fuse" | "dryRun" | "skipUnreachable" | "yes">>
    | undefined;
  /** Hears all runs and connections. @default nobody listens */
  readonly emit?: Emit | undefined;
  /** @default questions take their default, or fail */
  readonly prompter?: Prompter | undefined;
  /** What tasks want to have confirmed is taken for confirmed. @default they are asked */
  readonly confirmed?: boolean | undefined;
  /** For passwords and passphrases. @default nobody is asked */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  /** @default nobody stops a run */
  readonly interrupts?: InterruptSource | undefined;
  /** Where runs hear of what their tasks throw where nobody waits for it. @default nowhere */
  readonly onUnheard?: RunOptions["onUnheard"];
  /** Milliseconds of a clock that does not go back. @default performance.now */
  readonly now?: (() => number) | undefined;
  /** Stands between runs and their hosts. @default nothing does */
  readonly wrapTransport?: ((transport: Transport) => Transport) | undefined;
  /** In place of those that `fake` has. They are closed with the rest. */
  readonly transports?: Transports | undefined;
}

/** A plan, and what it is about. Without a `runId` it gets a fresh one; its tasks have the arguments in `args`, if any. */
export interface Work
  extends Pick<RunOptions, "graph" | "signal" | "last" | "eachForItself" | "answers">,
    Partial<Pick<RunOptions, "runId" | "args">> {
  readonly plan: Plan<TaskBody>;
  readonly target: RunTarget;
}

/** In the environment of local commands: the runs that they are part of, the outermost first. */
const RUNS = "FAKE_RUN";

export type Execution = ReturnType<typeof createExecution>;

/** Where runs start: connections, reporter, questions and clock put together once. It outlives its runs, and so do connections. */
export function createExecution(options: ExecutionOptions) {
  const { askSecret, prompter = createUnattendedPrompter(), now = () => performance.now(), interrupts = NONE } = options;
  const { emit = () => undefined, wrapTransport = (transport) => transport, onUnheard } = options;
  const runId = createRunId();
  const transports = options.transports ?? openTransports(options, runId, emit);
  const transportFor = ({ transport }: Host, wanted: string): Transport =>
    wrapTransport(transports.get(transport === undefined || isSshTransport(transport) ? wanted : transport));
  const refused: TaskError[] = [];
  const allowExits = watchExits((code) => {
    const error = refuseExit(code);
    refused.push(error);
    return error;
  });
  const refusedExit = (thrown?: unknown): TaskError | undefined => {
    if (thrown === undefined) return refused.shift();
    const at = refused.indexOf(thrown as TaskError);
    if (at !== -1) refused.splice(at, 1);
    return undefined;
  };
  const fleet = new Fleet(transportFor, wrapTransport(transports.get("local")));
  const isAsked = options.confirmed !== true && options.run?.dryRun !== true;
  const confirm: Confirm = isAsked ? createConfirm(prompter) : async () => undefined;
  const becomePassword = askOnce(askSecret);
  const asks = { prompter, confirm, becomePassword, refusedExit };
  const shared = { fleet, emit, now, interrupts, onUnheard, fuse: true, dryRun: false, ...asks, ...options.run };
  const optionsOf = ({ plan: _, target, ...work }: Work): RunOptions => ({
    ...shared,
    ...target,
    runId: createRunId(),
    args: new Map(),
    ...work,
  });
  return {
    /** Id for a run whose local commands may call `fake` again: these are told it. */
    runId,
    refusedExit,
    /** What verbs ask: each question as it comes. @param redactor hides what was typed unseen */
    ui: (redactor: Redactor): Ui => createUi(prompter, redactor),
    /** Asks what this plan wants to have confirmed, and was not: before a run, or many of one kind. @throws UsageError, ProblemsError */
    confirm: ({ graph, plan }: Pick<Work, "graph" | "plan">): Promise<void> => confirm(questionsOf(graph, plan)),
    /** Runs a plan, once it is confirmed. Never throws for what tasks do. @throws UsageError, ProblemsError where it was not confirmed */
    async run(work: Work): Promise<RunResult> {
      await confirm(questionsOf(work.graph, work.plan));
      return await runPlan(work.plan, optionsOf(work));
    },
    /** What would be sent together; connects nowhere. @throws FakeError */
    flights: (work: Work): Promise<PlannedFlights> => planFlights(work.plan, optionsOf(work)),
    /** Starts processes on hosts of this target, and moves files, over the same connections. */
    async launcher({ env }: Pick<RunTarget, "env">): Promise<Launcher> {
      // Runs do without.
      const { Launcher } = await import("../process/launcher.ts");
      const reach: ReachHost = async (host, _settings, signal) => {
        if (host === undefined) return await fleet.control.connection({ transport: "local" }, signal);
        const login = await loginFor(host, env.forHost(host.id));
        return await fleet.machine(host, login).connection(login, signal);
      };
      return new Launcher(reach, async () => undefined, { connect: {}, cwd: options.cwd, askBecome: becomePassword });
    },
    /** Gives everything back. Never throws. */
    async close(): Promise<void> {
      allowExits();
      await fleet.close();
      await transports.close();
    },
  };
}

/** The process would be gone in the middle of a run: its commands cut off, its lock left behind. */
function refuseExit(code: unknown): TaskError {
  return new TaskError(`process.exit(${code ?? ""}) was called during a run, which would be left in the middle, locked.`, {
    shortMessage: `process.exit(${code ?? ""}) was called during a run`,
    hint: 'Write: throw new TaskError("why"); it fails the task, and the run ends as it should. t.skip() ends a task that has nothing to do.',
  });
}

const NONE: InterruptSource = { onInterrupt: () => () => {} };

function openTransports(options: ExecutionOptions, runId: string, emit: Emit): Transports {
  const { env, cwd, sshConfig, hostKeys, askSecret } = options;
  const tell = (level: "warn" | "debug") => (text: string) =>
    emit({ kind: "message", level, host: undefined, task: undefined, text });
  return createTransports({
    ssh: {
      env,
      sshConfig: sshConfig === undefined ? undefined : resolve(cwd, sshConfig),
      hostKeys,
      askSecret,
      onWarning: tell("warn"),
      onDebug: tell("debug"),
    },
    local: { cwd, env: { ...env, [RUNS]: [env[RUNS] ?? "", runId].join(" ").trim() }, onWarning: tell("warn") },
  });
}

function createRunId(): string {
  return randomBytes(8).toString("hex");
}
