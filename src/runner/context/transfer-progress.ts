/** Tells of files on their way, while they are. */
import { Meter } from "../../process/transfer/progress.ts";
import type { TaskRun } from "./run.ts";

/** Milliseconds. */
const EVERY = 500;

/** What is known of files on their way. */
export interface Flow {
  readonly bytes: number;
  /** Undefined while nobody knows. */
  readonly totalBytes: number | undefined;
}

/** Follows a transfer from the start of its command to its end. What is done at once is not told. */
export function watchTransfer({ run, target, name: task }: TaskRun, read: () => Flow) {
  const meter = new Meter();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => clearInterval(timer);
  return {
    begin(id: number, command: string): void {
      const since = run.now();
      meter.begin();
      const tell = (): void => {
        Object.assign(meter, read());
        const { bytes, totalBytes, rate, secondsLeft } = meter.read();
        const about = { id, host: target.id, task, command, bytes, totalBytes, rate: Math.round(rate) };
        const left = secondsLeft === undefined ? undefined : Math.ceil(secondsLeft);
        run.emit({ kind: "transferProgress", ...about, secondsLeft: left, duration: Math.round(run.now() - since) });
      };
      timer = setInterval(tell, EVERY);
      timer.unref();
    },
    end,
  };
}
