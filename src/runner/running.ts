import type { TaskRef } from "../graph/task.ts";
import type { RunDeps } from "./deps.ts";
import type { Emit } from "./events.ts";
import type { Gate } from "./gate.ts";
import type { Item } from "./item.ts";
import type { Failed, Ledger } from "./ledger.ts";
import type { Pass } from "./pass.ts";
import type { Session } from "./session.ts";
import type { Pending } from "./shell/pending.ts";
import type { Stop } from "./stop.ts";

/** One run: what all of its parts share. */
export interface Running {
  readonly deps: RunDeps;
  /** Says nothing any more once the run is over. */
  readonly emit: Emit;
  readonly redact: (text: string) => string;
  readonly stop: Stop;
  /** Hosts of the run by id, in the order of the plan. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** The machine that `fake` runs on. */
  readonly control: Session;
  readonly ledger: Ledger;
  /** Failures of hosts that the run goes on without: they are told in its result only. */
  readonly leftOut: Ledger;
  /** What stands behind the error that `t.execute` threw in a task. */
  readonly origins: WeakMap<Item, Origin>;
  /** Gates of tasks that only so many hosts may be in, by name of the task. */
  readonly gates: Map<string, Gate>;
  /** Numbers that are unique in the run. */
  nextId(): number;
  /** Runs another task for `t.execute`. @throws what failed first in it */
  execute(task: TaskRef, from: TaskRun): Promise<void>;
}

/** The failures of the tasks inside one that executed others, and the error it was told of. */
export interface Origin {
  readonly error: Error;
  readonly failed: readonly Failed[];
}

/** One task at work on one machine. */
export interface TaskRun {
  readonly pass: Pass;
  readonly item: Item;
  /** The machine that its commands go to: another one than the item's after `t.on(host)`. */
  readonly session: Session;
  /** Tells the task to stop. */
  readonly signal: AbortSignal;
  /** Kills what it runs. */
  readonly kill: AbortSignal;
  /** What was started and has not ended, so that a missing `await` loses nothing. */
  readonly pending: Pending;
}
