import type { Command } from "../../command/command.ts";
import { quote } from "../../command/quote.ts";
import { HOLD } from "../host-side/hold.ts";
import type { CommandResult } from "../transport.ts";

/** What a connection holds: the file of its last `hold` command that succeeded. Every shell of it takes part (see hold.ts). */
export interface Holding {
  /**
   * What a shell has to be told before commands, and whether these have to be kept from inheriting what it holds.
   * @param shell anything that stands for it
   * @param knows it has HOLD in its prelude
   */
  lead(shell: object, commands: readonly Command[], knows: boolean): Lead;
  /** A command that holds a file has succeeded. */
  readonly isHolding: boolean;
  /** Reads what came of the commands in a shell. */
  learn(shell: object, results: readonly CommandResult[]): void;
}

export interface Lead {
  readonly text: string;
  readonly holds: boolean;
}

const NOTHING: Lead = { text: "", holds: false };

/** @param pid of the process that is the connection, where the host's shells cannot tell */
export function createHolding(pid?: number): Holding {
  let file: string | undefined;
  // A file that was made again under its name is another one.
  let turn = 0;
  const joined = new WeakMap<object, number>();
  const holding = {
    isHolding: false,
    lead(shell: object, commands: readonly Command[], knows: boolean): Lead {
      const next = commands.find(({ hold }) => typeof hold === "string")?.hold;
      if (file === undefined && next === undefined) return NOTHING;
      const isNew = file !== undefined && joined.get(shell) !== turn;
      joined.set(shell, turn);
      const lines = [
        ...(knows ? [] : [HOLD]),
        ...(isNew ? [`_fake_join ${quote(file ?? "")}\n`] : []),
        ...(typeof next !== "string" ? [] : [`_fake_of=${pid ?? ""}\n`]),
      ];
      return { text: lines.join(""), holds: true };
    },
    learn(shell: object, results: readonly CommandResult[]): void {
      for (const { command, status } of results) {
        if (command.hold === undefined || status !== "ok") continue;
        file = command.hold === false ? undefined : command.hold;
        holding.isHolding = file !== undefined;
        turn += 1;
        joined.set(shell, turn);
      }
    },
  };
  return holding;
}
