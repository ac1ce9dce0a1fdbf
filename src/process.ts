/**
 * `fake-deploy/process`: many local and remote processes at once, for scripts of their own. It grows on purpose: `test/index.test.ts`
 * lists it.
 */

// Starting processes

export type { CommandInput } from "./command/builder.ts";
export type { Command, CommandContext, CommandOptions } from "./command/command.ts";
export { createLauncher, type LauncherOptions } from "./execution/launcher.ts";
export type { Host, HostInput, HostObject } from "./hosts/host.ts";
export type { ConnectSettings } from "./process/connect-settings.ts";
export type { Launcher, LauncherForwardOptions, LaunchOptions, RemoteOptions } from "./process/launcher.ts";

// One process

export type { Cursor, ExpectOptions, Match, Pattern } from "./process/expect.ts";
export type { Keep, OutputEvent, OutputName } from "./process/output.ts";
export type { Accept, Log, ProblemKind } from "./process/problem.ts";
export type {
  KillOptions,
  MatchOptions,
  Process,
  ProcessMatch,
  ProcessOptions,
  ProcessOutput,
  ProcessProblem,
  ProcessState,
  Stats,
  WaitOptions,
} from "./process/process.ts";
export type { TerminalSize } from "./transport/channel.ts";

// Several together

export type {
  Action,
  ActionHandlers,
  ActionOptions,
  Expected,
} from "./process/action.ts";
export { type CompoundOptions, parallel, type SequenceOptions, sequence } from "./process/compound.ts";
export { ProcessesFailed } from "./process/processes-failed.ts";
export { type Report, type Reported, type ReportText, report } from "./process/report.ts";
export { emptyStats } from "./process/stats.ts";
export { filterBadHosts, waitAll, waitAny } from "./process/together.ts";

// Files

export type { TransferOutcome, TransferRoute } from "./process/transfer/outcome.ts";
export type { TransferProgress } from "./process/transfer/progress.ts";
export type { SumTool } from "./process/transfer/sum.ts";
export type { HostProgress, PutGetOptions, PutOptions, SyncOptions, TransferReport } from "./process/transfer-options.ts";
export type { PathsInput, Transfer } from "./process/transfers.ts";

// Ports that lead through hosts

export type { ForwardOptions, Tunnel, TunnelProblem } from "./process/forward/forward.ts";
export type { TcpAddress } from "./transport/tunnel.ts";

// What differs from host to host

export { type HostsInput, hostKey, sameHost, toHosts, uniqueHosts } from "./process/hosts.ts";
export { type Cycle, cycle, type PerHost } from "./process/per-host.ts";
export { hosts, type RoleHosts, type RolesDefinition } from "./process/role-hosts.ts";

// Time and ports

export { type DurationRange, formatDuration, parseDuration } from "./command/duration.ts";
export { type DateInput, formatDate, parseDate } from "./process/date.ts";
export { getPort, type PortOptions } from "./process/port.ts";
export { type SleepOptions, sleep, Timer } from "./process/time.ts";
