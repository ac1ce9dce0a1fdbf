import { describe, expect, it } from "vitest";
import type { App } from "../../src/dsl/app.ts";
import type { ProblemsError } from "../../src/errors.ts";
import { faultOf, loadIn, project } from "./project.ts";

const yaml = `use: [deploy]
env:
  application: shop
  linkedDirs: [uploads]
roles:
  staging: [staging.example.com]
  production:
    hosts:
      - app1.example.com
      - host: app2.example.com
        branch: next
    branch: main
`;

/** What a settings file does to an app, with the line that was being applied. */
async function callsOf(root: string): Promise<unknown[]> {
  const loaded = await loadIn(root);
  const calls: unknown[] = [];
  const note = (...call: unknown[]): void => void calls.push([...call, loaded.locate()?.line]);
  const app = {
    use: () => note("use"),
    env: { set: (values: unknown) => note("env.set", values) },
    role: (name: string, definition: unknown) => note("role", name, definition),
  };
  await loaded.fill(app as unknown as App);
  return calls;
}

const expected = (lines: readonly number[]): unknown[] => [
  ["use", lines[0]],
  ["env.set", { application: "shop" }, lines[1]],
  ["env.set", { linkedDirs: ["uploads"] }, lines[2]],
  ["role", "staging", ["staging.example.com"], lines[3]],
  ["role", "production", { hosts: ["app1.example.com", { host: "app2.example.com", branch: "next" }], branch: "main" }, lines[4]],
];

const asData = {
  use: ["deploy"],
  env: { application: "shop", linkedDirs: ["uploads"] },
  roles: {
    staging: ["staging.example.com"],
    production: { hosts: ["app1.example.com", { host: "app2.example.com", branch: "next" }], branch: "main" },
  },
};

describe("a deployfile that is data", () => {
  it.each([
    ["deployfile.yaml", yaml, [1, 3, 4, 6, 7]],
    ["deployfile.yml", yaml, [1, 3, 4, 6, 7]],
    ["deployfile.json", JSON.stringify(asData, null, 1), [2, 6, 7, 12, 15]],
    ["package.json", JSON.stringify({ env: {}, fake: asData }, null, 1), [4, 8, 9, 14, 17]],
  ])("uses recipes, sets the env and declares roles: %s", async (name, text, lines) => {
    const { root } = project({ [name]: text });
    expect(await callsOf(root)).toEqual(expected(lines));
  });

  it("may be as short as one role", async () => {
    const { root } = project({ "deployfile.yaml": "roles: { web: [a] }" });
    expect(await callsOf(root)).toEqual([["role", "web", ["a"], 1]]);
  });

  it("says everything that is wrong at once, with lines", async () => {
    const { root } = project({
      "deployfile.yaml":
        "uses: [deploy]\nuse: [deplyo, other]\napplication: shop\nenv: 3\nroles:\n  web:\n    hosts: a\n  db: 5\n",
    });
    const error = (await faultOf(root)) as unknown as ProblemsError;
    expect(error.exitCode).toBe(2);
    expect(error.problems.map(({ message, where, hint }) => [message, where?.line, hint])).toEqual([
      ['There is no key "uses" here.', 1, 'Did you mean "use"?'],
      ['There is no key "application" here.', 3, 'Settings go under "env".'],
      ['There is no recipe "deplyo".', 2, 'Did you mean "deploy"?'],
      ['There is no recipe "other".', 2, "There are: deploy."],
      ["env is a mapping of settings.", 4, undefined],
      ['The role "web" has no list of hosts.', 6, "Write a list of hosts, or a mapping with hosts and the role's settings."],
      ['The role "db" has no list of hosts.', 8, "Write a list of hosts, or a mapping with hosts and the role's settings."],
    ]);
  });

  it.each([
    ["an empty file", ""],
    ["a list", "- a"],
    ["a word", "hello"],
  ])("refuses %s", async (_what, text) => {
    const { root } = project({ "deployfile.yaml": text });
    expect(await faultOf(root)).toMatchObject({ exitCode: 2, code: "DEPLOYFILE_SETTINGS" });
  });

  it("yields to code in the same folder", async () => {
    const { root } = project({ "deployfile.yaml": yaml, "deployfile.ts": "export default () => {};" });
    expect((await loadIn(root)).path).toMatch(/deployfile\.ts$/);
  });
});
