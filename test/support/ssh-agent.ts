import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface TestAgent {
  readonly socket: string;
  /** Loads a private key. `args`: more of ssh-add's arguments. */
  add(path: string, args?: readonly string[]): void;
  /** Fingerprints of what it holds. */
  list(): string[];
  stop(): Promise<void>;
}

/** A real ssh-agent. `args`: more of its arguments. */
export async function startAgent(directory: string, args: readonly string[] = []): Promise<TestAgent> {
  const socket = join(directory, `agent-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const child = spawn("ssh-agent", ["-D", "-a", socket, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  // It prints its environment when it listens.
  await once(createInterface({ input: child.stdout }), "line");
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  return {
    socket,
    add: (path, more = []) => void execFileSync("ssh-add", ["-q", ...more, path], { env, stdio: "ignore" }),
    list: () =>
      execFileSync("ssh-add", ["-l"], { env, encoding: "utf8" })
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[1] ?? ""),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** An agent that answers each request with the same bytes; none: it never answers. */
export async function startCannedAgent(socket: string, answer: Buffer | undefined): Promise<{ stop(): Promise<void> }> {
  const server = createServer((connection) => {
    connection.on("error", () => undefined);
    connection.on("data", () => {
      if (answer !== undefined) connection.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** What an agent says when it holds these keys. */
export function identitiesAnswer(keys: readonly { readonly blob: Buffer; readonly comment: string }[]): Buffer {
  const field = (bytes: Buffer): Buffer => Buffer.concat([uint32(bytes.length), bytes]);
  const body = Buffer.concat([
    Buffer.from([12]),
    uint32(keys.length),
    ...keys.flatMap(({ blob, comment }) => [field(blob), field(Buffer.from(comment))]),
  ]);
  return field(body);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
