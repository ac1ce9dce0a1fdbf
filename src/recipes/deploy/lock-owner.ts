import { formatMoment } from "../../index.ts";
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
  /** When the host looked, by its clock as `since` is. */
  readonly now?: string | undefined;
  /** Whether that run lives, and why that is so; undefined when the host did not look. */
  readonly life?: Liveness | undefined;
}

export interface NewOwner extends Omit<LockOwner, "since" | "now" | "life"> {
  /** Nobody's run: who typed `fake lock`. @default false */
  readonly byHand?: boolean | undefined;
}

const FIELDS = ["run", "host", "user", "control", "since", "command", "reason"] as const;

type Field = (typeof FIELDS)[number];

/** The owner as lines for the file, but for `since`. */
export function ownerLines(owner: NewOwner): readonly string[] {
  const fields = FIELDS.flatMap((field) => (field === "since" ? [] : [`${field} ${escapeField(owner[field])}`]));
  return owner.byHand === true ? ["by hand", ...fields] : fields;
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
    now: said.get("now"),
    life: Object.hasOwn(LIVENESS, life) ? (life as Liveness) : undefined,
  };
}

/** Whose the lock is, in one sentence without a full stop. */
export function describeOwner(owner: LockOwner): string {
  if (owner.run === "") return "nobody knows whom: it has no readable owner";
  const reason = owner.reason === "" ? "" : ` (${owner.reason})`;
  return `${describePerson(owner)}, for ${owner.command || "an unknown command"}${reason}`;
}

function describePerson({ user, control, since, now }: LockOwner): string {
  const when = since === "" ? "an unknown time" : formatMoment(since, now);
  return `${user || "somebody"}@${control || "unknown"} since ${when}`;
}

/** Locked by a person, and no run's. */
export function isByHand(owner: LockOwner | null | undefined): boolean {
  return owner?.life === "alive by-hand";
}

/** One line about a lock: whose it is, and whether that run lives. */
export function describeLock(owner: LockOwner | null): string {
  if (owner === null) return "not locked";
  const { life, reason } = owner;
  if (isByHand(owner)) return `locked by hand by ${describePerson(owner)}${reason === "" ? "" : `: ${reason}`}`;
  const verdict = life?.startsWith("dead") ? "That run is dead" : "That run counts as alive";
  return `locked by ${describeOwner(owner)}${life === undefined ? "" : `. ${verdict}: ${LIVENESS[life]}.`}`;
}
