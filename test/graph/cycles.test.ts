import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/graph/cycles.ts";

/** "a:b,c d:a" */
function edges(text: string): Map<string, string[]> {
  const pairs = text.split(" ").map((word): [string, string[]] => {
    const [from = "", to = ""] = word.split(":");
    return [from, to === "" ? [] : to.split(",")];
  });
  return new Map(pairs);
}

const CASES: readonly [title: string, edges: string, cycles: string][] = [
  ["nothing", "a", ""],
  ["a line", "a:b b:c c", ""],
  ["a diamond", "a:b,c b:d c:d d", ""],
  ["an edge to an unknown node", "a:x", ""],
  ["itself", "a:a", "a-a"],
  ["two", "a:b b:a", "a-b-a"],
  ["three", "a:b b:c c:a", "a-b-c-a"],
  ["a tail that leads in", "t:a a:b b:a", "a-b-a"],
  ["the first registered node begins", "b:a a:b", "b-a-b"],
  ["the shortest of a knot", "a:b,c b:d d:a c:a", "a-c-a"],
  ["two knots", "a:b b:a c:d d:c", "a-b-a c-d-c"],
  ["two knots, one leading to the other", "a:b,c b:a c:d d:c", "a-b-a c-d-c"],
  ["a knot that is entered in its middle", "r:b a:b b:c c:a", "a-b-c-a"],
  ["one inside a line", "a:b b:b,c c", "b-b"],
  ["a way out that is longer than the circle", "a:b b:c,a c:d d:e e:a", "a-b-a"],
  ["a line of equals, twice", "a:b,b b:c,c c", ""],
];

describe("findCycles", () => {
  it.each(CASES)("%s", (_, text, cycles) => {
    expect(
      findCycles(edges(text))
        .map((cycle) => cycle.join("-"))
        .join(" "),
    ).toBe(cycles);
  });

  it("finds none in a chain of 100,000", () => {
    const chain = new Map(Array.from({ length: 100_000 }, (_, at) => [`${at}`, [`${at + 1}`]]));
    expect(findCycles(chain)).toEqual([]);
  });

  it("finds a circle of 100,000", () => {
    const ring = new Map(Array.from({ length: 100_000 }, (_, at) => [`${at}`, [`${(at + 1) % 100_000}`]]));
    expect(findCycles(ring).map((cycle) => cycle.length)).toEqual([100_001]);
  });

  it("finds a circle exactly when sorting by taking away sinks gets stuck, and each is a real way round", () => {
    const graphs = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(graphs, (lists) => {
        const graph = new Map(
          lists.map((targets, at) => [`${at}`, targets.filter((target) => target < lists.length).map(String)]),
        );
        const cycles = findCycles(graph);
        for (const cycle of cycles) {
          expect(cycle.length).toBeGreaterThan(1);
          expect(cycle[0]).toBe(cycle.at(-1));
          for (const [at, node] of cycle.slice(1).entries()) expect(graph.get(cycle[at] ?? "")).toContain(node);
        }
        expect(cycles.length > 0).toBe(isStuck(graph));
      }),
    );
  });
});

function isStuck(graph: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(graph);
  for (;;) {
    const sink = [...left].find(([, targets]) => targets.every((target) => !left.has(target)));
    if (sink === undefined) return left.size > 0;
    left.delete(sink[0]);
  }
}
