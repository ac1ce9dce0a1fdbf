/** What has come of a transfer. */
import type { SumTool } from "./sum.ts";

/**
 * What a transfer has done on one host.
 * @example
 * const deleted = ({ hosts }: TransferReport): readonly string[] => hosts.flatMap(({ outcome }) => outcome?.deleted ?? []);
 */
export interface TransferOutcome {
  /** Made the sums that it was verified by. */
  readonly tool: SumTool;
  /** Bytes that were there from an earlier one, which was broken off. */
  readonly resumed: number;
  /** Of a sync: so many files were as they should be. */
  readonly unchanged?: number | undefined;
  /** Of a sync: what was removed, from the directory on. A directory stands for all that was in it. */
  readonly deleted?: readonly string[] | undefined;
  /** Of a get: what a pattern matched and is not there, links that lead nowhere and out of the directory that they would be in. */
  readonly leftOut?: readonly string[] | undefined;
  /** Of a put via other hosts: how it came there. */
  readonly route?: TransferRoute | undefined;
}

/**
 * From where a host had its files.
 * @example
 * const isPassedOn = ({ from }: TransferRoute): boolean => from !== "local";
 */
export interface TransferRoute {
  /** The id of the host that passed them on; `local` is this machine. */
  readonly from: string;
  /** Why no other host did. */
  readonly reason?: string | undefined;
}

export const FROM_HERE: TransferRoute = { from: "local" };

export function describeRoute({ from, reason }: TransferRoute): string {
  if (from !== FROM_HERE.from) return `passed on by ${from}`;
  return reason === undefined ? "from here" : `from here, since ${reason}`;
}
