/** One thing between a client and its hosts: what it sends is numbered, and one command can be held. */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "../command/command.ts";
import { compose } from "../command/compose.ts";
import { quote } from "../command/quote.ts";
import { UsageError } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import { delegate } from "../transport/delegate.ts";
import type { CommandEvent, CommandResult, Connection, Transport } from "../transport/transport.ts";
import { isSameStep, type Mark, type Orders, type Redirection, type SentFlight, type SentStep } from "./mark.ts";

/** A transport that does as it is ordered: in the process of the client. */
export function holdTransport({ mark, flightsFile, redirect }: Orders): (transport: Transport) => Transport {
  /** How often each command was sent to each host: also over a second connection. */
  const turns = new Map<string, number>();
  const count = (host: string, command: Command): SentStep => {
    const label = labelOf(command);
    const turn = (turns.get(`${host} ${label}`) ?? 0) + 1;
    turns.set(`${host} ${label}`, turn);
    return { host, label, turn };
  };
  /** Notes the flight, holds it where that is asked for, and gives it the door. What nobody is told of is no step of a run. */
  const prepare: Prepare = async (host, commands, isTold) => {
    const { before, variable } = redirect?.hosts[host] ?? {};
    const all = before === undefined ? commands : commands.map((command) => putBefore(before, variable, command));
    if (!isTold) return all;
    const flight: SentFlight = commands.map((command) => count(host, command));
    appendFileSync(flightsFile, `${JSON.stringify(flight)}\n`);
    if (mark === undefined) return all;
    const [first] = flight;
    if (mark.at === "border" && first !== undefined && isSameStep(first, mark.step)) await holdHere(mark);
    return all.map((command, index) => {
      const isHeld = mark.at !== "border" && isSameStep(flight[index] as SentStep, mark.step);
      return isHeld ? { ...command, text: withDoor(command.text, mark), timeout: mark.timeout ?? command.timeout } : command;
    });
  };
  return (transport) => {
    if (transport.name === "local") return redirect?.local === false ? { ...transport, connect: refuseLocal } : transport;
    return {
      name: transport.name,
      async connect(host, options) {
        const { before, variable } = redirect?.hosts[host.id] ?? {};
        const connection = await transport.connect(reach(host, redirect), { ...options, variable });
        return wrapConnection(host, connection, prepare, before);
      },
      close: () => transport.close(),
    };
  };
}

async function refuseLocal(): Promise<never> {
  throw new UsageError("NOT_REHEARSED", "A command on this machine is not run in a rehearsal.", {
    hint: "`--local` runs such commands, and local tasks: what they reach for is then really reached.",
  });
}

/** What stands in the place of this host. @throws UsageError for any other */
function reach(host: Host, redirect: Redirection | undefined): Host {
  if (redirect === undefined) return host;
  const found = redirect.hosts[host.id];
  if (found === undefined)
    throw new UsageError("NOT_REHEARSED", `${host.id} is not one of the hosts of the rehearsal: it is not reached.`);
  return { ...host, address: found.address, port: found.port };
}

/**
 * `sudo` is looked for in PATH like anything else, also by what is run before a command, which may set PATH itself: so does the command
 * behind a sudo that something stands in for. A real one that clears the environment has left the rehearsal: there is nothing to ask for.
 * A prefix that fails keeps all behind it from running. @throws UsageError where it cannot come before
 */
function putBefore(before: string, variable: string | undefined, command: Command): Command {
  if (command.user === undefined) return { ...command, prefixes: aroundPrefixes(before, command) };
  if (command.stdin !== undefined || command.pty === true)
    throw new UsageError("NOT_REHEARSED", "A command of another user that has input or a terminal is not run on real hosts.", {
      hint: "Rehearse it on throwaway hosts: leave out --on-hosts.",
    });
  const { user: _user, becomeMethod: _method, cwd: _cwd, vars: _vars, umask: _umask, prefixes: _prefixes, ...rest } = command;
  const [name] = variable?.split("=") ?? [];
  const inside = name === undefined ? before : `[ -z "\${${name}-}" ] || { ${before}; }`;
  const text = compose({ ...command, prefixes: aroundPrefixes(inside, command) });
  return { ...rest, title: command.title, prefixes: [before], text };
}

/** Also behind each, and behind the command's variables. */
function aroundPrefixes(before: string, { prefixes = [] }: Command): readonly string[] {
  return [before, ...prefixes.flatMap((prefix) => [prefix, before])];
}

type Prepare = (host: string, commands: readonly Command[], isTold: boolean) => Promise<readonly Command[]>;

function wrapConnection(named: Host, connection: Connection, prepare: Prepare, before: string | undefined): Connection {
  const host = named.id;
  return delegate(connection, {
    host: named,
    async flight(commands, options) {
      const prepared = await prepare(host, commands, options.onEvent !== undefined);
      const results = await connection.flight(prepared, { ...options, onEvent: undo(commands, options.onEvent) });
      return results.map((result, index) => ({ ...result, command: commands[index] ?? result.command }));
    },
    async exec(command, options) {
      const [prepared = command] = await prepare(host, [command], options.onEvent !== undefined);
      const result = await connection.exec(prepared, { ...options, onEvent: undo([command], options.onEvent) });
      return { ...result, command };
    },
    open(request) {
      return connection.open(
        before === undefined ? request : { ...request, script: `{ ${before}; } || exit\n${request.script}` },
      );
    },
  });
}

/** Ids and folders differ from run to run. The title or the text: what else a command has may be secret. */
function labelOf(command: Command): string {
  return (command.title ?? command.text)
    .replaceAll(/\b\d{14}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{16}(-\d+)?\b/g, "RUN")
    .replaceAll(/\b[0-9a-f]{7,40}\b/g, "SHA")
    .replaceAll(/\/\S*\/home\/srv\/app\b/g, "~");
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
  const wait = `${deaf === true ? "trap '' TERM\n" : ""}sh -c 'echo $PPID' >${quote(here)}\nread -r _ <${quote(door)}`;
  return at === "before" ? `${wait}\n${text}` : `( ${text}\n)\n_crash=$?\n${wait}\nexit $_crash`;
}

async function holdHere({ here, door }: Mark): Promise<void> {
  writeFileSync(here, `${process.pid}\n`);
  while (!existsSync(`${door}.open`)) await delay(10);
}
