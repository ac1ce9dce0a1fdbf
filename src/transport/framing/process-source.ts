import type { HostProcess, StartRequest } from "./host-process.ts";
import type { Started } from "./started.ts";

/** Where processes come from, and go back to. */
export interface ProcessSource {
  /** True: shells serve flight after flight, behind writeSessionPrelude(). */
  readonly shellsStay: boolean;
  /** A shell for one flight, at once where one waits. @throws ConnectError */
  takeShell(signal: AbortSignal | undefined): Promise<Started>;
  /** @param stays it waits for another flight */
  returnShell(shell: Started, stays: boolean): void;
  /** A process that lasts as long as it likes, in a place of its own until it is released. @throws ConnectError */
  start(request: StartRequest): Promise<HostProcess>;
}
