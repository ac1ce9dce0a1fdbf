// Loaded into the command line before itself (`node --import`): what one run cost, written to $BENCH_PROBE as JSON when it ends.
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const delay = monitorEventLoopDelay({ resolution: 1 });
let connections = 0;
delay.enable();
subscribe("net.client.socket", () => {
  // Loading is over: from here on a stall keeps hosts waiting.
  if (connections === 0) delay.reset();
  connections += 1;
});
process.once("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const cost = { connections, maxRss: maxRSS * 1024, cpu: (userCPUTime + systemCPUTime) / 1000, stall: delay.max / 1e6 };
  writeFileSync(process.env.BENCH_PROBE ?? "/dev/null", JSON.stringify(cost));
});
