import { drawColumns } from "../../columns.ts";
import { neutralise } from "../../command/neutralise.ts";
import { groupBy } from "../../group-by.ts";
import type { PlannedFlight, PlannedFlights, PlannedLane } from "../../runner/order/plan-flights.ts";

/** Lanes that are sent the same. */
type SameLanes = readonly [PlannedLane, ...PlannedLane[]];

const BARRIER = ["", "", "-- all hosts wait for each other --"];

/** Flights in order, a line for each task; hosts that are sent the same share their lines. */
export function drawFlights(planned: PlannedFlights): string {
  const lanes = planned.flat();
  const hosts = new Set(lanes.filter(({ local }) => !local).map(({ host }) => host));
  if (lanes.length === 0) return "Nothing to do on these hosts.\n";
  let last = 0;
  const number = ({ kind }: PlannedFlight): string => (kind === "commands" ? String(++last) : "-");
  const rows = planned.map((lanes) => groupBy(lanes, sentIn).flatMap((group) => rowsOf(group, number, hosts.size)));
  const table = rows.flatMap((part, at) => (at === 0 ? part : [BARRIER, ...part]));
  return `${drawColumns(table)}\n${summaryOf(lanes, hosts)}\n`;
}

function sentIn({ local, flights }: PlannedLane): string {
  return JSON.stringify([local, flights]);
}

function rowsOf(lanes: SameLanes, number: (flight: PlannedFlight) => string, all: number): string[][] {
  const [{ local, flights }] = lanes;
  const where = local || lanes.length === all ? "" : neutralise(lanes.map(({ host }) => host).join(", "));
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
