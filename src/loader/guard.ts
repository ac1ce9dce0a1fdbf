import { AsyncLocalStorage } from "node:async_hooks";
import { watchExits } from "../exit-guard.ts";

/** What a deployfile must not do while it is loaded. */
export type LoadFault =
  | { readonly kind: "exit"; readonly code: unknown; readonly error: Error }
  /** `idle`: nothing was left that could ever settle it. */
  | { readonly kind: "never"; readonly after: number; readonly idle: boolean }
  /** Thrown where nobody waits for it: in a timer, or in a promise that was let go. */
  | { readonly kind: "loose"; readonly thrown: unknown };

/** Thrown in place of the fault, so that it can be told with its place. */
export class LoadFaultError extends Error {
  readonly fault: LoadFault;

  constructor(fault: LoadFault) {
    super(fault.kind);
    this.name = "LoadFaultError";
    this.fault = fault;
  }
}

/** One load, from its start to its end: makes it fail. */
type Load = (found: LoadFault) => LoadFaultError;

/**
 * Loads at work in this process. What they must not do, they do to the process, so there is one guard for all of them: it knows by
 * the asynchronous context whose doing something is.
 */
const loads = new Set<Load>();
const context = new AsyncLocalStorage<Load>();

/** Runs the user's code: always settles, and the process stays. Loads may run at the same time. @param timeout milliseconds */
export async function guardLoad<T>(work: () => Promise<T>, timeout: number): Promise<T> {
  let reject: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, rejectIt) => {
    reject = rejectIt;
  });
  const load: Load = (found) => {
    const error = new LoadFaultError(found);
    reject(error);
    return error;
  };
  // Not keeping the process alive on purpose: an empty event loop is seen at once, by `beforeExit`.
  const timer = setTimeout(() => load({ kind: "never", after: timeout, idle: false }), timeout).unref();
  const onIdle = (): void => void load({ kind: "never", after: timeout, idle: true });
  process.on("beforeExit", onIdle);
  if (loads.size === 0) watchProcess();
  loads.add(load);
  try {
    const value = await Promise.race([context.run(load, work), failed]);
    // A promise that was let go is told of at the end of this turn of the event loop; and what the deployfile caught
    // itself, an exit perhaps, counts all the same.
    await Promise.race([nextTurn(), failed]);
    return value;
  } catch (error) {
    // Node rejects once more, with nobody to hear it, when a CommonJS module inside has thrown.
    await nextTurn();
    throw error;
  } finally {
    clearTimeout(timer);
    process.off("beforeExit", onIdle);
    loads.delete(load);
    if (loads.size === 0) leaveProcess();
  }
}

let exitCode: typeof process.exitCode;
let allowExits: (() => void) | undefined;

function watchProcess(): void {
  exitCode = process.exitCode;
  allowExits = watchExits(refuseExit);
  process.on("uncaughtException", onLoose);
  process.on("unhandledRejection", onLoose);
}

function leaveProcess(): void {
  process.exitCode = exitCode;
  allowExits?.();
  process.off("uncaughtException", onLoose);
  process.off("unhandledRejection", onLoose);
  // To follow contexts slows down every promise.
  context.disable();
}

function refuseExit(code: unknown): Error | undefined {
  const load = context.getStore();
  if (load === undefined || !loads.has(load)) return undefined;
  return load({ kind: "exit", code, error: new Error("process.exit") });
}

function onLoose(thrown: unknown): void {
  const load = context.getStore();
  // A library may have lost the context: then it can be any load's, unless someone else listens, who knows better.
  const isLost = load === undefined && process.listenerCount("uncaughtException") === 1;
  for (const each of isLost ? loads : [load]) if (each !== undefined && loads.has(each)) each({ kind: "loose", thrown });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
