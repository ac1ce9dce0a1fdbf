/** One attempt to bring a stream to hosts of which each passes it on to others. */
import ssh2 from "ssh2";
import { neutralise } from "../../command/neutralise.ts";
import { TaskError, toError } from "../../errors.ts";
import { type OpenDoor, openDoor } from "./door.ts";
import { type HopNews, parseHopNews, type RelayHop, relayScript, withoutNews } from "./hop-script.ts";
import { type RanScript, runScript, type Wire } from "./host-run.ts";
import { FROM_HERE, type TransferRoute } from "./outcome.ts";
import { countSent, type Parcel, type SendParts } from "./parcel.ts";

/** A host that is to have it. */
export interface Recipient {
  readonly wire: Wire;
  readonly parcel: Parcel;
  readonly parts: SendParts;
  /** From whom it has everything, or why it has not. */
  readonly settle: (route: Promise<TransferRoute>) => void;
  /** Why no other host has passed it on, the last time. */
  reason: string | undefined;
}

/** A host on the way of the stream. The first one has no door: it has the stream from here. */
interface Waypoint {
  readonly member: Recipient;
  readonly door: OpenDoor | undefined;
  readonly privateKey: string;
  /** Hosts that it passes on to: of each list the first one that can be reached. */
  readonly slots: Waypoint[][];
  readonly cut: AbortController;
  /** Those that may still reach it. */
  readonly mayFeed: Set<Waypoint>;
  readonly fedBy: Set<Waypoint>;
  /** All of the stream has gone into it. */
  isWhole: boolean;
  /** Those that had all of it from here. */
  readonly passedTo: Set<Waypoint>;
  over: Promise<boolean>;
}

/** Hosts that are tried in the place of one that cannot be reached, and that one. */
const CANDIDATES = 10;

/**
 * Settles those that have it, and those that cannot have it; gives the others. Never rejects.
 * @param fanOut to how many others each host passes it on
 */
export async function runRound(members: readonly Recipient[], fanOut: number): Promise<readonly Recipient[]> {
  const found = await Promise.all(members.map((member, index) => createWaypoint(member, index === 0)));
  const points = found.filter((point) => point !== undefined);
  for (const [index, point] of points.entries()) addSlots(point, points, index, fanOut);
  for (const point of points) point.over = receive(point, points);
  await Promise.all(points.map(({ over }) => over));
  const settled = new Set<Recipient>();
  for (const { member, over } of points) if (await over) settled.add(member);
  return members.filter((member) => !settled.has(member));
}

async function createWaypoint(member: Recipient, isFirst: boolean): Promise<Waypoint | undefined> {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
  try {
    const door = isFirst ? undefined : await openDoor(member.wire, publicKey.trim(), member.parts.signal);
    const sets = { slots: [], mayFeed: new Set<Waypoint>(), fedBy: new Set<Waypoint>(), passedTo: new Set<Waypoint>() };
    return { ...sets, member, door, privateKey, cut: new AbortController(), isWhole: false, over: Promise.resolve(false) };
  } catch (error) {
    member.reason = `it cannot have it from another host: ${toError(error).message}`;
    return undefined;
  }
}

/** Behind the hosts that it passes on to stand, in case, those that these would pass on to. */
function addSlots(point: Waypoint, points: readonly Waypoint[], index: number, fanOut: number): void {
  for (let child = index * fanOut + 1; child <= (index + 1) * fanOut && child < points.length; child++) {
    const slot: Waypoint[] = [];
    for (let at = child; at < points.length && slot.length < CANDIDATES; at = at * fanOut + 1) slot.push(points[at] as Waypoint);
    point.slots.push(slot);
    for (const candidate of slot) candidate.mayFeed.add(point);
  }
}

/** Gives whether it is settled. */
async function receive(point: Waypoint, points: readonly Waypoint[]): Promise<boolean> {
  const { member, door, cut, slots } = point;
  const { wire, parcel, parts, settle } = member;
  const { meter } = parts;
  const hops = slots.map((slot) => slot.map((to) => hopTo(to, points)));
  const onError = (line: string): void => {
    const news = parseHopNews(line);
    if (news !== undefined) hear(point, points, news);
  };
  const input = door === undefined ? readHere(point) : undefined;
  const signal = AbortSignal.any([parts.signal, cut.signal]);
  let ran: RanScript;
  try {
    ran = await runScript(wire, relayScript(parcel.script, hops, door?.directory), {
      signal,
      input,
      onError,
      onSent: countSent(parcel, meter),
    });
  } catch (error) {
    if (cut.signal.aborted && !parts.signal.aborted) return false;
    settle(Promise.reject(error));
    return true;
  } finally {
    isOver(point, points);
    await door?.close();
  }
  if (ran.exitCode === 0) {
    point.isWhole = true;
    settle(finish(point, ran));
    return true;
  }
  // Whether what came to it was all there is: else it may have failed for that.
  for (const feeder of point.fedBy) await feeder.over;
  if (!isWhole(point)) {
    member.reason ??= `what ${nameOf([...point.fedBy][0])} passed on to it was not all of it`;
    return false;
  }
  settle(Promise.reject(parcel.explain({ ...ran, stderr: withoutNews(ran.stderr) })));
  return true;
}

/** Only the first one's stream goes through here, so that it is counted. */
async function finish(point: Waypoint, ran: RanScript): Promise<TransferRoute> {
  const { wire, parcel, parts } = point.member;
  if (point.door !== undefined) {
    parts.meter.addBytes(parcel.bytes);
    parts.meter.files += parcel.files;
  }
  await parcel.finish(ran, wire, parts.signal);
  return point.door === undefined ? FROM_HERE : { from: nameOf([...point.fedBy].at(-1)) };
}

/** Also when it could not use it. */
function isWhole(point: Waypoint): boolean {
  return point.isWhole || [...point.fedBy].some((feeder) => feeder.passedTo.has(point) && isWhole(feeder));
}

async function* readHere(point: Waypoint): AsyncGenerator<Buffer> {
  const { parcel, parts } = point.member;
  yield* parcel.input(() => parts.meter.addFile());
  point.isWhole = true;
}

function hopTo(to: Waypoint, points: readonly Waypoint[]): RelayHop {
  return { host: points.indexOf(to), door: to.door as OpenDoor, privateKey: to.privateKey };
}

function hear(from: Waypoint, points: readonly Waypoint[], { kind, host, reason }: HopNews): void {
  const slot = from.slots.find((candidates) => candidates.some((one) => one === points[host])) ?? [];
  const to = points[host];
  if (to === undefined || !slot.includes(to)) return;
  if (kind === "done") from.passedTo.add(to);
  if (kind === "fed") {
    to.fedBy.add(from);
    for (const spared of slot.slice(slot.indexOf(to) + 1)) cannotFeed(from, spared);
  }
  if (kind === "missed" || kind === "cut") to.member.reason = `${nameOf(from)} could not pass it on to it: ${neutralise(reason)}`;
  if (kind === "missed") cannotFeed(from, to);
}

function isOver(point: Waypoint, points: readonly Waypoint[]): void {
  for (const other of points) cannotFeed(point, other);
}

/** Nobody comes any more to a host that none is left for. */
function cannotFeed(from: Waypoint, to: Waypoint): void {
  if (!to.mayFeed.delete(from) || to.mayFeed.size > 0 || to.fedBy.size > 0) return;
  to.member.reason ??= "the hosts before it have failed";
  to.cut.abort(new TaskError("No other host passes it on."));
}

function nameOf(point: Waypoint | undefined): string {
  return point?.member.wire.host.id ?? "another host";
}
