import { neutralise } from "../command/neutralise.ts";
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
    const lines = processes.map((process) => `${process}: ${process.problems.join(", ")}${reasonOf(process)}`);
    super(
      "PROCESSES_FAILED",
      `${processes.length === 1 ? "A process has" : `${processes.length} processes have`} failed:\n${lines.join("\n")}`,
    );
    this.processes = processes;
  }
}

/** Characters of what a process has said last. */
const SAID = 200;

/** Why, in words: what could not be done, or the last that it said. */
function reasonOf({ state, stderr, exitCode }: Process): string {
  if (state.state === "ended" && state.error !== undefined) return ` (${neutralise(state.error.message)})`;
  const said = exitCode === undefined || exitCode === 0 ? "" : neutralise(stderr.trimEnd().split("\n").at(-1) ?? "").trim();
  return said === "" ? "" : ` (${said.length > SAID ? `${said.slice(0, SAID)}…` : said})`;
}
