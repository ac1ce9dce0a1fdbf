import { readFileSync } from "node:fs";
import { expect, vi } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import type { CommandEvent, CommandResult } from "../../../src/transport/transport.ts";
import { isAlive } from "../../support/alive.ts";

export function sh(text: string, options: Partial<Command> = {}): Command {
  return { kind: "command", text, ...options };
}

export function statuses(results: readonly CommandResult[]): readonly string[] {
  return results.map(({ status }) => status);
}

export function outputs(results: readonly CommandResult[]): readonly string[] {
  return results.map(({ stdout }) => stdout);
}

/** Remembers events; `started` settles when a command has started. */
export function recorder(): {
  readonly events: CommandEvent[];
  readonly onEvent: (event: CommandEvent) => void;
  started(index: number): Promise<void>;
  printed(text: string): Promise<void>;
} {
  const events: CommandEvent[] = [];
  const printed = (): string => events.map((event) => (event.kind === "output" ? event.text : "")).join("");
  return {
    events,
    onEvent: (event) => void events.push(event),
    started: (index) => until(() => events.some((event) => event.kind === "started" && event.index === index)),
    printed: (text) => until(() => printed().includes(text)),
  };
}

export async function until(holds: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000, interval: 10 });
}

/** The number that a command wrote into a file. */
export function readPid(path: string): number {
  const pid = Number(readFileSync(path, "utf8"));
  expect(pid).toBeGreaterThan(1);
  return pid;
}

/** The same text with the command's own processes waited for: nothing is left of it. */
export function gone(pid: number): Promise<void> {
  return until(() => !isAlive(pid));
}
