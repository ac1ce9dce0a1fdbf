/** A connection to a host that is only in memory. */
import type { Command } from "../../command/command.ts";
import { compose } from "../../command/compose.ts";
import { ConnectError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import type { Channel, ChannelRequest } from "../channel.ts";
import { isAccepted, skippedResult, unknownResult } from "../command-result.ts";
import type { CommandResult, Connection, ExecOptions, FlightOptions } from "../transport.ts";
import { type MemoryProgram, openMemoryChannel } from "./channel.ts";
import { readInput, runInMemory } from "./run.ts";
import type { MemoryReply, MemoryRequest } from "./script.ts";

export interface MemoryHost {
  /** Called for each command that starts. */
  answer(request: MemoryRequest): Promise<MemoryReply>;
  /** What runs in place of the script of a channel. */
  program(script: string): MemoryProgram;
  /** True when the link goes down in the place of this command's end. */
  losesLink(): boolean;
}

export class MemoryConnection implements Connection {
  readonly host: Host;
  readonly closed: Promise<Error | undefined>;
  readonly left = [];
  readonly #memory: MemoryHost;
  readonly #lost: Promise<Error>;
  #settleClosed: (reason: Error | undefined) => void = () => {};
  #settleLost: (reason: Error) => void = () => {};
  #gone: Error | undefined;
  #pid = 1;

  constructor(host: Host, memory: MemoryHost) {
    this.host = host;
    this.#memory = memory;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#lost = new Promise((resolve) => {
      this.#settleLost = resolve;
    });
  }

  async flight(commands: readonly Command[], options: FlightOptions): Promise<readonly CommandResult[]> {
    commands.forEach(compose);
    if (this.#gone !== undefined) throw this.#gone;
    const results: CommandResult[] = [];
    for (const [index, command] of commands.entries()) {
      const last = results.at(-1);
      const skipped = options.signal?.aborted === true || (last !== undefined && last.status !== "unknown" && !isAccepted(last));
      if (skipped || last?.status === "skipped") results.push(skippedResult(command));
      // The host may run what it was sent, though nobody hears of it.
      else if (this.#gone !== undefined) results.push(unknownResult(command, this.#gone));
      else results.push(await this.#run(command, index, options));
    }
    return Object.freeze(results);
  }

  async exec(command: Command, options: ExecOptions): Promise<CommandResult> {
    compose(command);
    if (this.#gone !== undefined) throw this.#gone;
    return options.signal?.aborted === true ? skippedResult(command) : this.#run(command, 0, options);
  }

  async open(request: ChannelRequest): Promise<Channel> {
    if (this.#gone !== undefined) throw this.#gone;
    request.signal?.throwIfAborted();
    this.#pid += 1;
    const program = this.#memory.program(request.script);
    return openMemoryChannel(request, { host: this.host, pid: this.#pid, program, lost: this.#lost });
  }

  async close(): Promise<void> {
    this.#end("CONNECTION_CLOSED", "The connection was closed.");
    this.#settleClosed(undefined);
  }

  #run(command: Command, index: number, options: ExecOptions): Promise<CommandResult> {
    return runInMemory({
      command,
      index,
      options,
      answer: async () => {
        const stdin = await readInput(command.stdin);
        const reply = await this.#memory.answer({ host: this.host, command, stdin });
        return this.#memory.losesLink() ? { ...reply, lost: true } : reply;
      },
      lost: this.#lost,
      lose: () => {
        const error = this.#end("CONNECTION_LOST", "The connection was lost.");
        this.#settleClosed(error);
        return error;
      },
    });
  }

  #end(code: string, message: string): Error {
    this.#gone ??= new ConnectError(code, this.host.name, message);
    this.#settleLost(this.#gone);
    return this.#gone;
  }
}
