import type { TransferReport } from "../../process/transfer-options.ts";
import { countHosts } from "../../report/host-list.ts";
import { describeAmounts } from "../../report/progress.ts";
import type { Screen } from "../../report/reporter.ts";
import { clip } from "../../report/width.ts";

/** One line that says how far a transfer is: it makes room for what is written meanwhile, and is gone at the end. Nothing where nobody sees it. */
export function createProgressLine(verb: string, screen: Screen) {
  let shown = "";
  const draw = (line: string): void => {
    if (!screen.isTTY || screen.behind === true || line === shown) return;
    screen.write(`\r\x1b[K${line}`);
    shown = line;
  };
  return {
    show: (report: TransferReport): void => draw(clip(`${verb}: ${describeProgress(report)}`, screen.columns - 1)),
    /** Before anything else is written. */
    clear: (): void => draw(""),
  };
}

/** What is on its way: hosts that have ended, bytes, rate, and time left as far as anybody knows. */
export function describeProgress({ hosts, total }: TransferReport): string {
  const ended = hosts.filter(({ process }) => process.isEnded).length;
  return `${ended} of ${countHosts(hosts.length)}, ${describeAmounts(total)}`;
}
