import { describe, expect, it } from "vitest";
import { findProblems } from "../../src/graph/problems.ts";
import { tiny } from "./tiny.ts";

describe("warnings", () => {
  it("tell of a hook that was added for flows which it is there for already", () => {
    const hooks = ["after s x d", "after s x r", "after s x d,r", "after s x r", "after s y d", "after s y"];
    const graph = tiny({ tasks: "x y", empty: "s", flows: { d: "s", r: "s" }, hooks });
    expect(graph.warnings().map(({ where }) => where?.line)).toEqual([9]);
    expect([graph.hooksIn("s", "d").after, graph.hooksIn("s", undefined).after]).toEqual([["x", "x", "y", "y"], ["y"]]);
  });

  it("find a repeated hook among many", () => {
    const names = Array.from({ length: 40 }, (_, at) => `t${at}`);
    const hooks = names.map((name) => `after a ${name}`);
    const graph = tiny({ tasks: `a ${names.join(" ")}`, hooks: [...hooks, ...hooks] });
    expect(graph.hooksOf("a").after).toEqual(names);
    expect(graph.warnings()).toHaveLength(40);
  });

  it("tell of a hook that was added twice, at the second place", () => {
    const graph = tiny({
      tasks: { a: {}, b: { aliases: ["bb"] }, c: { repeat: true } },
      hooks: ["after a b", "after a bb", "before a b", "after a c", "after a c"],
    });
    expect(graph.warnings()).toMatchObject([
      { message: '"b" is hooked onto "a" (after) more than once; it is kept once.', where: { line: 5 } },
    ]);
    expect(findProblems(graph)).toEqual([]);
  });
});
