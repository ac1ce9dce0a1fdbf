import { escapeField, unescapeField } from "./journal.ts";
import { LIVENESS, type Liveness } from "./liveness.ts";

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

type Field = (typeof FIELDS)[number];

/** The owner as lines for the file, but for `since`. */
export function ownerLines(owner: NewOwner): readonly string[] {
  return FIELDS.flatMap((field) => (field === "since" ? [] : [`${field} ${escapeField(owner[field])}`]));
}

/** The owner as `readLock` printed it, or as `takeLock` did of a lock that it broke; undefined when the output has none. */
export function parseOwner(output: string, title: "locked" | "broken" = "locked"): LockOwner | undefined {
  const lines = output.split("\n");
  const start = lines.indexOf(title);
  if (start === -1) return undefined;
  const said = new Map(lines.slice(start + 1).map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
  const life = said.get("life") ?? "";
  return {
    ...(Object.fromEntries(FIELDS.map((field) => [field, unescapeField(said.get(field) ?? "-")])) as Record<Field, string>),
    life: Object.hasOwn(LIVENESS, life) ? (life as Liveness) : undefined,
  };
}

/** Whose the lock is, in one sentence without a full stop. */
export function describeOwner(owner: LockOwner): string {
  if (owner.run === "") return "nobody knows whom: it has no readable owner";
  const reason = owner.reason === "" ? "" : ` (${owner.reason})`;
  return `${owner.user || "somebody"}@${owner.control || "unknown"} since ${owner.since || "an unknown time"}, for ${owner.command || "an unknown command"}${reason}`;
}

/** One line about a lock: whose it is, and whether that run lives. */
export function describeLock(owner: LockOwner | null): string {
  if (owner === null) return "not locked";
  const { life } = owner;
  const verdict = life?.startsWith("dead") ? "That run is dead" : "That run counts as alive";
  return `locked by ${describeOwner(owner)}${life === undefined ? "" : `. ${verdict}: ${LIVENESS[life]}.`}`;
}
