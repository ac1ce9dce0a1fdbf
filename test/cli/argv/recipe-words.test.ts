/** Verbs and options that a recipe brings: from a fixture outside of the tree, imported by a deployfile. */
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fake, project } from "../run-cli.ts";

const fixture = readFileSync(join(import.meta.dirname, "../../fixtures/docking/recipes/inspection/index.ts"), "utf8");

const deployfile = (more = ""): string => `import { defineDeployfile } from "fake-deploy";
import { inspection } from "./inspection.ts";
const local = (host: string) => ({ host, transport: "local" });
export default defineDeployfile((app: any) => {
  const { role, task, verb, option, use, settings } = app;
  use(inspection());
  role("web", [local("a"), local("b")]);
  task("show", { commands: (t: any) => [t.cmd("echo depth " + t.env.depth)] });
  ${more}
});
`;

function site(more?: string): string {
  const root = project({ "inspection.ts": fixture, "deployfile.ts": deployfile(more) });
  // Its own packages are not compiled with the deployfile, each time anew.
  symlinkSync(join(import.meta.dirname, "../../../node_modules/zod"), join(root, "node_modules/zod"));
  return root;
}

describe("a verb that a recipe brings", () => {
  it("runs tasks on the selected hosts, and says what came of it", async () => {
    expect(await fake(site(), ["-R", "web", "inspect"])).toEqual({
      code: 0,
      stdout: "looking at 2 hosts\na  a:1\nb  b:1\n",
      stderr: "",
    });
  });

  it("prints its data with --json, and nothing else", async () => {
    const { code, stdout } = await fake(site(), ["inspect", "-R", "web", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      [
        { host: "a", sighted: "a:1" },
        { host: "b", sighted: "b:1" },
      ],
    ]);
  });

  it("goes on without the hosts that fail, tells them, and ends as a failure", async () => {
    const { code, stdout, stderr } = await fake(site(), ["-R", "web", "inspect", "--blind", "a"]);
    expect([code, stdout]).toEqual([1, "looking at 2 hosts\nb  b:1\n"]);
    expect(stderr).toContain("error: a: it sees nothing");
  });

  it("shows its runs by the reporter that is asked for, and writes them to a log file", async () => {
    const plain = await fake(site(), ["-R", "web", "inspect", "--reporter", "plain"]);
    expect(plain).toMatchObject({ code: 0, stdout: "looking at 2 hosts\na  a:1\nb  b:1\n" });
    expect(plain.stderr).toMatch(/^\[a\] connected/m);
    const json = await fake(site(), ["-R", "web", "inspect", "--reporter", "json"]);
    const events = json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    expect(events.filter(({ kind }) => kind === "runFinished")).toHaveLength(2);
    expect(json.stderr).toContain("a  a:1");
    const root = site();
    const logged = await fake(root, ["-R", "web", "inspect", "--log-file", "out.log", "-P", "1"]);
    expect(logged).toEqual({ code: 0, stdout: "looking at 2 hosts\na  a:1\nb  b:1\n", stderr: "" });
    expect(readFileSync(join(root, "out.log"), "utf8")).toContain("[a]");
  });

  it("refuses two forms of one output", async () => {
    const { code, stderr } = await fake(site(), ["-R", "web", "inspect", "--json", "--reporter", "json"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("two forms of one output")]);
  });

  it("runs commands on the hosts, and says what they came to", async () => {
    const verb = `verb("ask", { desc: "Ask", async run(t: any) {
      const [first, second] = await Promise.all([
        t.exec((c: any) => c.cmd\`echo ${"${c.env.host.name}"}; exit ${"${c.env.host.name === 'b' ? 3 : 0}"}\`),
        t.exec((c: any) => c.cmd\`echo again\`, { hosts: t.hosts.slice(1) }),
      ]);
      return { data: [...first, ...second].map(({ host, status, exitCode, stdout }: any) => [host, status, exitCode, stdout]) };
    } });`;
    const { code, stdout } = await fake(site(verb), ["-R", "web", "ask", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      [
        ["a", "ok", 0, "a\n"],
        ["b", "failed", 3, "b\n"],
        ["b", "ok", 0, "again\n"],
      ],
    ]);
  });

  it("is in the help, and has help of its own", async () => {
    const root = site();
    expect((await fake(root, ["--help"])).stdout).toMatch(/fake inspect +Show what there is to see\./);
    for (const argv of [
      ["inspect", "--help"],
      ["help", "inspect"],
    ]) {
      const { code, stdout } = await fake(root, argv);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^fake inspect \[blind=\.\.\.\]\n\nShow what there is to see\./);
      expect(stdout).toMatch(/--blind +Host that sees nothing/);
      expect(stdout).toContain("Examples:\n  fake inspect -R web");
      expect(stdout).toMatch(/--json\b/);
    }
  });

  it("is completed, with its options and arguments", async () => {
    const root = site();
    // A completion does not wait for long: not for the compiler, on a machine that has other work.
    await fake(root, ["tasks"]);
    const offered = async (...words: string[]): Promise<string> => (await fake(root, ["__complete", "--", ...words])).stdout;
    expect(await offered("insp")).toBe("inspect\n");
    expect(await offered("inspect", "--js")).toBe("--json\n");
    expect(await offered("inspect", "--bl")).toBe("--blind\n");
    expect(await offered("inspect", "-R", "w")).toBe("web\n");
  });

  it("refuses what it does not take, all at once, before it starts", async () => {
    const { code, stdout, stderr } = await fake(site(), ["-R", "wed", "inspect", "--blond", "x", "more", "--dry-run"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("`fake inspect` takes no --dry-run.");
    expect(stderr).toContain('`fake inspect` takes no "more".');
    expect(stderr).toContain('`fake inspect` takes no argument "blond".');
    expect(stderr).toContain("Did you mean --blind?");
    expect(stderr).toContain('Did you mean "web"?');
  });

  it("is meant by a word that is close to it", async () => {
    const { code, stderr } = await fake(site(), ["-R", "web", "inspct"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "inspect"?')]);
  });

  it("has a name of its own: no verb of fake's, no task, no other verb", async () => {
    const root = site(
      'verb("exec", { desc: "x", run() {} }); verb("inspect", { desc: "x", run() {} }); task("inspect", () => {});',
    );
    const { code, stderr } = await fake(root, ["tasks"]);
    expect(code).toBe(2);
    expect(stderr).toContain('A verb cannot be named "exec"');
    expect(stderr).toMatch(/verb 'inspect': there is one already, at inspection\.ts:\d+\./);
    expect(stderr).toContain('A task cannot be named "inspect": that is a verb of the command line.');
  });

  it("is refused where it cannot be one", async () => {
    const root = site(
      'verb("In Spect", { desc: "x", run() {} }); verb("look", { desc: "x" }); verb("see", { desc: "x", args: 1, run() {} });',
    );
    const { stderr } = await fake(root, ["tasks"]);
    expect(stderr).toContain("verb 'In Spect': that cannot be typed.");
    expect(stderr).toContain("verb 'look': it has no description, or nothing to run.");
    expect(stderr).toContain("verb 'see': args is 1.");
  });
});

describe("an option that a recipe brings", () => {
  const shown = async (...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await fake(site(), [...argv, "-R", "web", "-v", "--reporter", "plain"]);
    return `${code} ${stdout}${stderr}`;
  };

  it("sets its setting for one run, wherever it stands", async () => {
    expect(await shown("--depth", "3", "show")).toMatch(/^0 [\s\S]*depth 3/);
    expect(await shown("show", "--depth=4")).toMatch(/^0 [\s\S]*depth 4/);
    expect(await shown("show")).toMatch(/^0 [\s\S]*depth 1/);
  });

  it("has a letter, and is one of the verbs that it names too", async () => {
    const root = site(
      'option("level", { desc: "x: N", setting: "depth", short: "l", verbs: ["deep"] }); verb("deep", { desc: "x", run: (t: any) => ({ data: t.hosts.map((h: any) => h.env.depth) }) });',
    );
    expect(await fake(root, ["-R", "web", "deep", "-l", "7", "--json"])).toMatchObject({ code: 0, stdout: "[\n  7,\n  7\n]\n" });
    expect((await fake(root, ["-l", "7", "-R", "web", "-v", "--reporter", "plain", "show"])).stderr).toContain("depth 7");
    expect((await fake(root, ["deep", "--help"])).stdout).toMatch(/-l, --level +x: N/);
    expect((await fake(root, ["-R", "web", "inspect", "-l", "7"])).stderr).toContain("`fake inspect` takes no --level.");
  });

  it("is in the help, and completed", async () => {
    const root = site();
    expect((await fake(root, ["--help"])).stdout).toMatch(/--depth +how far to look: N/);
    expect((await fake(root, ["__complete", "--", "--dep"])).stdout).toBe("--depth\n");
  });

  it("is refused with a value that it cannot have, without one, and mistyped", async () => {
    expect(await shown("--depth", "deep", "show")).toContain('--depth takes a whole number, 1 or more (got "deep").');
    expect(await shown("show", "--depth")).toContain("--depth needs a value: how far to look: N.");
    expect(await shown("--dept", "3", "show")).toContain("Did you mean --depth?");
    expect(await shown("tasks", "--depth", "3")).toContain("There is no option --depth.");
  });

  it("has a name and a setting", async () => {
    const root = site(
      'option("f", { desc: "x", setting: "f", short: "xy" }); option("g", { desc: "x", setting: "g", verbs: "lock" }); ' +
        'option("h", { desc: "x", setting: "h", short: "R" }); ' +
        'option("roles", { desc: "x", setting: "depth" }); option("d", { desc: "x" }); option("e", { desc: "x", setting: "e", type: "big" });',
    );
    const { code, stderr } = await fake(root, ["-R", "web", "show"]);
    expect(code).toBe(2);
    expect(stderr).toContain('An option cannot be named "roles": fake has one of that name.');
    expect(stderr).toContain("option 'd': it has no description, or no setting.");
    expect(stderr).toContain("option 'e': type is 'big'.");
    expect(stderr).toContain("option 'f': short is 'xy'.");
    expect(stderr).toContain("option 'g': verbs is 'lock'.");
    expect(stderr).toContain('An option cannot be named "h" with the letter -R: fake has one of that name.');
  });
});

describe("words of a recipe that is not in use", () => {
  const bare = (): string => project({ "deployfile.ts": 'export default ({ task }: any) => { task("show", () => {}); };' });

  it("are named by the recipe that they need", async () => {
    const { code, stderr } = await fake(bare(), ["releases"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("`fake releases` needs the deploy recipe")]);
    expect((await fake(bare(), ["relases"])).stderr).toContain('Did you mean "releases"?');
  });

  it("have help without a deployfile", async () => {
    const { code, stdout } = await fake(project({}), ["unlock", "--help"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Break the lock of a deploy, after saying whose it is.")]);
  });
});
