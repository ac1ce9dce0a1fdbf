import { escapeField, unescapeField } from "./journal.ts";
import { describeLiveness, findLiveness, type Liveness } from "./liveness.ts";

/** Whose a lock is, as the file in it says. */
export interface LockOwner {
  /** The run that holds the lock: what tells this run from every other. */
  readonly run: string;
  /** The host of that run which it was taken for. */
  readonly host: string;
  readonly user: string;
  /** The control machine. */
  readonly control: string;
  /** ISO 8601, by the host's clock; empty when unknown. */
  readonly since: string;
  readonly command: string;
  readonly reason: string;
  /** Whether that run lives, and why that is so; undefined when the host did not look. */
  readonly life?: Liveness | undefined;
}

export type NewOwner = Omit<LockOwner, "since" | "life">;

const FIELDS = ["run", "host", "user", "control", "since", "command", "reason"] as const;

/** The owner as lines for the file, but for `since`. */
export function ownerLines(owner: NewOwner): readonly string[] {
  return FIELDS.flatMap((field) => (field === "since" ? [] : [`${field} ${escapeField(owner[field])}`]));
}

/** The owner as `readLock` printed it; undefined when the lock is free. */
export function parseOwner(output: string): LockOwner | undefined {
  return parseBlock("locked", output);
}

/** Whose lock was broken, as `takeLock` printed it. */
export function parseBroken(output: string): LockOwner | undefined {
  return parseBlock("broken", output);
}

function parseBlock(title: string, output: string): LockOwner | undefined {
  const lines = output.split("\n");
  const start = lines.indexOf(title);
  if (start === -1) return undefined;
  const said = new Map(lines.slice(start + 1).map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
  const [run = "", host = "", user = "", control = "", since = "", command = "", reason = ""] = FIELDS.map((field) =>
    unescapeField(said.get(field) ?? "-"),
  );
  return { run, host, user, control, since, command, reason, life: findLiveness(said.get("life") ?? "") };
}

/** Whose the lock is, in one sentence without a full stop. */
export function describeOwner(owner: LockOwner): string {
  if (owner.run === "") return "nobody knows whom: it has no readable owner";
  const reason = owner.reason === "" ? "" : ` (${owner.reason})`;
  return `${owner.user || "somebody"}@${owner.control || "unknown"} since ${owner.since || "an unknown time"}, for ${owner.command || "an unknown command"}${reason}`;
}

/** Whether its owner lives, as a sentence; empty when nobody looked. */
export function describeSigns({ life }: LockOwner): string {
  if (life === undefined) return "";
  return `${life.startsWith("dead") ? "That run is dead" : "That run counts as alive"}: ${describeLiveness(life)}.`;
}
