import { drawColumns } from "../../columns.ts";
import { neutralise } from "../../command/neutralise.ts";
import type { PlannedFlight, PlannedFlights, PlannedLane } from "../../runner/order/plan-flights.ts";

const BARRIER = ["", "", "-- all hosts wait for each other --"];

/** Flights in order, a line for each task; hosts that are sent the same share their lines. */
export function drawFlights(planned: PlannedFlights): string {
  const lanes = planned.flat();
  const hosts = new Set(lanes.filter(({ local }) => !local).map(({ host }) => host));
  if (lanes.length === 0) return "Nothing to do on these hosts.\n";
  let last = 0;
  const number = ({ kind }: PlannedFlight): string => (kind === "commands" ? String(++last) : "-");
  const rows = planned.map((lanes) => groupsOf(lanes).flatMap((group) => rowsOf(group, number, hosts.size)));
  const table = rows.flatMap((part, at) => (at === 0 ? part : [BARRIER, ...part]));
  return `${drawColumns(table)}\n${summaryOf(lanes, hosts)}\n`;
}

/** Neighbouring lanes that are sent the same. */
interface SameLanes {
  readonly hosts: string[];
  readonly local: boolean;
  readonly flights: readonly PlannedFlight[];
}

function groupsOf(lanes: readonly PlannedLane[]): readonly SameLanes[] {
  const groups: SameLanes[] = [];
  for (const { host, local, flights } of lanes) {
    const same = groups.find((group) => group.local === local && JSON.stringify(group.flights) === JSON.stringify(flights));
    // A host may be there more than once: it and this machine take turns.
    if (same === undefined || same.hosts.includes(host)) groups.push({ hosts: [host], local, flights });
    else same.hosts.push(host);
  }
  return groups;
}

function rowsOf({ hosts, local, flights }: SameLanes, number: (flight: PlannedFlight) => string, all: number): string[][] {
  const where = local || hosts.length === all ? "" : neutralise(hosts.join(", "));
  return flights.flatMap((flight) => {
    const label = number(flight);
    return flight.tasks.map((task, at) => [
      "",
      at === 0 ? label : "",
      `${neutralise(task)}${noteOf(flight, local)}`,
      at === 0 ? where : "",
    ]);
  });
}

function noteOf({ kind }: PlannedFlight, local: boolean): string {
  if (local) return " (on this machine)";
  return kind === "function" ? " (a function)" : "";
}

function summaryOf(lanes: readonly PlannedLane[], hosts: ReadonlySet<string>): string {
  const sent = new Map([...hosts].map((host) => [host, 0]));
  for (const { host, flights } of lanes) {
    const count = flights.filter(({ kind }) => kind === "commands").length;
    if (sent.has(host)) sent.set(host, (sent.get(host) ?? 0) + count);
  }
  const [least, most] = [Math.min(...sent.values()), Math.max(...sent.values())];
  if (sent.size === 0) return "Nothing is sent to any host.";
  const flights = `${least === most ? "" : `${least} to `}${most} ${most === 1 ? "flight" : "flights"}`;
  const whom = sent.size === 1 ? "to one host" : `to each of ${sent.size} hosts`;
  return `${flights} ${whom}; functions send what they run by themselves.`;
}
