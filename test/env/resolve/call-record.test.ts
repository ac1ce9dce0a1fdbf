import { describe, expect, it } from "vitest";
import { CallRecord, LookNode } from "../../../src/env/resolve/call-record.ts";

const RIGHT = { kind: "value", value: "right" } as const;
const OTHER = { kind: "value", value: "other" } as const;

function see(record: CallRecord, step: string, token: unknown): void {
  const look = record.look(step);
  if (look !== undefined) record.saw(look, token);
}

describe("a call that looks at something else than another one did", () => {
  it("leaves nothing where that one ends", () => {
    const start = new LookNode();
    const [one, stray] = [new CallRecord([], start), new CallRecord([], start)];
    see(one, "=a", 1);
    see(stray, "=b", 1);
    stray.complete(OTHER);
    one.complete(RIGHT);
    expect(start.after(1).end).toBe(RIGHT);
  });

  it("leaves nothing where it was sure to end", () => {
    const place = new LookNode();
    const stray = new CallRecord([{ step: "=a", token: 1 }], place);
    see(stray, "=b", 1);
    stray.complete(OTHER);
    expect([place.end, place.calls.size]).toEqual([undefined, 0]);
  });
});
