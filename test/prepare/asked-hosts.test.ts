import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "../cli/run-cli.ts";

const own = (hosts: string): string =>
  project({
    "deployfile.ts": deployfile(`
  role("web", ["web[1:3]"]);
  task("own", { hosts: ${hosts}, commands: (t: any) => [t.cmd("true")] });
`),
  });

describe("ranges of hosts", () => {
  it("may stand where a task names its own", async () => {
    const { code, stdout } = await fake(own('["web[2:3]"]'), ["plan", "own"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +web2 +web3$/m);
  });

  it("that are none are refused with the line of the task", async () => {
    const { code, stderr } = await fake(own('["web[2-]"]'), ["plan", "own"]);
    expect(code).toBe(2);
    expect(stderr).toContain('Task "own": The host "web[2-]" has [2-], which is no range. (deployfile.ts:8)');
  });

  it("may stand in a YAML file, and are refused with a line there", async () => {
    const yaml = (host: string): string => project({ "deployfile.yaml": `roles:\n  web:\n    - ${host}\n` });
    expect((await fake(yaml("web[09:11].example.com"), ["exec", "-R", "web", "-x", "web*", "--", "true"])).stderr).toContain(
      "left out with -x: web09.example.com, web10.example.com, web11.example.com.",
    );
    const { code, stderr } = await fake(yaml("web[11:9]"), ["exec", "-R", "web", "--", "true"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/begins behind its end\. \(deployfile\.yaml:\d\)\n {2}Write \[9:11\]\./),
    ]);
  });
});
