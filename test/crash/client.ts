/**
 * The command line as it is installed, in a process of its own, with one thing between it and its hosts: what it sends is numbered,
 * and one command can be held. `CRASH_LIBRARY` is the folder of the built code.
 */
import { appendFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createCodeCache } from "../../src/cli/package/code-cache.ts";
import { createModuleLoader } from "../../src/cli/package/module-loader.ts";
import type { Command } from "../../src/command/command.ts";
import type { CommandEvent, CommandResult, Connection, Transport } from "../../src/transport/transport.ts";
import { delegate } from "../support/delegate.ts";
import { FLIGHTS, type Flight, isSameStep, MARK, type Mark, type Step } from "./mark.ts";

const mark = JSON.parse(process.env[MARK] ?? "null") as Mark | null;

/** How often each command was sent to each host: also over a second connection. */
const turns = new Map<string, number>();

/** Ids and folders differ from run to run. The title or the text: what else a command has may be secret. */
function labelOf(command: Command): string {
  return (command.title ?? command.text)
    .replaceAll(/\b\d{14}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{16}(-\d+)?\b/g, "RUN")
    .replaceAll(/\b[0-9a-f]{7,40}\b/g, "SHA")
    .replaceAll(/\/\S*\/home\/srv\/app\b/g, "~");
}

function wrapTransport(transport: Transport): Transport {
  const wrapped = async (...args: Parameters<Transport["connect"]>): Promise<Connection> =>
    wrapConnection(await transport.connect(...args));
  return { name: transport.name, connect: wrapped, close: () => transport.close() };
}

function wrapConnection(connection: Connection): Connection {
  const host = connection.host.name;
  const count = (command: Command): Step => {
    const label = labelOf(command);
    const turn = (turns.get(`${host} ${label}`) ?? 0) + 1;
    turns.set(`${host} ${label}`, turn);
    return { host, label, turn };
  };
  /** Notes the flight, holds it where that is asked for, and gives it the door. */
  const prepare = async (commands: readonly Command[]): Promise<readonly Command[]> => {
    const flight: Flight = commands.map(count);
    appendFileSync(process.env[FLIGHTS] ?? "/dev/null", `${JSON.stringify(flight)}\n`);
    if (mark === null) return commands;
    const [first] = flight;
    if (mark.at === "border" && first !== undefined && isSameStep(first, mark.step)) await holdHere(mark);
    return commands.map((command, index) => {
      const isHeld = mark.at !== "border" && isSameStep(flight[index] as Step, mark.step);
      return isHeld ? { ...command, text: withDoor(command.text, mark), timeout: mark.timeout ?? command.timeout } : command;
    });
  };
  return delegate(connection, {
    async flight(commands, options) {
      const results = await connection.flight(await prepare(commands), { ...options, onEvent: undo(commands, options.onEvent) });
      return results.map((result, index) => ({ ...result, command: commands[index] ?? result.command }));
    },
    async exec(command, options) {
      const [prepared = command] = await prepare([command]);
      const result = await connection.exec(prepared, { ...options, onEvent: undo([command], options.onEvent) });
      return { ...result, command };
    },
  });
}

/** Nobody hears of doors. */
function undo(commands: readonly Command[], onEvent: ((event: CommandEvent) => void) | undefined): typeof onEvent {
  return (event) => {
    if (event.kind !== "finished") return onEvent?.(event);
    const result: CommandResult = { ...event.result, command: commands[event.index] ?? event.result.command };
    onEvent?.({ ...event, result });
  };
}

function withDoor(text: string, { at, here, door, deaf }: Mark): string {
  const wait = `${deaf === true ? "trap '' TERM\n" : ""}sh -c 'echo $PPID' >${here}\nread -r _ <${door}`;
  return at === "before" ? `${wait}\n${text}` : `( ${text}\n)\n_crash=$?\n${wait}\nexit $_crash`;
}

async function holdHere({ here, door }: Mark): Promise<void> {
  writeFileSync(here, `${process.pid}\n`);
  while (!existsSync(`${door}.open`)) await delay(10);
}

const library = process.env["CRASH_LIBRARY"] ?? "";
const start = readdirSync(library).find((name) => /^start-.*\.cjs$/.test(name)) ?? "";
const load = createModuleLoader(createCodeCache(process.env));
const module = load(join(library, start)) as typeof import("../../src/cli/start.ts");
void module.start({ importModule: (url) => import(url), wrapTransport });
