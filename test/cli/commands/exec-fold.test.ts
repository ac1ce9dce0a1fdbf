import { describe, expect, it } from "vitest";
import { deployfile, fake, project } from "../run-cli.ts";

const text = deployfile(`
  role("staging", { hosts: [local("a")] });
  role("web", { hosts: [local("b"), local("c")] });
  role("some", [local("b"), { host: "gone.invalid", port: 1 }]);
  role("none", [{ host: "gone.invalid", port: 1 }]);
  role("rack", { hosts: ["08", "09", "10", "12"].map((at) => local("node" + at)) });
`);
const inProject = (): string => project({ "deployfile.ts": text });

describe("fake exec --fold", () => {
  it("shows what hosts have in common once, at the end", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["exec", "-R", "web", "--fold", "--", "echo", "a b", "$HOME"]);
    expect([code, stdout, stderr]).toEqual([0, "b, c\n  a b $HOME\n", ""]);
  });

  it("writes hosts whose names differ in a number as a range, which -H takes again", async () => {
    const root = inProject();
    const { stdout } = await fake(root, ["exec", "-R", "web,rack", "--fold", "--", "echo hi"]);
    expect(stdout).toBe("b, c, node[08-10,12]\n  hi\n");
    const again = await fake(root, ["exec", "-H", "b, c, node[08-10,12]", "--fold", "--", "echo hi"]);
    expect(again).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("keeps stdout for what was printed there", async () => {
    const { code, stdout, stderr } = await fake(inProject(), [
      "exec",
      "-R",
      "staging,web",
      "--fold",
      "--",
      "echo out; echo err >&2; exit 4",
    ]);
    expect([code, stdout, stderr]).toEqual([1, "a, b, c (exit code 4)\n  out\n", "  err\n"]);
  });

  it("says which host cannot be reached", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["exec", "-R", "some", "--fold", "--", "echo hi"]);
    expect([code, stdout]).toEqual([1, "b\n  hi\n"]);
    expect(stderr).toContain("gone.invalid (unreachable)");
  });

  it("is how it is shown on a terminal when all is quick", async () => {
    const { stdout } = await fake(inProject(), ["exec", "-R", "web", "--", "echo hi"], { terminal: true });
    expect(stdout).toBe("b, c\n  hi\n");
  });

  it("is JSON with --json", async () => {
    const { stdout } = await fake(inProject(), ["exec", "-R", "staging", "--json", "--", "echo hi"]);
    expect(JSON.parse(stdout)).toEqual([{ host: "a", status: "ok", exitCode: 0, stdout: "hi\n", stderr: "", truncated: false }]);
  });
});
