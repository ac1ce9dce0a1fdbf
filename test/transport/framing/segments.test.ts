import { describe, expect, it } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { Secret } from "../../../src/command/secret.ts";
import { skippedResult, toResult } from "../../../src/transport/command-result.ts";
import { runSegments, type SegmentRunners } from "../../../src/transport/framing/segments.ts";
import type { CommandResult, FlightOptions } from "../../../src/transport/transport.ts";
import { command } from "./shells.ts";

const nothing = { stdout: "", stderr: "", truncated: false };

/** Runs nothing: `fail` fails, everything else is well. Writes down what it was given. */
function runners(sent: string[]): SegmentRunners {
  const run = (one: Command): CommandResult => toResult(one, { exitStatus: one.text === "fail" ? 1 : 0 }, nothing, 0);
  return {
    async flight(commands, { onEvent }) {
      sent.push(commands.map(({ text }) => text).join("+"));
      const failed = commands.findIndex(({ text }) => text === "fail");
      for (const index of commands.keys()) onEvent?.({ kind: "started", index });
      return commands.map((one, index) => (failed === -1 || index <= failed ? run(one) : skippedResult(one)));
    },
    async exec(one, { becomePassword, onEvent }) {
      onEvent?.({ kind: "started", index: 0 });
      sent.push(`(${one.text}${one.user === undefined ? "" : ` ${(await becomePassword?.(one)?.())?.reveal()}`})`);
      return run(one);
    },
  };
}

async function send(commands: readonly Command[], options: FlightOptions = {}): Promise<{ sent: string[]; statuses: string[] }> {
  const sent: string[] = [];
  const results = await runSegments(commands, options, runners(sent));
  return { sent, statuses: results.map(({ status }) => status) };
}

describe("runSegments", () => {
  it("sends together what can go together", async () => {
    const commands = [
      command("a"),
      command("b"),
      command("c", { stdin: "" }),
      command("d", { pty: true }),
      command("e"),
      command("f", { user: "u" }),
    ];
    expect((await send(commands)).sent).toEqual(["a+b", "(c)", "(d)", "e+f"]);
  });

  it("gives a command of another user a channel when there is a password for it, and its own", async () => {
    const becomePassword: FlightOptions["becomePassword"] = ({ user }) =>
      user === "nobody" ? undefined : async () => new Secret(`of ${user}`);
    const users = [command("a", { user: "u" }), command("b"), command("c", { user: "v" }), command("d", { user: "nobody" })];
    expect((await send(users, { becomePassword })).sent).toEqual(["(a of u)", "b", "(c of v)", "d"]);
  });

  it("counts events through", async () => {
    const seen: number[] = [];
    await send([command("a"), command("b", { stdin: "" }), command("c")], { onEvent: ({ index }) => seen.push(index) });
    expect(seen).toEqual([0, 1, 2]);
  });

  it("stops at a failure in any part, unless it is accepted", async () => {
    const input = { stdin: "" };
    expect(await send([command("fail"), command("a"), command("b", input)])).toEqual({
      sent: ["fail+a"],
      statuses: ["failed", "skipped", "skipped"],
    });
    expect((await send([command("fail", input), command("a")])).statuses).toEqual(["failed", "skipped"]);
    expect((await send([command("fail", { ...input, acceptError: true }), command("a")])).statuses).toEqual(["failed", "ok"]);
  });

  it("skips what is left when it is aborted in between", async () => {
    const abort = new AbortController();
    const onEvent = (): void => abort.abort();
    expect(
      (await send([command("a"), command("b", { stdin: "" }), command("c")], { onEvent, signal: abort.signal })).statuses,
    ).toEqual(["ok", "skipped", "skipped"]);
  });

  it("keeps the results that are there when a later part cannot be sent", async () => {
    const broken: SegmentRunners = { ...runners([]), exec: () => Promise.reject(new Error("no channel")) };
    const results = await runSegments([command("a"), command("b", { stdin: "" }), command("c")], {}, broken);
    expect(results.map(({ status }) => status)).toEqual(["ok", "unknown", "skipped"]);
    expect(results[1]?.cause?.message).toBe("no channel");
    await expect(runSegments([command("b", { stdin: "" })], {}, broken)).rejects.toThrow("no channel");
  });
});
