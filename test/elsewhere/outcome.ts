/** Tests whose outcomes are the cells of docs/elsewhere.md. */
import { it } from "vitest";
import type { Outcome, TableName } from "./document.ts";

declare module "vitest" {
  interface TaskMeta {
    /** A cell of docs/elsewhere.md. */
    outcome?: Omit<Outcome, "inSuite">;
  }
}

/** What the product runs on. */
export interface Part {
  readonly table: TableName;
  /** Of its column. */
  readonly name: string;
  /** As found on this machine. */
  readonly version: string;
  /** Why it cannot be tried here; undefined when it can. */
  readonly missing?: string | undefined;
}

export interface CellOptions {
  /** What stands in the cell when the test passes: for what is refused, or works in another way. @default "yes" */
  readonly says?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/**
 * Gives what declares tests of one part: each is a cell, in the row that it is called.
 * @example
 * const on = outcomesOf({ table: "servers", name: "dropbear", version, missing });
 * on("deploys and rolls back", async () => { ... });
 * on("two sessions at once", { says: "refused before anything is changed" }, async () => { ... });
 */
export function outcomesOf({ table, name, version, missing }: Part) {
  return (tried: string, ...[first, second]: [() => unknown] | [CellOptions, () => unknown]): void => {
    const { says = "yes", timeout } = typeof first === "function" ? {} : first;
    const test = typeof first === "function" ? first : second;
    const title = `${name}: ${tried}${missing === undefined ? "" : `, skipped: ${missing}`}`;
    const meta = { outcome: { table, name, version, tried, says } };
    it.skipIf(missing !== undefined)(title, { meta, ...(timeout === undefined ? {} : { timeout }) }, async () => {
      await test?.();
    });
  };
}
