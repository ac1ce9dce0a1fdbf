import type { Command } from "../../command/command.ts";
import { quote } from "../../command/quote.ts";
import { HOLD } from "../host-side/hold.ts";
import type { CommandResult } from "../transport.ts";

/** What a shell is told before commands. */
export interface Lead {
  readonly text: string;
  readonly holds: boolean;
}

const NOTHING: Lead = { text: "", holds: false };

/** What a connection holds: the file of its last `hold` command that succeeded. Every shell of it takes part (see hold.ts). */
export class Holding {
  /** A command that holds a file has succeeded. */
  isHolding = false;
  readonly #pid: number | "-" | undefined;
  #file: string | undefined;
  /** What a host runs in place of commands once the file is gone. */
  #ifGone = "";
  /** A file that was made again under its name is another one. */
  #turn = 0;
  readonly #joined = new WeakMap<object, number>();

  /** @param pid of the process that is the connection, where the host's shells cannot tell; `-`: no process is, as long as it lasts */
  constructor(pid?: number | "-") {
    this.#pid = pid;
  }

  /**
   * What a shell has to be told before commands, and whether these have to be kept from inheriting what it holds.
   * @param shell anything that stands for it
   * @param knows it has HOLD in its prelude
   */
  lead(shell: object, commands: readonly Command[], knows: boolean): Lead {
    const next = commands.find(({ hold }) => typeof hold === "string");
    if (this.#file === undefined && next === undefined) return NOTHING;
    const isNew = this.#file !== undefined && this.#joined.get(shell) !== this.#turn;
    this.#joined.set(shell, this.#turn);
    const lines = [
      ...(knows ? [] : [HOLD]),
      ...(this.#file === undefined ? ["_fake_held=\n"] : []),
      ...(isNew ? [`_fake_gone=${quote(this.#ifGone)}; _fake_join ${quote(this.#file ?? "")}\n`] : []),
      ...(next === undefined ? [] : [`_fake_of=${this.#pid ?? ""} _fake_gone=${quote(next.ifGone ?? "")}\n`]),
    ];
    return { text: lines.join(""), holds: true };
  }

  /** Reads what came of the commands in a shell. */
  learn(shell: object, results: readonly CommandResult[]): void {
    for (const { command, status } of results) {
      if (command.hold === undefined || status !== "ok") continue;
      this.#file = command.hold === false ? undefined : command.hold;
      this.#ifGone = command.ifGone ?? "";
      this.isHolding = this.#file !== undefined;
      this.#turn += 1;
      this.#joined.set(shell, this.#turn);
    }
  }
}
