/** The public test double: hosts that answer from a script and remember what they were sent. */
import type { Command } from "../../command/command.ts";
import { ConnectError } from "../../errors.ts";
import type { Connection, Transport } from "../transport.ts";
import type { TunnelSource } from "../tunnels/tunnels.ts";
import type { MemoryProgram } from "./channel.ts";
import { createMemoryConnection } from "./connection.ts";
import { createMemoryPorts } from "./ports.ts";
import { createRuleBook, type MemoryAnswer, type MemoryPattern, type MemoryRule, type MemoryScript } from "./script.ts";

/**
 * One command as a host received it, in the order of all hosts.
 * @example
 * const texts = (records: readonly MemoryRecord[]): string[] => records.map(({ host, text }) => `${host}: ${text}`);
 */
export interface MemoryRecord {
  /** Id of the host. */
  readonly host: string;
  readonly command: Command;
  /** The command's text, values quoted, context not applied: that is in `command`. */
  readonly text: string;
  readonly stdin: Buffer | undefined;
}

/**
 * Hosts that answer from a script and remember what they were sent.
 * @example
 * const memory: MemoryTransport = createMemoryTransport();
 * memory.refuse("app2");
 * memory.reply(/^git /, { exitCode: 128 }, { host: "app1", times: 1 });
 */
export interface MemoryTransport extends Transport {
  /** Everything that was started, on all hosts. */
  readonly records: readonly MemoryRecord[];
  /** Ids of the hosts that were connected to, in order. */
  readonly connects: readonly string[];
  /** The texts of the commands that one host started. */
  commandsOn(host: string): readonly string[];
  /** Adds a reply. It is preferred to those that are there. */
  reply(command: MemoryPattern, reply: MemoryAnswer, options?: Pick<MemoryRule, "host" | "times">): void;
  /** What runs on a channel that is opened with this script, on all hosts. @default a process that ends at once with exit code 0 */
  serve(script: string | RegExp, program: MemoryProgram): void;
  /** From now on, connecting to this host fails. @default error a ConnectError */
  refuse(host: string, error?: Error): void;
  /** The link to this host goes down during its command number `at` (0 is the first): its outcome is unknown. */
  loseLink(host: string, at: number): void;
}

/**
 * Hosts in memory: the transport behind `createTestRun`, for tests of what is built on connections. Every host can be connected to.
 * @param script what hosts answer. @default every command succeeds without output
 * @example
 * const memory = createMemoryTransport({ "cat REVISION": { stdout: "1a2b3c4\n" } });
 * const connection = await memory.connect(fakeHost("app1"), { signal: new AbortController().signal, after: undefined });
 * const [result] = await connection.flight([t.cmd`cat REVISION`], {});
 * assert.equal(result?.stdout, "1a2b3c4\n");
 */
export function createMemoryTransport(script?: MemoryScript): MemoryTransport {
  const book = createRuleBook(script);
  const records: MemoryRecord[] = [];
  const connects: string[] = [];
  const connections = new Set<Connection>();
  const programs: { readonly script: string | RegExp; readonly program: MemoryProgram }[] = [];
  const programFor = (text: string): MemoryProgram =>
    programs.find(({ script }) => (typeof script === "string" ? script === text : text.search(script) !== -1))?.program ??
    (() => 0);
  const refused = new Map<string, Error>();
  const losses = new Map<string, number>();
  const ports = new Map<string, TunnelSource>();
  const portsOf = (host: string): TunnelSource => {
    const made = ports.get(host) ?? createMemoryPorts(host);
    ports.set(host, made);
    return made;
  };
  const countOn = (host: string): number => records.filter((record) => record.host === host).length;

  return {
    name: "memory",
    records,
    connects,
    commandsOn: (host) => records.filter((record) => record.host === host).map(({ text }) => text),
    reply: (command, reply, options) => book.add({ command, reply, ...options }),
    serve: (script, program) => void programs.unshift({ script, program }),
    refuse(host, error) {
      refused.set(host, error ?? new ConnectError("CONNECTION_REFUSED", host, `Nothing accepts connections on ${host}.`));
    },
    loseLink: (host, at) => void losses.set(host, at),
    async connect(host, { signal }) {
      if (signal.aborted) throw new ConnectError("CONNECT_ABORTED", host.name, "The connection was no longer wanted.");
      const error = refused.get(host.id);
      if (error !== undefined) throw error;
      connects.push(host.id);
      const connection = createMemoryConnection(host, {
        answer: (request) => {
          const { command, stdin } = request;
          records.push(Object.freeze({ host: host.id, command, text: command.text, stdin }));
          return book.answer(request);
        },
        program: programFor,
        ports: portsOf(host.id),
        losesLink: () => losses.get(host.id) === countOn(host.id) - 1,
      });
      connections.add(connection);
      return connection;
    },
    async close() {
      await Promise.all([...connections].map((connection) => connection.close()));
    },
  };
}
