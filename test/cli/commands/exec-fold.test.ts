import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { drawDifferences } from "../../../src/cli/tables/exec-diff.ts";
import { createTestScreen } from "../../report/screen.ts";
import { deployfile, fake, project } from "../run-cli.ts";
import type { TestIo } from "../terminal.ts";

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

  it("says on a terminal meanwhile how many hosts are done, and leaves nothing of that", async () => {
    const root = inProject();
    const made: TestIo[] = [];
    const prepare = (io: TestIo): void => void made.push(Object.assign(io, { now: () => performance.now() }));
    const go = join(root, "go");
    const argv = ["exec", "-R", "rack", "--fold", "--", `mkdir first && exit; until [ -e ${go} ]; do sleep 0.02; done`];
    const outcome = fake(root, argv, { terminal: true, prepare });
    await vi.waitFor(() => expect(made[0]?.stderr.text).toMatch(/1 of 4 hosts done, after .*; at work: node/), 20_000);
    writeFileSync(go, "");
    const { stderr } = await outcome;
    const terminal = createTestScreen({ isTTY: true });
    terminal.write(stderr);
    expect([terminal.seen().join("\n"), terminal.cursorShown()]).toEqual([expect.not.stringContaining("hosts done"), true]);
  });

  it("is JSON with --json", async () => {
    const { stdout } = await fake(inProject(), ["exec", "-R", "staging", "--json", "--", "echo hi"]);
    expect(JSON.parse(stdout)).toEqual([{ host: "a", status: "ok", exitCode: 0, stdout: "hi\n", stderr: "", truncated: false }]);
  });
});

describe("fake exec --diff", () => {
  const rack = async (command: string, ...argv: readonly string[]) =>
    fake(inProject(), ["exec", "-R", "rack", "-P", "1", "--diff", ...argv, "--", command]);
  /** On the third and fourth of them. */
  const onSome = (third: string, fourth: string): string =>
    `n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) >n; case $n in 2) ${third};; 3) ${fourth};; *) printf 'a\\nb\\nc\\n';; esac`;

  it("shows what most hosts print once, and how the others differ from it", async () => {
    const { code, stdout, stderr } = await rack(onSome("printf 'a\\nx\\nc\\n'", "printf 'a\\nb\\n'; echo no >&2; exit 3"));
    const most = ["node[08-09]", "  a", "  b", "  c"];
    const third = ["node10", "  --- node[08-09]", "  +++ node10", "  @@ -1,3 +1,3 @@", "   a", "  -b", "  +x", "   c"];
    const fourth = ["node12 (exit code 3)", "  --- node[08-09]", "  +++ node12", "  @@ -1,3 +1,2 @@", "   a", "   b", "  -c"];
    expect([code, stdout]).toEqual([1, [...most, ...third, ...fourth, ""].join("\n")]);
    expect(stderr).toBe("  --- node[08-09]\n  +++ node12\n  @@ -0,0 +1 @@\n  +no\n");
  });

  it("says where only the end was another, shows so many lines, and makes control characters harmless", async () => {
    const { stdout } = await rack(onSome("printf 'a\\nb\\nc\\n'; exit 4", "printf '\\033]0;evil\\007'; seq 300"));
    expect(stdout).not.toMatch(/[\x1b\x07]/);
    expect(stdout).toContain("  -c\n  +1\n  +2\n");
    expect(stdout).toMatch(
      /\+19\d\n {2}… 10\d more lines are different\nnode10 \(exit code 4\)\n {2}\(printed the same as node\[08-09\]\)\n$/,
    );
  });

  it("compares with no host on which it did not run", async () => {
    const { code, stdout, stderr } = await fake(inProject(), ["exec", "-R", "some", "--diff", "--fold", "--", "echo hi"]);
    expect([code, stdout]).toEqual([1, "b\n  hi\n"]);
    expect(stderr).toContain("gone.invalid (unreachable)");
    const none = await fake(inProject(), ["exec", "-R", "none", "--diff", "--", "echo hi"]);
    expect(none.stdout).toBe("");
    // Not begun when it was interrupted.
    const same = { status: "skipped", exitCode: undefined, stdout: "", stderr: "", truncated: false, error: undefined } as const;
    const [stdoutScreen, stderrScreen] = [createTestScreen(), createTestScreen()];
    const killed = { ...same, host: "web1", status: "killed", stdout: "a\n" } as const;
    const outcomes = [{ ...same, host: "web2" }, { ...same, host: "web3" }, killed];
    drawDifferences(outcomes, { stdout: stdoutScreen, stderr: stderrScreen });
    expect([stdoutScreen.written(), stderrScreen.written()]).toEqual(["web1 (killed)\n  a\n", "web[2-3] (skipped)\n"]);
    expect(none.stderr).toContain("gone.invalid (unreachable)");
  });
});
