import { describe, expect, it } from "vitest";
import { planFor } from "../../src/graph/build-plan.ts";
import { drawTasks } from "../../src/graph/draw.ts";
import { drawTable } from "../../src/graph/draw-table.ts";
import { hosts, tiny } from "./tiny.ts";

const shop = () =>
  tiny({
    tasks: {
      lock: { leaderFirst: true },
      build: { desc: "Build the release", needs: ["assets"] },
      assets: { local: true },
      migrate: { roles: "db", once: "run" },
      restart: { roles: ["web"] },
      unlock: {},
      failed: {},
    },
    empty: { starting: {}, updating: { desc: "New code\narrives\u001b[31m" }, publishing: {} },
    flows: { deploy: "starting updating >publishing" },
    hooks: [
      "after starting lock",
      "after updating build",
      "after updating migrate",
      "after publishing restart",
      "after restart build",
      "always deploy unlock",
      "onFailure deploy failed",
    ],
  });

describe("the tree", () => {
  it("shows what runs, in the order in which it runs", () => {
    expect(drawTasks(shop(), ["deploy"], "tree")).toMatchInlineSnapshot(`
      "deploy
      ├─ starting
      │  └─ after: lock [first host first]
      ├─ updating  New code arrives [31m
      │  ├─ after: build  Build the release
      │  │  └─ needs assets [local]
      │  └─ after: migrate [roles db; on one host]
      ├─ publishing
      │  └─ after: restart [roles web]
      │     └─ after: build  Build the release (as above)
      ├─ always: unlock
      └─ on failure: failed
      "
    `);
  });

  it("says which flows a hook is limited to, in every drawing", () => {
    const graph = tiny({ tasks: "x", empty: "s", flows: { d: "s", r: "s" }, hooks: ["after s x d,r", "onFailure s x d"] });
    expect(drawTasks(graph, ["s"], "tree")).toBe("s\n├─ after in d, r: x\n└─ on failure in d: x\n");
    expect(drawTasks(graph, ["s"], "mermaid")).toContain("n0 -->|after in d, r| n1");
    expect(drawTasks(graph, ["s"], "dot")).toContain('n0 -> n1 [label="after in d, r"]');
    expect(JSON.parse(drawTasks(graph, ["s"], "json"))).toMatchObject({ links: [{ flows: ["d", "r"] }, { flows: ["d"] }] });
  });

  it("does not draw a subtree twice", () => {
    const graph = tiny({
      tasks: { a: { needs: ["b", "c"] }, b: { needs: ["d"] }, c: { needs: ["d"] }, d: { needs: ["e"] }, e: {} },
    });
    expect(drawTasks(graph, ["a"], "tree")).toBe(
      ["a", "├─ needs b", "│  └─ needs d", "│     └─ needs e", "└─ needs c", "   └─ needs d (as above)", ""].join("\n"),
    );
  });

  it("ends at 40 levels, and says so", () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `t${at}`);
    const graph = tiny({ tasks: names.join(" "), hooks: names.slice(1).map((name, at) => `before t${at} ${name}`) });
    const rows = drawTasks(graph, ["t0"], "tree").trimEnd().split("\n");
    expect(rows).toHaveLength(41);
    expect(rows.at(-1)).toMatch(/before: t40 \(and what belongs to it\)$/);
  });
});

describe("the mermaid chart", () => {
  it("has a node for each task and an arrow for each link", () => {
    const graph = tiny({
      tasks: "x failed",
      empty: "s t",
      flows: { f: "s t" },
      hooks: ["after s x", "onFailure f failed", "before t x"],
    });
    expect(drawTasks(graph, ["f"], "mermaid")).toMatchInlineSnapshot(`
      "flowchart TD
        n0(["f"])
        n1["s"]
        n2["t"]
        n3["failed"]
        n4["x"]
        n0 -->|stage 1| n1
        n0 -->|stage 2| n2
        n0 -.->|on failure| n3
        n1 -->|after| n4
        n2 -->|before| n4
      "
    `);
  });
});

describe("the dot graph", () => {
  it("has a node for each task and an arrow for each link", () => {
    const graph = tiny({
      tasks: { x: { needs: ["y"] }, y: {} },
      empty: "s",
      flows: { f: "s" },
      hooks: ["after s x", "onFailure f y"],
    });
    expect(drawTasks(graph, ["f"], "dot")).toMatchInlineSnapshot(`
      "digraph tasks {
        n0 [label="f", shape=box];
        n1 [label="s"];
        n2 [label="y"];
        n3 [label="x"];
        n0 -> n1 [label="stage 1"];
        n0 -> n2 [label="on failure", style=dashed];
        n1 -> n3 [label="after"];
        n3 -> n2 [label="needs"];
      }
      "
    `);
  });
});

describe("the json graph", () => {
  it("holds tasks and links as data", () => {
    const graph = tiny({
      tasks: { x: { desc: "X", roles: "web", aliases: ["xx"] } },
      empty: "s",
      flows: { f: "s" },
      hooks: ["after s x"],
    });
    expect(JSON.parse(drawTasks(graph, ["f"], "json"))).toEqual({
      tasks: [
        { name: "f", stages: ["s"], hasBody: false, where: "deployfile.ts:3" },
        { name: "s", hasBody: false, where: "deployfile.ts:2" },
        { name: "x", desc: "X", roles: ["web"], aliases: ["xx"], hasBody: true, where: "deployfile.ts:1" },
      ],
      links: [
        { from: "f", to: "s", kind: "stage" },
        { from: "s", to: "x", kind: "after" },
      ],
    });
  });
});

describe("the table", () => {
  it("has a row for each step and a line for each barrier", () => {
    expect(drawTable(planFor(shop(), ["deploy"], hosts("app1:web app2:web db1:db")))).toMatchInlineSnapshot(`
      "                  app1  app2  db1
      starting
        lock             ●     ·     ·
      starting, when all hosts are there
        lock             ·     ●     ●
      updating
        assets (local)   ·     ·     ·
      updating, when all hosts are there
        build            ●     ●     ●
      updating, when all hosts are there
        migrate          ·     ·     ●
      publishing (rolls with --batch)
        restart          ●     ●     ·
      always: unlock
        unlock           ●     ●     ●
      "
    `);
  });

  it("folds hosts that do the same where their columns would not fit", () => {
    const many = Array.from({ length: 12 }, (_, at) => `app${at + 1}:web`).join(" ");
    expect(drawTable(planFor(shop(), ["restart"], hosts(`${many} db1:db`)), 60)).toMatchInlineSnapshot(`
      "                  #1 (12)  #2 (1)
      restart
        restart            ●       ·
      restart, when all hosts are there
        assets (local)     ·       ·
      restart, when all hosts are there
        build              ●       ●

      #1 (12): app1, app2, app3, app4, app5, app6, app7, app8, app9, app10, app11, app12
      #2 (1): db1
      "
    `);
  });

  it("says when there is nothing to do", () => {
    const graph = tiny({ tasks: { migrate: { roles: "db" } } });
    expect(drawTable(planFor(graph, ["migrate"], hosts("app1:web")))).toBe("Nothing to do on these hosts.\n");
  });

  it("does without hosts", () => {
    expect(drawTable(planFor(tiny({ tasks: { a: { local: true } } }), ["a"], []))).toBe("\na\n  a (local)\n");
  });

  it("is plain text whatever a host is called", () => {
    expect(drawTable(planFor(tiny({ tasks: "a" }), ["a"], [{ id: "h\u001b[2J\n1", roles: [] }]))).not.toMatch(/\u001b|h\n/);
  });
});
