/** A run that is held at a step: what can be done to it there. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { quote } from "../command/quote.ts";
import type { Mark, Place } from "./mark.ts";
import { killText, type RemoteHost, runThere } from "./remote-host.ts";
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
  /** Kills the shell that runs the held command. */
  kill(): Promise<void>;
  /** Lets what is held go on. */
  open(): Promise<void>;
}

/** A place to hold a run at: files of their own, where who is held can reach them. */
export async function createMark(scene: Scene, { remote }: SceneHost, place: Omit<Mark, "here" | "door">): Promise<Mark> {
  const [here, door] = ["here", "door"].map((name) => {
    const file = scene.fresh(name);
    return remote === undefined || place.at === "border" ? file : `${remote.scratch}/${basename(file)}`;
  }) as [string, string];
  if (remote === undefined) execFileSync("mkfifo", [door]);
  else if (place.at !== "border") await runThere(remote, `mkfifo ${quote(door)}`);
  return { ...place, here, door };
}

/** The run, as soon as it is held; undefined when it ended without coming there. */
export async function waitUntilHeld(client: RunningClient, mark: Mark, host: SceneHost): Promise<Held | undefined> {
  const remote = mark.at === "border" ? undefined : host.remote;
  let said = "";
  for (;;) {
    said = remote === undefined ? readHere(mark) : await runThere(remote, `cat ${quote(mark.here)} 2>/dev/null || :`);
    if (/^\d+\n$/.test(said)) break;
    if (client.ended) return undefined;
    await delay(remote === undefined ? 5 : 50);
  }
  const pid = Number(said);
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
    async kill() {
      if (remote === undefined) process.kill(pid, "SIGKILL");
      else await runThere(remote, killText(host.variable, String(pid)));
    },
    open: () => open(mark, client, remote),
  };
}

function readHere({ here }: Mark): string {
  return existsSync(here) ? readFileSync(here, "utf8") : "";
}

async function open({ at, door }: Mark, client: RunningClient, remote: RemoteHost | undefined): Promise<void> {
  if (at === "border") return writeFileSync(`${door}.open`, "");
  while (!client.ended) {
    if (remote !== undefined) {
      // Open for both, it waits for nobody; who comes within the second finds it open.
      await runThere(remote, `exec 3<>${quote(door)}; echo >&3; sleep 1`);
      continue;
    }
    try {
      return closeSync(openSync(door, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {
      // The command has written where it is, and is about to come to the door.
      await delay(5);
    }
  }
}
