/** What is going on at the moment, with times: the clock of a screen goes on by so many milliseconds after each event. */
import type { EventOf, RunEvent } from "../../../src/runner/events.ts";

export const TICK_MS = 80;

interface CommandSeen {
  readonly event: EventOf<"commandStarted">;
  readonly since: number;
  tail: string;
}

export class Scene {
  /** Milliseconds. */
  now = 0;
  /** `host task`, and since when. */
  readonly tasks = new Map<string, number>();
  readonly commands = new Map<number, CommandSeen>();
  /** How the last command of `host task` ended. */
  readonly ends = new Map<string, EventOf<"commandFinished">>();
  /** Commands whose output is for programs, and all that have any. */
  readonly quiet = new Set<number>();
  readonly printed = new Set<number>();
  debug = 0;
  stageSince = 0;

  hear(event: RunEvent): void {
    const since = this.now;
    switch (event.kind) {
      case "stageStarted":
        this.stageSince = since;
        break;
      case "taskStarted":
        this.tasks.set(`${event.host} ${event.task}`, since);
        this.ends.delete(`${event.host} ${event.task}`);
        break;
      case "taskFinished":
        this.tasks.delete(`${event.host} ${event.task}`);
        break;
      case "commandStarted":
        this.commands.set(event.id, { event, since, tail: "" });
        break;
      case "commandOutput":
        this.printed.add(event.id);
        if (event.quiet) this.quiet.add(event.id);
        else this.#note(event);
        break;
      case "commandFinished":
        this.commands.delete(event.id);
        this.ends.set(`${event.host} ${event.task}`, event);
        break;
      case "message":
        if (event.level === "debug") this.debug++;
    }
  }

  /** After an event. */
  pass(): void {
    this.now += TICK_MS;
  }

  #note({ id, text }: EventOf<"commandOutput">): void {
    const command = this.commands.get(id);
    if (command !== undefined) command.tail = text.trimEnd();
  }

  /** Since when something may have been at work on this host: its tasks, and what they run. */
  sincesOf(host: string): readonly number[] {
    const tasks = [...this.tasks].filter(([key]) => key.startsWith(`${host} `)).map(([, since]) => since);
    return [...tasks, ...this.commandsOf(host).map(({ since }) => since)];
  }

  commandsOf(host: string): readonly CommandSeen[] {
    return [...this.commands.values()].filter(({ event }) => event.host === host);
  }
}
