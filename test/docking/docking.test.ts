/** A part from outside of the tree docks as `CONTRIBUTING.md` says: with a file, and a line where it says so. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CopiedTree, copyTree } from "./copied-tree.ts";

let tree: CopiedTree;
beforeAll(() => {
  tree = copyTree();
  tree.add("recipes/greeting-cards/index.ts", "src/recipes/greeting-cards/index.ts");
  tree.build();
}, 120_000);
afterAll(() => tree?.remove());

describe("docked parts", () => {
  it("compile with the tree", { timeout: 120_000 }, () => {
    expect(tree.compile()).toBe("");
  });
});

describe("a recipe, docked by its folder alone", () => {
  const role = 'env.set({ transport: "ssh" }); role("web", ["app1"]);';

  it("is there for a deployfile of data by its name", () => {
    const data = "use: [greeting-cards]\nenv: { greeting: hi }\nroles: { web: [app1] }\n";
    expect(tree.fake({ "deployfile.yaml": data }, "env", "-R", "web", "greeting")).toEqual([0, "hi\n"]);
    const [exitCode, said] = tree.fake({ "deployfile.yaml": "use: [greeting-card]\nroles: { web: [app1] }\n" }, "tasks");
    expect([exitCode, said]).toEqual([2, expect.stringContaining('Did you mean "greeting-cards"?')]);
  });

  it("is imported by a deployfile of code", () => {
    const code = `
      import { greetingCards } from "fake-deploy/recipes/greeting-cards";
      export default ({ use, env, role }) => { use(greetingCards()); ${role} };`;
    expect(tree.fake({ "deployfile.ts": code }, "env", "-R", "web", "greeting")).toEqual([0, "hello\n"]);
  });
});
