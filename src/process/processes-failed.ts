import { FakeError } from "../errors.ts";
import type { Process } from "./process.ts";

/**
 * Thrown on request only: processes that something counts against.
 * @example
 * const failed = (error: unknown): readonly Process[] => (error instanceof ProcessesFailed ? error.processes : []);
 */
export class ProcessesFailed extends FakeError {
  readonly processes: readonly Process[];

  constructor(processes: readonly Process[]) {
    const lines = processes.map((process) => `${process}: ${process.problems.join(", ")}`);
    super(
      "PROCESSES_FAILED",
      `${processes.length === 1 ? "A process has" : `${processes.length} processes have`} failed:\n${lines.join("\n")}`,
    );
    this.processes = processes;
  }
}
