import { describe, expect, it } from "vitest";
import { EnvError, ProblemsError } from "../../src/errors.ts";
import { fill, reader, type Untyped } from "./fill.ts";

async function problemsOf(deployfile: (app: Untyped) => unknown): Promise<unknown> {
  const error: unknown = await fill(deployfile)
    .inventory(reader)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemsError);
  return (error as ProblemsError).problems;
}

describe("lists of hosts that are functions", () => {
  it("are called with the settings, sync or async", async () => {
    const sealed = fill(({ role }: Untyped) => {
      role("web", (env: Untyped) => [`web1.${env.region}`]);
      role("db", { hosts: async (env: Untyped) => [{ host: `db1.${env.region}`, slots: 2 }, "web1.eu"], branch: "x" });
    });
    const { hosts, roles } = await sealed.inventory(reader);
    expect(hosts.map(({ id, roles }) => `${id}: ${roles}`)).toEqual(["web1.eu: web,db", "db1.eu: db"]);
    expect(roles).toEqual(["web", "db"]);
  });

  it("are called once", async () => {
    let calls = 0;
    const sealed = fill(({ role }) => role("web", () => [`h${++calls}`]));
    const [first, second] = await Promise.all([sealed.inventory(reader), sealed.inventory(reader)]);
    expect(first).toBe(second);
    expect(calls).toBe(1);
  });

  it("may be empty: the role exists", async () => {
    const inventory = await fill(({ role }) => role("web", () => [])).inventory(reader);
    expect(inventory).toMatchObject({ hosts: [], roles: ["web"] });
  });

  it("are not called to find problems", () => {
    const sealed = fill(({ role }) =>
      role("web", () => {
        throw new Error("called");
      }),
    );
    expect(sealed.problems()).toEqual([]);
  });
});

describe("what is wrong with hosts", () => {
  it("comes all at once, named by role and place", async () => {
    const problems = await problemsOf(({ role, host }) => {
      role("thrown", () => {
        throw new Error("no network");
      });
      role("rejected", { hosts: () => Promise.reject(new EnvError("X", "region is not set", ["region"], { hint: "Set it." })) });
      role("undefined", () => undefined);
      role("text", async () => "h1");
      role("static", ["-oProxyCommand=x"]);
      host({ host: "h:99999" });
    });
    expect(problems).toMatchObject([
      { message: 'Role "thrown": its function for hosts threw: no network', subject: "thrown", where: { line: 1 } },
      { message: 'Role "rejected": its function for hosts threw: region is not set', hint: "Set it.", where: { line: 2 } },
      { message: 'Role "undefined": its function for hosts gave undefined.', where: { line: 3 } },
      { message: "Role \"text\": its function for hosts gave 'h1'.", hint: expect.stringContaining("list of hosts") },
      { message: 'The host "-oProxyCommand=x" starts with a dash.', where: { line: 5 } },
      { where: { line: 6 } },
    ]);
  });

  it("includes settings of a host with a reserved name", async () => {
    const problems = await problemsOf(({ role }) => role("web", [{ host: "h1", hosts: ["h2"] }]));
    expect(problems).toMatchObject([{ message: 'Host h1: "hosts" cannot be a setting.', where: { line: 1 } }]);
  });
});

describe("words for completion", () => {
  it("are names and aliases of tasks that are not hidden", () => {
    const sealed = fill(({ task }) => {
      task("build", { desc: "Build it", aliases: ["b"] }, () => undefined);
      task("inner", { hidden: true, aliases: ["i"] }, () => undefined);
    });
    expect(sealed.words()).toEqual(["build", "b"]);
  });
});
