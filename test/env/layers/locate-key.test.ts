import { describe, expect, it } from "vitest";
import { createLocate, locateKey } from "../../../src/env/layers/locate-key.ts";

const CODE = `import { defineDeployfile } from "fake-deploy";
export default defineDeployfile(({ env, role, host }) => {
  const branch = "not this one";
  env.set({
    application: "shop", // branch: "nor this"
    paths: { branch: "deeper" },
    text: "{ branch: 1 }",
    note: \`branch: \${application}\`,
    "quoted-key": 1,
    'single': 2,
    branch: "main",
    computed: (env) => ({ inner: env.branch }),
    method() { return 1; },
    async later() { return 2; },
    shorthand,
    last: ")",
  });
  role("staging", { hosts: [
    "plain.example.com",
    { host: "deployer@app1.example.com:2222", branch: "one" },
    {
      host: "app2.example.com",
      branch: "two",
    },
  ], branch: "staging" });
  host("app3.example.com", { branch: "three" });
  env.set(values);
  const other = { lonely: 1 };
});
`;

const code = (line: number, key: string, beside?: string): number =>
  locateKey({ file: "deployfile.ts", line, column: 3 }, CODE, key, beside).line;

describe("the line of a key", () => {
  const FOUND: readonly (readonly [string, number, number])[] = [
    ["application", 4, 5],
    ["branch", 4, 11],
    ["quoted-key", 4, 9],
    ["single", 4, 10],
    ["inner", 4, 12],
    ["method", 4, 13],
    ["later", 4, 14],
    ["shorthand", 4, 15],
    ["last", 4, 16],
    ["branch", 18, 25],
  ];
  for (const [key, call, line] of FOUND) {
    it(`is ${line} for ${key} in the call of line ${call}`, () => {
      expect(code(call, key)).toBe(line);
    });
  }

  it("is in the object of the host that it is about", () => {
    expect([code(18, "branch", "app1.example.com"), code(18, "branch", "app2.example.com")]).toEqual([20, 23]);
    expect(code(26, "branch", "app3.example.com")).toBe(26);
  });

  it("is the call's own where the key is not written in it", () => {
    expect([code(4, "gone"), code(27, "lonely"), code(400, "x")]).toEqual([4, 27, 400]);
  });

  it("is found without a column", () => {
    expect(locateKey({ file: "deployfile.ts", line: 4 }, CODE, "branch").line).toBe(11);
  });

  it("is found in YAML", () => {
    const yaml = `use: [deploy]\nenv:\n  application: shop\n  # branch: no\n  "branch": main\nroles:\n  staging:\n    - deep: 1\n    hosts: [a]\n`;
    const line = (key: string, from = 1): number => locateKey({ file: "deployfile.yaml", line: from }, yaml, key).line;
    expect([
      line("application"),
      line("branch"),
      line("deep", 6),
      line("hosts", 6),
      line("gone"),
      line("application", 6),
    ]).toEqual([3, 5, 8, 9, 1, 6]);
  });

  it("is found in JSON, outermost first", () => {
    const json = `{\n  "roles": {\n    "staging": { "branch": "s" }\n  },\n  "env": {\n    "branch": "main"\n  }\n}\n`;
    expect(locateKey({ file: "deployfile.json", line: 5 }, json, "branch").line).toBe(6);
    expect(locateKey({ file: "deployfile.json", line: 1 }, json, "env").line).toBe(5);
  });

  it("does not stumble over text that is no code", () => {
    for (const text of ["", "((((", "}}}}", "`unfinished", '"\\', "{ a: /[({]/ }"]) {
      expect(locateKey({ file: "x.ts", line: 1 }, text, "key").line).toBe(1);
    }
  });
});

describe("locating many keys", () => {
  const source = (key: string): Parameters<ReturnType<typeof createLocate>>[0] => ({
    key,
    provenance: { layer: "deployfile", name: undefined, where: { file: "deployfile.ts", line: 4, column: 3 } },
  });

  it("reads each file once", () => {
    const read: string[] = [];
    const locate = createLocate((file) => {
      read.push(file);
      return CODE;
    });
    expect([locate(source("branch")).where?.line, locate(source("application")).where?.line]).toEqual([11, 5]);
    expect(read).toEqual(["deployfile.ts"]);
  });

  it("keeps to the call where the file cannot be read", () => {
    expect(createLocate(() => undefined)(source("branch")).where?.line).toBe(4);
    expect(createLocate(undefined)(source("branch")).where?.line).toBe(4);
  });
});
