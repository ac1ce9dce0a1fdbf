/**
 * What every transport has to do, run against each of them. A transport that cannot do something skips it by title, with a
 * reason that is shown; a title that no longer exists fails.
 */
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/transport/transport.ts";
import type { Answers, ContractCase, ContractHost, Programs } from "./transport/case.ts";
import { channelCases } from "./transport/channel.ts";
import { connectionCases } from "./transport/connection.ts";
import { endingCases } from "./transport/ending.ts";
import { execCases } from "./transport/exec.ts";
import { flightCases } from "./transport/flight.ts";
import { forwardCases } from "./transport/forward.ts";
import { isolationCases } from "./transport/isolation.ts";
import { killCases } from "./transport/kill.ts";
import { outliveCases } from "./transport/outlive.ts";
import { outputCases } from "./transport/output.ts";
import { tunnelCases } from "./transport/tunnel.ts";

export interface TransportContract {
  readonly name: string;
  create(answers: Answers, programs: Programs): Promise<ContractHost>;
  /** Nothing but a double. @default false */
  readonly isDouble?: boolean;
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

const groups: Readonly<Record<string, readonly ContractCase[]>> = {
  connections: connectionCases,
  flights: flightCases,
  isolation: isolationCases,
  output: outputCases,
  endings: endingCases,
  killing: killCases,
  "a channel of its own": execCases,
  channels: channelCases,
  "channels that outlive us": outliveCases,
  tunnels: tunnelCases,
  forwarding: forwardCases,
};

/** Titles of all cases of some groups: for doubles that skip what only a shell can show. */
export function titlesOf(...names: readonly (keyof typeof groups)[]): readonly string[] {
  return names.flatMap((name) => (groups[name] ?? []).map(({ title }) => title));
}

export function transportContract(contract: TransportContract): void {
  const reasons = new Map((contract.skip ?? []).flatMap(({ reason, tests }) => tests.map((title) => [title, reason] as const)));
  describe(`the ${contract.name} transport`, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const one of cases) declare(one, reasons.get(one.title), contract);
      });
    }

    it("skips only what there is, each with a reason", () => {
      const titles = titlesOf(...Object.keys(groups));
      expect([...reasons.keys()].filter((title) => !titles.includes(title))).toEqual([]);
      expect([...reasons.values()].filter((reason) => reason.length < 10)).toEqual([]);
      expect(titles.length).toBe(new Set(titles).size);
    });
  });
}

function declare(one: ContractCase, reason: string | undefined, contract: TransportContract): void {
  if (reason !== undefined) {
    it.skip(`${one.title} (skipped: ${reason})`, () => {});
    return;
  }
  it(one.title, async () => {
    const created = await contract.create(one.answers ?? {}, one.programs ?? {});
    const connect = (): Promise<Connection> =>
      created.transport.connect(created.host, { signal: new AbortController().signal, after: undefined });
    try {
      await one.run({ ...created, connection: await connect(), connect, isReal: contract.isDouble !== true });
    } finally {
      await created.transport.close();
      await created.stop();
    }
  });
}
