import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { createMarker, writeFlight } from "../../../src/transport/framing/script.ts";
import { PRELUDE } from "../../../src/transport/framing/start-text.ts";
import { command, fly, type Printed, parse, printed, shells } from "./shells.ts";

/** A command that prints exactly these bytes. */
function printing(stdout: Uint8Array, stderr: Uint8Array, exitCode: number): Command {
  const octal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return command(`printf '${octal(stdout)}'; printf '${octal(stderr)}' >&2; exit ${exitCode}`, { acceptError: true });
}

const bytes = fc.uint8Array({ maxLength: 60 });
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const decode = (from: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(from);

describe.each(shells)("any outputs on $name", (shell) => {
  it("come back apart, with their exit codes, however the streams are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(bytes, bytes, fc.nat(255)), { minLength: 1, maxLength: 5 }),
        sizes,
        async (wanted, cuts) => {
          const commands = wanted.map(([stdout, stderr, exitCode]) => printing(stdout, stderr, exitCode));
          const { results, events, noise } = await fly(shell, commands, { cuts });
          expect(results.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode])).toEqual(
            wanted.map(([stdout, stderr, exitCode]) => [decode(stdout), decode(stderr), exitCode]),
          );
          expect(results.map(({ status }) => status)).toEqual(wanted.map(([, , exitCode]) => (exitCode === 0 ? "ok" : "failed")));
          expect(noise).toBe("");
          const order = events.filter(({ kind }) => kind !== "output").map(({ kind, index }) => `${kind} ${index}`);
          expect(order).toEqual(wanted.flatMap((_, index) => [`started ${index}`, `finished ${index}`]));
          expect(events.map(({ index }) => index)).toEqual(events.map(({ index }) => index).sort((a, b) => a - b));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("of several flights on one shell come back apart, with daemons and noise in between", async () => {
    const flights = [
      [command("echo a; echo b >&2"), command("exit 3")],
      [command("printf c")],
      [command("kill 0", { acceptError: true }), command("true")],
    ];
    const markers = flights.map(() => createMarker());
    const script = flights.map((commands, index) => `echo noise ${index}\n${writeFlight(commands, markers[index]!)}`).join("");
    const all = await printed(shell, PRELUDE + script);
    // Each parser is given all from its flight on, as one that serves the next flight gets the rest of the one before.
    const { results } = await parse(flights[0]!, markers[0]!, all, { cuts: [7] });
    expect(results.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode])).toEqual([
      ["a\n", "b\n", 0],
      ["", "", 3],
    ]);
    const second = await parse(flights[1]!, markers[1]!, behind(all, markers[0]!));
    expect(second).toMatchObject({ noise: "noise 1\n", results: [{ stdout: "c", status: "ok" }] });
    const third = await parse(flights[2]!, markers[2]!, behind(all, markers[1]!));
    expect(third.results.map(({ status }) => status)).toEqual(["failed", "failed"]);
  });
});

/** What is behind a flight's last frame. */
function behind({ stdout, stderr }: Printed, marker: string): Printed {
  const cut = (stream: Buffer): Buffer => stream.subarray(stream.indexOf(`${marker} F\n`) + marker.length + 3);
  return { stdout: cut(stdout), stderr: cut(stderr) };
}
