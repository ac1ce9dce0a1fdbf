/** A run that is held at a step: what can be done to it there. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Mark, Place } from "./mark.ts";
import type { RunningClient } from "./run-client.ts";
import type { Scene, SceneHost } from "./scene.ts";

export interface Held {
  readonly at: Place;
  /** The host of the step. */
  readonly host: SceneHost;
  /** Of the shell that runs the held command; of the client at a border. */
  readonly pid: number;
  /** The process group of the held command. */
  group(): number;
  signal(name: NodeJS.Signals): void;
  /** Settles when the client has said the text. */
  heard(text: string): Promise<void>;
  /** Lets what is held go on. */
  open(): Promise<void>;
}

/** A place to hold a run at: files of their own. */
export function createMark(scene: Scene, place: Omit<Mark, "here" | "door">): Mark {
  const mark = { ...place, here: scene.fresh("here"), door: scene.fresh("door") };
  execFileSync("mkfifo", [mark.door]);
  return mark;
}

/** The run, as soon as it is held; undefined when it ended without coming there. */
export async function waitUntilHeld(client: RunningClient, mark: Mark, host: SceneHost): Promise<Held | undefined> {
  while (!existsSync(mark.here) || !readFileSync(mark.here, "utf8").endsWith("\n")) {
    if (client.ended) return undefined;
    await delay(5);
  }
  const pid = Number(readFileSync(mark.here, "utf8"));
  return {
    at: mark.at,
    host,
    pid,
    group: () =>
      Number(
        readFileSync(`/proc/${pid}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ")[2],
      ),
    signal: (name) => void client.child.kill(name),
    async heard(text) {
      while (!client.said().includes(text) && !client.ended) await delay(5);
    },
    open: () => open(mark, client),
  };
}

async function open({ at, door }: Mark, client: RunningClient): Promise<void> {
  if (at === "border") return writeFileSync(`${door}.open`, "");
  while (!client.ended) {
    try {
      return closeSync(openSync(door, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {
      // The command has written where it is, and is about to come to the door.
      await delay(5);
    }
  }
}
