import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "./run-cli.ts";

const text = (more = ""): string =>
  deployfile(`role("web", ["alias"]); task("go", async (t: any) => { await t.run("true"); });${more}`);
/** Nobody listens there: which file was read shows in what was tried. */
const config = (port: number): string => `Host alias\n  HostName 127.0.0.1\n  Port ${port}\n`;

const files = {
  one: config(1),
  "conf/two": config(2),
  "conf/deployfile.ts": text('\nenv.set({ sshConfig: "two" });'),
  "deployfile.ts": text(),
};

/** The port that was tried. */
async function tried(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  const { stdout, stderr } = await fake(project(files), argv, { env });
  return /127\.0\.0\.1[^\n]*?\b(?:port )?:?([0-9]+)\b/.exec((stdout + stderr).replaceAll("127.0.0.1:", "127.0.0.1 "))?.[1];
}

describe("the ssh config", () => {
  it("is named by an option, the environment or a setting, and the first of these wins", async () => {
    const inConf = ["-f", "conf/deployfile.ts", "-R", "web"];
    expect(await tried(["-R", "web", "--ssh-config", "one", "go"])).toBe("1");
    expect(await tried(["-R", "web", "go"], { FAKE_SSH_CONFIG: "one" })).toBe("1");
    // From the folder of the deployfile.
    expect(await tried([...inConf, "go"])).toBe("2");
    expect(await tried([...inConf, "go"], { FAKE_SSH_CONFIG: "one" })).toBe("1");
    expect(await tried([...inConf, "--ssh-config", "conf/two", "go"], { FAKE_SSH_CONFIG: "one" })).toBe("2");
    expect(await tried(["-R", "web", "-s", "sshConfig=one", "go"])).toBe("1");
  });

  it.each([["exec", "--", "true"], ["doctor"]])("is the one that `%s` reads", async (...argv) => {
    const [verb = "", ...rest] = argv;
    expect(await tried(["-R", "web", verb, ...rest], { FAKE_SSH_CONFIG: "one" })).toBe("1");
  });

  it.each([
    ["tasks"],
    ["graph", "go"],
    ["env", "-R", "web"],
    ["plan", "go", "-R", "web"],
    ["go", "-R", "web"],
    ["exec", "-R", "web", "--", "true"],
  ])("is missed by `%s` where it cannot be read, before anything is connected to", async (...argv) => {
    const root = project(files);
    for (const [named, env, by] of [
      [["--ssh-config", "nope"], {}, "--ssh-config"],
      [[], { FAKE_SSH_CONFIG: "nope" }, "FAKE_SSH_CONFIG"],
    ] as const) {
      const { code, stderr } = await fake(root, [...named, ...argv], { env });
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("The ssh config nope cannot be read.") });
      expect(stderr).toContain(`Check the path given with ${by}.`);
    }
  });

  it.each([["tasks"], ["graph", "go"], ["env", "-R", "web"], ["plan", "go", "-R", "web"]])(
    "may be named to `%s`, which connects to nobody",
    async (...argv) => {
      expect(await fake(project(files), ["--ssh-config", "one", ...argv])).toMatchObject({ code: 0, stderr: "" });
    },
  );
});
