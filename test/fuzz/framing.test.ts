import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlightParser } from "../../src/transport/framing/parser.ts";
import { createMarker } from "../../src/transport/framing/script.ts";
import { type Piece, parsePid, Splitter } from "../../src/transport/framing/splitter.ts";
import type { CommandResult } from "../../src/transport/transport.ts";
import { command } from "../transport/framing/shells.ts";
import { endsSoon, fuzz, fuzzAsync, HUGE } from "./fuzz.ts";

const MARKER = createMarker();
/** As long as the marker, and unknown to whoever prints it. */
const OTHER = createMarker();

/** What a command may print to look like a frame, without the marker of its flight. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        OTHER,
        `${OTHER} S 0 1\n`,
        `${OTHER} E 0 0\n`,
        `${OTHER} F\n`,
        `${OTHER} F +\n`,
        "\n",
        " E 0 0\n",
        " F\n",
        "\r\n",
      ),
      fc.nat(MARKER.length - 1).map((length) => MARKER.slice(0, length)),
      fc.nat(MARKER.length - 1).map((length) => MARKER.slice(MARKER.length - length)),
      fc.nat(MARKER.length - 2).map((length) => `${MARKER.slice(0, length)}${MARKER.slice(0, length)} E 0 0\n`),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.from(parts.join("")));
const output = fc
  .oneof(
    hostile,
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  )
  .filter((bytes) => !bytes.includes(MARKER));
const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
/** Any line behind the marker: no shell of ours prints these, a host may. */
const frame = fc
  .tuple(
    fc.constantFrom("S", "E", "F", "F +", "X", ""),
    fc.constantFrom("", "0", "1", "7", "-1", "99999999999999999999"),
    fc.constantFrom("", "0", "4242", "1e9", "x"),
  )
  .map((words) => Buffer.from(`${[MARKER, ...words].join(" ").trimEnd()}\n`));

function chunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    found.push(bytes.subarray(at, at + size));
    at += size;
  }
  return found;
}

function split(bytes: Buffer, sizes: readonly number[]): { readonly pieces: readonly Piece[]; readonly rest: Buffer } {
  const splitter = new Splitter(MARKER);
  const pieces = [...chunks(bytes, sizes).flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
  return { pieces, rest: splitter.rest };
}

const dataOf = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.flatMap((piece) => (piece.kind === "data" ? [piece.bytes] : [])));
const framesOf = (pieces: readonly Piece[]): readonly Piece[] => pieces.filter(({ kind }) => kind !== "data");

describe("frames in a stream", () => {
  it("are never found in what does not hold the marker, and nothing is lost", () => {
    fuzz(
      fc.tuple(output, cuts),
      ([bytes, sizes]) => {
        const { pieces, rest } = split(bytes, sizes);
        expect(framesOf(pieces)).toEqual([]);
        expect(Buffer.concat([dataOf(pieces), rest]).equals(bytes)).toBe(true);
      },
      { runs: 2000 },
    );
  });

  it("are the same however the stream is cut", () => {
    fuzz(
      fc.tuple(fc.array(fc.oneof(output, frame), { maxLength: 8 }), cuts),
      ([parts, sizes]) => {
        const bytes = Buffer.concat(parts);
        const whole = split(bytes, [bytes.length + 1]);
        const cut = split(bytes, sizes);
        expect(framesOf(cut.pieces)).toEqual(framesOf(whole.pieces));
        expect(dataOf(cut.pieces).equals(dataOf(whole.pieces))).toBe(true);
        expect(cut.rest.equals(whole.rest)).toBe(true);
      },
      { runs: 2000 },
    );
  });
});

const commands = [command("one"), command("two", { acceptError: true })];

async function fly(
  streams: readonly (readonly ["stdout" | "stderr", Buffer])[],
  end: "ended" | "lost" | "open",
): Promise<readonly CommandResult[]> {
  const parser = new FlightParser({ commands, marker: MARKER, kill: async () => {}, onEvent: () => {}, onNoise: () => {} });
  for (const [stream, chunk] of streams) parser.push(stream, chunk);
  if (end !== "open") parser.close(end === "lost" ? new Error("gone") : undefined);
  else parser.close();
  return parser.results;
}

describe("a flight", () => {
  it("has one result for each command, whatever the host sends, and none is ok that no frame has ended", async () => {
    const part = fc.tuple(fc.constantFrom("stdout" as const, "stderr" as const), fc.oneof(output, frame));
    await fuzzAsync(
      fc.tuple(fc.array(part, { maxLength: 12 }), fc.constantFrom("ended" as const, "lost" as const)),
      async ([parts, end]) => {
        const results = await fly(parts, end);
        expect(results).toHaveLength(commands.length);
        const said = Buffer.concat(parts.map(([, bytes]) => bytes)).toString("latin1");
        results.forEach((result, index) => {
          if (result.status === "ok") expect(said).toContain(`${MARKER} E ${index} 0\n`);
        });
      },
      { runs: 1500 },
    );
  });

  it("that is cut short anywhere knows what it does not know", async () => {
    const frames = (stream: "out" | "err", code: number): Buffer =>
      Buffer.from(`${MARKER} S 0 77\n${stream}${MARKER} E 0 0\n${MARKER} S 1 78\n${stream}${MARKER} E 1 ${code}\n${MARKER} F\n`);
    const longest = frames("out", 255).length;
    await fuzzAsync(
      fc.tuple(fc.nat(longest), fc.nat(longest), cuts, fc.integer({ min: 1, max: 255 })),
      async ([out, err, sizes, code]) => {
        const whole = { stdout: frames("out", code), stderr: frames("err", code) };
        const parts = [
          ...chunks(whole.stdout.subarray(0, out), sizes).map((chunk) => ["stdout", chunk] as const),
          ...chunks(whole.stderr.subarray(0, err), sizes).map((chunk) => ["stderr", chunk] as const),
        ];
        const [first, second] = await fly(parts, "lost");
        expect(["ok", "unknown"]).toContain(first?.status);
        expect(["failed", "unknown", "skipped"]).toContain(second?.status);
        if (first?.status === "unknown") expect(second?.status).not.toBe("failed");
        expect("out".startsWith(first?.stdout ?? "") || (first?.stdout ?? "").startsWith("out")).toBe(true);
      },
      { runs: 800 },
    );
  });

  it("is not waited for when a stream is all pieces of markers", () => {
    for (const piece of [MARKER.slice(0, -1), MARKER[0] ?? "", `${MARKER} `, `${MARKER}\n`, `${MARKER} S 0\n`]) {
      const bytes = Buffer.from(piece.repeat(Math.ceil((2 * HUGE) / piece.length)));
      endsSoon(() => split(bytes, [bytes.length]));
      endsSoon(() => split(bytes, [1000]));
    }
  });
});

describe("the number of a shell's process", () => {
  const line = fc.constantFrom(`${MARKER} 4242\n`, `${MARKER} 4242\r\n`);
  const gate = (parts: readonly Buffer[]): { pid: number | undefined; out: Buffer } => {
    const splitter = new Splitter(MARKER, parsePid);
    const pieces = [...parts.flatMap((part) => splitter.push(part)), ...splitter.end()];
    const out = pieces.flatMap((piece) => (piece.kind === "data" ? piece.bytes : []));
    const pid = pieces.flatMap((piece) => (piece.kind === "pid" ? piece.pid : []));
    return { pid: pid[0], out: Buffer.concat([...out, splitter.rest]) };
  };

  it("is found behind any noise, however it is cut, and nothing else is taken away", async () => {
    await fuzzAsync(
      fc.tuple(output, line, output, cuts),
      async ([before, text, behind, sizes]) => {
        const { pid, out } = gate(chunks(Buffer.concat([before, Buffer.from(text), behind]), sizes));
        expect(pid).toBe(4242);
        expect(out.equals(Buffer.concat([before, behind]))).toBe(true);
      },
      { runs: 400 },
    );
  });

  it("is a number or none, whatever a host says", async () => {
    const text = fc.array(
      fc.oneof(
        output,
        frame,
        fc
          .constantFrom(MARKER, `${MARKER} `, `${MARKER} x\n`, `${MARKER} 1e3\n`, `${MARKER}\n`, `${MARKER} -1\n`)
          .map((word) => Buffer.from(word)),
      ),
      { maxLength: 6 },
    );
    await fuzzAsync(
      fc.tuple(text, cuts),
      async ([parts, sizes]) => {
        const bytes = Buffer.concat(parts);
        const { pid, out } = gate(chunks(bytes, sizes));
        expect(pid === undefined || (Number.isSafeInteger(pid) && pid > 0)).toBe(true);
        if (pid === undefined) expect(out.equals(bytes)).toBe(true);
      },
      { runs: 400 },
    );
  });
});
