/**
 * The public test kit, `fake-deploy/testing`: deployfiles run on hosts that are only in memory, with no network and no clock.
 * It grows on purpose: `test/index.test.ts` lists it.
 */

// Running tasks of a deployfile

export type { Selection } from "./hosts/select.ts";
export type { Emit, RunEvent, RunEventKind, TaskOutcome } from "./runner/events.ts";
export type { EventError, Failure, HostResult, HostStatus, RunResult } from "./runner/result.ts";
export type { Answers } from "./testing/answers.ts";
export { type EventRecord, recordEvents } from "./testing/event-record.ts";
export type { TestArgs } from "./testing/read-options.ts";
export { createTestRun, type TestRun, type TestRunOptions } from "./testing/test-run.ts";

// Hosts in memory

export type { Host, HostInput } from "./hosts/host.ts";
export { fakeHost } from "./testing/fake-host.ts";
export type { Channel, ChannelEnd, ChannelRequest, TerminalSize } from "./transport/channel.ts";
export type { MemoryProcess, MemoryProgram } from "./transport/memory/channel.ts";
export type {
  MemoryAnswer,
  MemoryPattern,
  MemoryReply,
  MemoryRequest,
  MemoryRule,
  MemoryScript,
} from "./transport/memory/script.ts";
export { createMemoryTransport, type MemoryRecord, type MemoryTransport } from "./transport/memory/transport.ts";
export type { Connection, ConnectOptions, Transport } from "./transport/transport.ts";
