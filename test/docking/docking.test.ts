/** A part from outside of the tree docks as `CONTRIBUTING.md` says: with a file, and a line where it says so. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CopiedTree, copyTree } from "./copied-tree.ts";

let tree: CopiedTree;
beforeAll(() => {
  tree = copyTree();
  tree.add("recipes/greeting-cards/index.ts", "src/recipes/greeting-cards/index.ts");
  tree.add("recipes/inspection/index.ts", "src/recipes/inspection/index.ts");
  tree.add("report/one-word.ts", "src/report/one-word.ts");
  tree.addLine(
    "src/report/pick.ts",
    "  quiet: async",
    '  "one-word": async (options) => (await import("./one-word.ts")).createOneWordReporter(options),',
  );
  tree.add("strategies/copy.ts", "src/recipes/deploy/strategies/copy.ts");
  tree.addLine("src/recipes/deploy/strategies/pick.ts", "import { git }", 'import { copy } from "./copy.ts";');
  tree.addLine("src/recipes/deploy/strategies/pick.ts", "  push,", '  copy: copy("public"),');
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

describe("a verb and an option, docked with their recipe", () => {
  const data = { "deployfile.yaml": "use: [inspection]\nroles: { web: [{ host: a, transport: local }] }\n" };

  it("are there where the recipe is in use", () => {
    expect(tree.fake(data, "-R", "web", "inspect")).toEqual([0, "looking at 1 hosts\na  a:1\n"]);
    expect(tree.fake(data, "--help")).toEqual([0, expect.stringMatching(/fake inspect +Show what[\s\S]*--depth +how far/)]);
  });

  it("are named by the recipe where it is not", () => {
    const bare = { "deployfile.yaml": "roles: { web: [a] }\n" };
    expect(tree.fake(bare, "inspect")).toEqual([2, expect.stringContaining("`fake inspect` needs the inspection recipe")]);
  });
});

describe("a reporter, docked by a file and a line in report/pick.ts", () => {
  const deployfile = { "deployfile.ts": 'export default ({ task }) => { task("fine", { local: true }, () => {}); };' };

  it("shows a run", () => {
    expect(tree.fake(deployfile, "--reporter", "one-word", "fine")).toEqual([0, "good\n"]);
  });

  it("is named in the help, and where a reporter is refused", () => {
    expect(tree.fake({}, "--help")).toEqual([0, expect.stringContaining("auto, tree, plain, json, quiet or one-word")]);
    expect(tree.fake(deployfile, "--reporter", "one-wort", "fine")).toEqual([
      2,
      expect.stringContaining("Did you mean one-word?"),
    ]);
  });

  it("is offered by completion", () => {
    expect(tree.fake(deployfile, "__complete", "--", "--reporter", "one")).toEqual([0, "one-word\n"]);
  });
});

describe("a deploy strategy, docked by a file and a line in strategies/pick.ts", () => {
  const deployfile = {
    "deployfile.ts": `
      import { deploy } from "fake-deploy/recipes/deploy";
      export default ({ use, env, role }) => {
        use(deploy());
        env.set({ repoUrl: "https://git.example.com/shop.git", deployPath: "/srv/shop" });
        role("web", ["app1"]);
      };`,
  };

  it("is taken by its name, in place of the default", () => {
    expect(tree.fake(deployfile, "-R", "web", "-s", "scm=copy", "deploy", "--dry-run", "-v")).toEqual([
      0,
      expect.stringContaining("/copy.tar -C '/srv/shop/releases/"),
    ]);
  });

  it("is named where a strategy is refused", () => {
    const [exitCode, said] = tree.fake(deployfile, "-R", "web", "-s", "scm=cpoy", "plan", "deploy");
    expect([exitCode, said]).toEqual([2, expect.stringMatching(/"git"\|"push"\|"copy"/)]);
  });
});
