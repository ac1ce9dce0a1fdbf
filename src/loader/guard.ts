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

export interface GuardOptions {
  /** Milliseconds. */
  readonly timeout: number;
}

/** Runs the user's code: always settles, and the process stays. */
export async function guardLoad<T>(work: () => Promise<T>, options: GuardOptions): Promise<T> {
  let reject: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, rejectIt) => {
    reject = rejectIt;
  });
  const fail = (found: LoadFault): LoadFaultError => {
    const error = new LoadFaultError(found);
    reject(error);
    return error;
  };
  // Not keeping the process alive on purpose: an empty event loop is seen at once, by `beforeExit`.
  const timer = setTimeout(() => fail({ kind: "never", after: options.timeout, idle: false }), options.timeout).unref();
  const onIdle = (): void => void fail({ kind: "never", after: options.timeout, idle: true });
  const onLoose = (thrown: unknown): void => void fail({ kind: "loose", thrown });
  const { exit, exitCode } = process;
  process.exit = (code) => {
    throw fail({ kind: "exit", code: code ?? process.exitCode, error: new Error("process.exit") });
  };
  process.on("beforeExit", onIdle);
  process.on("uncaughtException", onLoose);
  process.on("unhandledRejection", onLoose);
  try {
    const value = await Promise.race([work(), failed]);
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
    process.exit = exit;
    process.exitCode = exitCode;
    process.off("beforeExit", onIdle);
    process.off("uncaughtException", onLoose);
    process.off("unhandledRejection", onLoose);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
