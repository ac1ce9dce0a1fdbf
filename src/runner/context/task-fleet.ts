/** `t.fleet`: what a task does on several hosts is done by the context of each. */
import { builderMembers, type CommandVerb, createVerb } from "../../command/builder.ts";
import type { Command } from "../../command/command.ts";
import { Secret } from "../../command/secret.ts";
import type { HostView } from "../../env/settings.ts";
import { InterruptedError, type SourceLocation, toError, UsageError } from "../../errors.ts";
import type { Semaphore } from "../../semaphore.ts";
import { callerOf, locate } from "../../source-location.ts";
import { refuseUnknown } from "../../suggest.ts";
import type { TaskContext } from "../context.ts";
import { type HostOutcome, HostsFailed } from "../host-outcome.ts";
import type { HostRun } from "../machine/host-run.ts";
import type { TransferOptions } from "../shell.ts";
import type { TaskFleet } from "../task-fleet.ts";
import { furtherHosts, onlyOne, withRoles } from "./fleet-hosts.ts";
import { localPlaces, makeFoldersOf } from "./local-places.ts";
import { findLocal } from "./local-sources.ts";
import { checkedMode, existsCommand, lookUpCommand, quotePath } from "./remote-file.ts";
import type { TaskRun } from "./run.ts";
import { derive, watchUse } from "./unused.ts";

/** How the hosts of a fleet are worked on: in a run, or in a dry run. */
export interface FleetAccess {
  /** The context of the task's target. */
  contextOf(task: TaskRun): TaskContext;
  /** Hosts that may be at work at once. Undefined: nothing is done on them, it is only told. */
  readonly places: Semaphore | undefined;
  /** Says something of a host, before what is done on it. */
  tell(host: HostRun, text: string): void;
  /** Remembers what is under way. */
  track<T>(work: Promise<T>, caller: () => SourceLocation | undefined): Promise<T>;
}

type OnOne<T> = (t: TaskContext, at: number) => Promise<T>;
type Caller = () => SourceLocation | undefined;

/** @param hosts in the order of the run @param accepts what fails on a host is its outcome */
export function createTaskFleet(
  task: TaskRun,
  access: FleetAccess,
  hosts: readonly HostRun[] = task.pass.hosts,
  accepts = false,
): TaskFleet<TaskContext> {
  const { context } = task;
  const contextOf = (target: HostRun): TaskContext => access.contextOf({ ...task, target, env: target.env, made: undefined });
  const like = (among: readonly HostRun[]) => createTaskFleet(task, access, among, accepts);
  /** @param check is done before any host is contacted */
  const onAll = <T>(work: OnOne<T>, caller: Caller, check?: () => unknown): Promise<readonly HostOutcome<T>[]> =>
    access.track(gather({ task, access, accepts, contexts: hosts.map(contextOf), caller }, work, check), caller);
  const verb = <T>(call: (t: TaskContext, command: Command) => Promise<T>, own = context) =>
    createVerb(
      (command) =>
        onAll(
          (t) => call(t, command),
          () => command.where,
          () => refuseStream(command, hosts.length),
        ),
      own,
    ) as CommandVerb<Promise<never>>;
  const members = {
    filter: (...roles: readonly string[]) => like(withRoles(task, hosts, roles)),
    with: (...names: readonly string[]) => like([...new Set([...hosts, ...furtherHosts(task, names, access.tell)])]),
    one: (...roles: readonly string[]) => contextOf(onlyOne(task, hosts, roles)),
    acceptFailures: () => createTaskFleet(task, access, hosts, true) as never,
    run: verb((t, command) => t.run(command)),
    sudo: verb((t, command) => t.run(command), { ...context, user: "root" }),
    capture: verb((t, command) => t.capture(command)),
    test: verb((t, command) => t.test(command)),
    exists: function exists(path: string) {
      return onAll(
        (t) => t.exists(path),
        callerOf(exists),
        () => void existsCommand(path, context),
      ) as never;
    },
    hasCommand: function hasCommand(name: string) {
      return onAll(
        (t) => t.hasCommand(name),
        callerOf(hasCommand),
        () => void lookUpCommand(name, context),
      ) as never;
    },
    put: function put(localPath: string, path: string, options: TransferOptions = {}) {
      const check = async (): Promise<void> => {
        refuseUnknown("fleet.put", options, ["mode"] satisfies (keyof TransferOptions)[]);
        checkedMode(options.mode);
        quotePath(path);
        await findLocal(localPath, options);
      };
      return onAll((t) => t.upload(localPath, path, options), callerOf(put), check) as never;
    },
    get: function get(path: string, localPath: string | ((host: HostView) => string)) {
      quotePath(path);
      const places = localPlaces(
        path,
        localPath,
        hosts.map(({ env }) => env.reader.host),
      );
      const fetch: OnOne<string> = (t, at) => t.download(path, places[at] ?? "").then(() => places[at] ?? "");
      return onAll(fetch, callerOf(get), () => makeFoldersOf(places)) as never;
    },
  } satisfies Partial<TaskFleet<TaskContext>>;
  const again = derive(task, (next) => createTaskFleet(next, access, hosts, accepts));
  return Object.freeze({
    ...watchUse(task, builderMembers(context, again)),
    ...watchUse(task, members),
    size: hosts.length,
    [Symbol.iterator]: () => hosts.map(contextOf)[Symbol.iterator](),
  });
}

interface Gathering {
  readonly task: TaskRun;
  readonly access: FleetAccess;
  readonly accepts: boolean;
  readonly contexts: readonly TaskContext[];
  readonly caller: Caller;
}

/** Does it on all, and waits for all. @throws HostsFailed, what the check throws */
async function gather<T>(
  { task, access: { places }, accepts, contexts, caller }: Gathering,
  work: OnOne<T>,
  check: (() => unknown) | undefined,
): Promise<readonly HostOutcome<T>[]> {
  const { kill } = task.limits;
  if (places !== undefined) await check?.();
  const outcomes = await Promise.all(
    contexts.map(async (t, at): Promise<HostOutcome<T>> => {
      const { host } = t;
      try {
        // What is only told is told at once, in order.
        const value = await (places === undefined ? work(t, at) : places.run(() => work(t, at), kill));
        return { host, ok: true, value };
      } catch (error) {
        return { host, ok: false, error: toError(locate(error, caller)) };
      }
    }),
  );
  const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.error));
  const [first] = errors;
  if (first === undefined) return Object.freeze(outcomes);
  if (errors.every((error) => error instanceof InterruptedError)) throw first;
  if (accepts && !kill.aborted) return Object.freeze(outcomes);
  throw new HostsFailed(Object.freeze(outcomes), caller());
}

/** Who reads it first has it: the others would get the rest, or nothing. */
function refuseStream({ stdin }: Command, hosts: number): void {
  const isText = stdin === undefined || typeof stdin === "string" || stdin instanceof Uint8Array || stdin instanceof Secret;
  if (isText || hosts < 2) return;
  throw new UsageError("FLEET_STDIN", `A stream can be read once, and is the input of a command on ${hosts} hosts.`, {
    hint: "Give it as text or bytes; or put a file on the hosts, and let the command read that.",
  });
}
