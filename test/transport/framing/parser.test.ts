import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { FlightParser, type FlightParserOptions, type KillRequest } from "../../../src/transport/framing/parser.ts";
import { command } from "./shells.ts";

const m = "@fake:00112233445566778899aabbccddeeff";

interface Under {
  readonly parser: FlightParser;
  readonly log: string[];
  readonly kills: KillRequest[];
  readonly killed: { resolve(): void; reject(error: Error): void };
  out(text: string): void;
  err(text: string): void;
}

function parserFor(commands: readonly Command[], options: Partial<FlightParserOptions> = {}): Under {
  const log: string[] = [];
  const kills: KillRequest[] = [];
  const killed = { resolve: (): void => {}, reject: (_: Error): void => {} };
  const parser = new FlightParser({
    commands,
    marker: m,
    now: () => 0,
    kill: (request) => {
      kills.push(request);
      return new Promise<void>((resolve, reject) => Object.assign(killed, { resolve, reject }));
    },
    onEvent: (event) =>
      log.push(`${event.kind} ${event.index}${event.kind === "output" ? ` ${event.stream} ${event.text}` : ""}`),
    onNoise: (text, stream) => log.push(`noise ${stream} ${text}`),
    ...options,
  });
  const push = (stream: "stdout" | "stderr") => (text: string) => parser.push(stream, Buffer.from(text));
  return { parser, log, kills, killed, out: push("stdout"), err: push("stderr") };
}

const two = [command("a"), command("b")];

describe("FlightParser", () => {
  it("lets a stream that is ahead wait for the other", () => {
    const { log, out, err } = parserFor(two);
    err(`${m} S 0\none${m} E 0 0\n${m} S 1\ntwo`);
    out(`hello${m} S 0 77\neins`);
    expect(log).toEqual(["started 0", "output 0 stderr one", "noise stdout hello", "output 0 stdout eins"]);
    out(`${m} E 0 0\n`);
    expect(log.slice(4)).toEqual(["finished 0", "started 1", "output 1 stderr two"]);
  });

  it("gives what is outside of commands to whoever asks", async () => {
    const { parser, log, out, err } = parserFor([command("a")]);
    out(`banner\n${m} S 0 5\nx`);
    err(`rc\n${m} S 0\n${m} E 0 0\nlate`);
    out(`${m} E 0 0\nthen${m} F\nrest`);
    err(`${m} F\n`);
    expect(log.filter((line) => line.startsWith("noise"))).toEqual([
      "noise stdout banner\n",
      "noise stderr rc\n",
      "noise stderr late",
      "noise stdout then",
    ]);
    expect(await parser.results).toMatchObject([{ status: "ok", stdout: "x", stderr: "" }]);
  });

  it("says unknown of the running command when the shell ends, and skips the rest", async () => {
    const { parser, out } = parserFor(two);
    out(`${m} S 0 5\npart${m.slice(0, 9)}`);
    parser.close();
    const results = await parser.results;
    expect(results.map(({ status }) => status)).toEqual(["unknown", "skipped"]);
    expect(results[0]?.stdout).toBe(`part${m.slice(0, 9)}`);
  });

  it("tells what the shell said when it ended before it began", async () => {
    const { parser, err } = parserFor(two);
    err("This account is not available.\n");
    parser.close();
    const results = await parser.results;
    expect(results.map(({ status }) => status)).toEqual(["unknown", "skipped"]);
    expect(results[0]?.cause?.message).toContain("This account is not available.");
  });

  it("says unknown of everything that was sent when the link is lost", async () => {
    const { parser, out, err } = parserFor([...two, command("c")]);
    out(`${m} S 0 5\n${m} E 0 0\n${m} S 1 5\n`);
    err(`${m} S 0\n${m} E 0 0\n`);
    const lost = new Error("reset");
    parser.close(lost);
    const results = await parser.results;
    expect(results.map(({ status }) => status)).toEqual(["ok", "unknown", "unknown"]);
    expect(results.map(({ cause }) => cause)).toEqual([undefined, lost, lost]);
  });

  it("takes an exit code that came on one stream only", async () => {
    const { parser, out } = parserFor(two);
    out(`${m} S 0 5\n${m} E 0 3\n`);
    parser.close();
    expect((await parser.results).map(({ status, exitCode }) => [status, exitCode])).toEqual([
      ["failed", 3],
      ["skipped", undefined],
    ]);
  });

  it("kills when it is aborted, and believes the end once the host was told", async () => {
    const abort = new AbortController();
    const { parser, log, kills, killed, out, err } = parserFor(two, { signal: abort.signal });
    out(`${m} S 0 4711\n`);
    abort.abort();
    abort.abort();
    expect(kills).toMatchObject([{ processGroup: 4711, reason: { status: "killed" } }]);
    err(`${m} S 0\n${m} E 0 143\n${m} F\n`);
    out(`${m} E 0 143\n${m} F\n`);
    expect(log).toEqual(["started 0"]);
    kills[0]?.delivered();
    expect(log).toEqual(["started 0", "finished 0"]);
    killed.resolve();
    expect(await parser.results).toMatchObject([{ status: "killed", signal: "SIGTERM" }, { status: "skipped" }]);
  });

  it("says unknown when the host could not be told, though an end came", async () => {
    const abort = new AbortController();
    const { parser, killed, out, err } = parserFor(two, { signal: abort.signal });
    out(`${m} S 0 4711\n`);
    abort.abort();
    err(`${m} S 0\n${m} E 0 143\n${m} F\n`);
    out(`${m} E 0 143\n${m} F\n`);
    parser.close();
    killed.reject(new Error("not ours"));
    const [result] = await parser.results;
    expect(result?.status).toBe("unknown");
    expect(result?.cause?.message).toContain("not ours");
  });

  it("skips what had not begun when it was aborted", async () => {
    const abort = new AbortController();
    const { parser, kills, killed } = parserFor(two, { signal: abort.signal });
    abort.abort();
    expect(kills[0]?.processGroup).toBeUndefined();
    killed.resolve();
    expect((await parser.results).map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  });

  it("ends a capture that is too large, and says so", async () => {
    const { parser, kills, killed, out } = parserFor([command("a", { captureAll: true, acceptError: true }), command("b")], {
      captureLimit: 10,
    });
    out(`${m} S 0 5\n${"x".repeat(11)}`);
    expect(kills).toHaveLength(1);
    killed.resolve();
    const results = await parser.results;
    expect(results).toMatchObject([{ status: "failed", truncated: true }, { status: "skipped" }]);
    expect(results[0]?.cause?.message).toMatch(/more than 10 bytes/);
  });

  it("gives stdout to a sink, bytes as they are", async () => {
    const chunks: string[] = [];
    const { parser, log, out, err } = parserFor([command("a")], { sink: (bytes) => chunks.push(bytes.toString("hex")) });
    out(`${m} S 0 5\n`);
    parser.push("stdout", Buffer.from("ff00", "hex"));
    err(`${m} S 0\nw${m} E 0 0\n${m} F\n`);
    out(`${m} E 0 0\n${m} F\n`);
    expect(await parser.results).toMatchObject([{ stdout: "", stderr: "w", status: "ok" }]);
    expect(chunks).toEqual(["ff00"]);
    expect(log).toEqual(["started 0", "output 0 stderr w", "finished 0"]);
  });

  it("needs no stderr on a terminal", async () => {
    const { parser, out } = parserFor([command("a")], { merged: true });
    out(`${m} S 0 5\r\nhi\r\n${m} E 0 0\r\n${m} F\r\n`);
    expect(await parser.results).toMatchObject([{ status: "ok", stdout: "hi\r\n" }]);
  });
});

describe("the time limit of a command", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("begins with the command, not with the flight", async () => {
    const { parser, kills, killed, out, err } = parserFor([command("a"), command("b", { timeout: 100 })]);
    out(`${m} S 0 5\n`);
    await vi.advanceTimersByTimeAsync(1000);
    out(`${m} E 0 0\n${m} S 1 5\n`);
    err(`${m} S 0\n${m} E 0 0\n`);
    await vi.advanceTimersByTimeAsync(99);
    expect(kills).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(kills).toMatchObject([{ processGroup: 5, reason: { status: "timed-out" } }]);
    killed.resolve();
    expect((await parser.results).map(({ status }) => status)).toEqual(["ok", "timed-out"]);
  });

  it("ends with the command", async () => {
    const { kills, out, err } = parserFor([command("a", { timeout: 100 }), command("b")]);
    out(`${m} S 0 5\n${m} E 0 0\n`);
    err(`${m} S 0\n${m} E 0 0\n`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(kills).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
